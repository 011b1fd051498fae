"""Worked tables of docs/algorithms, read from the page, so that page and tests cannot part."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "docs"


def worked_table(page: str, heading: str) -> list[tuple[str, ...]]:
    """Rows (as text) of the table whose first column is headed so."""
    lines = (FOLDER / page).read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(f"| {heading} |")]
    if len(starts) != 1:
        raise AssertionError(f"{page} has {len(starts)} tables headed {heading!r}")
    rows = []
    for line in lines[starts[0] + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return rows
