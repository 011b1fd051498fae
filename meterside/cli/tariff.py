"""`meterside tariff`: tariff files of other formats and our own, checked, converted, kept.

Without a store the commands need no database: they check, convert and report. What keeps tariffs
comes in by the seam of `make_tariff_group`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import click
from django.apps import apps

from meterside.cli.console import FOUND_WRONG, FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django
from meterside.cli.tariff_series import series_group
from meterside.connectors.tariffs import TariffImport
from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.connectors.tariffs.reading import import_file, installed_formats
from meterside.engine.tariff import Tariff, UnsupportedTariff


class StoreTariff(Protocol):
    """Keeps one tariff. Keeping the same one twice changes nothing."""

    def __call__(self, *tariff: Any, **said: Any) -> str:
        """Given the tariff and its `source`; returns what became of it: "new", "new version", "unchanged".

        Where it was said, also by whose word: `first_installation`, or `proposed_by` and `approved_by`.
        """


def day_of(value: datetime | None) -> date | None:
    """Click's date as a plain day."""
    return None if value is None else value.date()


def make_tariff_group(*, store: StoreTariff | None = None) -> click.Group:
    """The `tariff` group with what keeps tariffs, if anything does."""

    @click.group(
        "tariff",
        help="Tariffs: import files of other formats, check our own, and the dated series they refer to.",
    )
    def group() -> None:
        pass

    @group.command("import", help="Read tariff files. Exit code 1 when anything in them is refused.")
    @click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
    @click.option("--effective-from", type=click.DateTime(["%Y-%m-%d"]), help="Day the rate starts, instead.")
    @click.option("--class", "classes", multiple=True, help="Customer class to import; may be repeated.")
    @click.option("--nearest-day", is_flag=True, help="Take the nearest day for a start or end inside one.")
    @click.option(
        "--out", type=click.Path(path_type=Path, file_okay=False), help="Write TOML documents here."
    )
    @click.option(
        "--store",
        "keep",
        is_flag=True,
        help="Keep the tariffs in the database, to price bills; say by whose word.",
    )
    @click.option(
        "--first-installation",
        is_flag=True,
        help="With --store: a tariff that is not there yet is put in as it stands, without a second person.",
    )
    @click.option("--proposed-by", default="", help="With --store: e-mail of who proposes a new version.")
    @click.option(
        "--approved-by", default="", help="With --store: e-mail of the second person, who approves it."
    )
    @json_option
    def import_files(
        files: tuple[Path, ...],
        effective_from: datetime | None,
        classes: tuple[str, ...],
        nearest_day: bool,
        out: Path | None,
        keep: bool,
        first_installation: bool,
        proposed_by: str,
        approved_by: str,
        as_json: bool,
    ) -> None:
        if keep and store is None:
            raise click.UsageError("no store is set up here: leave --store out")
        consent = _consent(first_installation, proposed_by, approved_by)
        results = []
        for path in files:
            found = import_file(
                path,
                effective_from=day_of(effective_from),
                classes=classes or None,
                nearest_day=nearest_day,
            )
            kept = _keep(found, store, consent) if keep and store is not None else {}
            written = _write(found, out) if out is not None else {}
            results.append((found, kept, written))
        if as_json:
            print_json([_report(*result) for result in results])
        else:
            for result in results:
                click.echo("\n".join(_lines(*result)))
            click.echo(_summary([found for found, _, _ in results]))
        if any(found.refused for found, _, _ in results):
            click.get_current_context().exit(FOUND_WRONG)

    group.add_command(export_file)
    group.add_command(series_group)
    return group


@click.command("export", help="Write a tariff file in another format. Exit code 1 when it cannot say it.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--format", "format_name", required=True, help="Such as urdb.")
@click.option("--class", "classes", multiple=True, help="Customer class, where the file has several.")
@click.option("--nearest-day", is_flag=True, help="Take the nearest day for a start or end inside one.")
def export_file(file: Path, format_name: str, classes: tuple[str, ...], nearest_day: bool) -> None:
    """Print the one tariff of a file as text of another format."""
    writers = {each.name: each.exporter() for each in installed_formats()}
    known = sorted(name for name, writer in writers.items() if writer is not None)
    write = writers.get(format_name)
    if write is None:
        raise click.UsageError(f"--format {format_name}: use one of {', '.join(known)}")
    found = import_file(file, classes=classes or None, nearest_day=nearest_day)
    if not found.tariffs:
        faults = [f"  {printable(str(refusal))}" for refusal in found.refused]
        raise FoundWrong("\n".join([f"{printable(found.source)} cannot be read:", *faults]))
    if len(found.tariffs) > 1:
        names = ", ".join(tariff.customer_class or tariff.code for tariff in found.tariffs)
        raise click.UsageError(f"the file has several tariffs; choose with --class: {names}")
    try:
        click.echo(write(found.tariffs[0]), nl=False)
    except UnsupportedTariff as error:
        raise FoundWrong(f"{format_name} cannot say this tariff: {printable(str(error))}") from error


