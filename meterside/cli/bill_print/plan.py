"""Which bill goes into which file: settled once and kept in the folder, so that a repeat makes the same files."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from meterside.cis.billing.queries.printing import BillToPrint


class OtherRun(Exception):
    """The folder holds the files of another run."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One print file: its name without suffix, and its bills in order."""

    name: str
    bills: tuple[BillToPrint, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All files of a run. `n_paperless` customers get none."""

    run_id: int
    made_on: date
    files: tuple[PlannedFile, ...]
    n_paperless: int


def keep_plan(
    folder: Path, run_id: int, bills: Sequence[BillToPrint], *, bills_in_file: int, made_on: date
) -> Plan:
    """The folder's plan, made now or before. Bills that came since are added in files of their own; bills that were
    cancelled since stay in it and are left out when their file is made.

    Raises OtherRun.
    """
    path = folder / "plan.json"
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"run": run_id, "files": []}
    if kept["run"] != run_id:
        raise OtherRun(f"{folder} holds run {kept['run']}: print run {run_id} into another folder")
    known = {number for numbers in kept["files"] for number in numbers}
    new = [bill.number for bill in bills if not bill.is_paperless and bill.number not in known]
    kept["files"] += [new[first : first + bills_in_file] for first in range(0, len(new), bills_in_file)]
    write_whole(path, json.dumps(kept).encode())
    by_number = {bill.number: bill for bill in bills}
    files = tuple(
        PlannedFile(
            f"bills-{run_id}-{place:04d}",
            tuple(by_number[number] for number in numbers if number in by_number),
        )
        for place, numbers in enumerate(kept["files"], start=1)
    )
    planned = {number for numbers in kept["files"] for number in numbers}
    n_left_out = sum(1 for bill in bills if bill.is_paperless and bill.number not in planned)
    return Plan(run_id, made_on, files, n_left_out)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, whenever the process is killed."""
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