def _consent(first_installation: bool, proposed_by: str, approved_by: str) -> dict[str, Any]:
    """By whose word tariffs are kept, as far as it was said."""
    if bool(proposed_by) != bool(approved_by) or (first_installation and proposed_by):
        raise click.UsageError("say --first-installation, or both --proposed-by and --approved-by")
    if first_installation:
        return {"first_installation": True}
    return {"proposed_by": proposed_by, "approved_by": approved_by} if proposed_by else {}


def _keep(found: TariffImport, store: StoreTariff, consent: dict[str, Any]) -> dict[str, str]:
    return {tariff.code: store(tariff, source=found.source, **consent) for tariff in found.tariffs}


def _write(found: TariffImport, folder: Path) -> dict[str, str]:
    """One document a tariff, named by its code and first day."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for tariff in found.tariffs:
        name = f"{tariff.code[:150]}-{tariff.versions[0].effective_from}.toml"
        (folder / name).write_text(toml_of(tariff), encoding="utf-8")
        written[tariff.code] = name
    return written


def _report(found: TariffImport, kept: dict[str, str], written: dict[str, str]) -> dict[str, Any]:
    return {
        "file": found.source,
        "format": found.format,
        "imported": [
            {
                "code": tariff.code,
                "name": tariff.name,
                "customer_class": tariff.customer_class,
                "effective_from": [version.effective_from.isoformat() for version in tariff.versions],
                "components": [_codes(tariff, index) for index in range(len(tariff.versions))],
                "needs": {name: list(options) for name, options in tariff.attribute_options().items()},
                "numbers": {
                    name: None if default is None else str(default)
                    for name, default in tariff.numbers_needed().items()
                },
                "stored": kept.get(tariff.code),
                "written": written.get(tariff.code),
            }
            for tariff in found.tariffs
        ],
        "refused": [refusal.to_dict() for refusal in found.refused],
    }


def _codes(tariff: Tariff, index: int) -> list[str]:
    """Component codes of one version."""
    return [component.code for component in tariff.versions[index].components]


def _lines(found: TariffImport, kept: dict[str, str], written: dict[str, str]) -> Iterator[str]:
    yield f"{printable(found.source)}: {len(found.tariffs)} imported, {len(found.refused)} refused"
    for tariff in found.tariffs:
        notes = [kept[tariff.code]] if tariff.code in kept else []
        notes += [f"written to {written[tariff.code]}"] if tariff.code in written else []
        more = f" ({', '.join(notes)})" if notes else ""
        days = ", ".join(str(version.effective_from) for version in tariff.versions)
        yield f"  {printable(tariff.code)} from {days}: {', '.join(tariff.component_order)}{more}"
    for refusal in found.refused:
        yield f"  refused {printable(str(refusal))}"


def _summary(results: list[TariffImport]) -> str:
    whole = sum(1 for found in results if found.tariffs and not found.refused)
    part = sum(1 for found in results if found.tariffs and found.refused)
    tariffs = sum(len(found.tariffs) for found in results)
    refused = len(results) - whole - part
    counts = f"{whole} imported whole, {part} in part, {refused} refused"
    return f"{len(results)} files: {counts}; {tariffs} tariffs"


def printable(text: str) -> str:
    """Text of a file without control characters, which a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _store_in_the_cis(tariff: Tariff, *, source: str, **consent: Any) -> str:
    """The embedded system of record, reached only when a tariff is really kept."""
    if not apps.ready:
        prepare_django()
    from meterside.cli.tariff_keeping import keep_tariff

    return keep_tariff(tariff, source=source, **consent)


tariff_group = make_tariff_group(store=_store_in_the_cis)
