"""`meterside messages`: the texts of the product in other languages (docs/adding-a-language.md).

English stands in the code. Every other language is a catalogue in `meterside/locale`; `extract` brings
what the code says into it, people fill it, `compile` makes the file that runs. No date and no version
of a tool is written, so the same texts always give the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Final

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from meterside.cli.console import EnvironmentTrouble, FoundWrong, json_option, print_json
from meterside.config.environment import PROJECT

LOCALE: Final = PROJECT / "meterside" / "locale"
_CONFIGURATION: Final = PROJECT / "babel.cfg"
_LAZY: Final = {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_HEADER: Final = "# Meterside in another language. English: the code; how to: docs/adding-a-language.md."
_PLACEHOLDER: Final = re.compile(r"%\([a-z_0-9]+\)[-#0 +]*[0-9.]*[a-z]|%%", re.I)
_TAG: Final = re.compile(r"</?[a-z][^<>]*>|&[a-z]+;", re.I)
_WIDTH: Final = 110


class Texts(Catalog):
    """A catalogue whose header says only what gettext needs."""

    def __init__(self, locale: str | None = None) -> None:
        super().__init__(locale=locale, charset="utf-8", header_comment=_HEADER, fuzzy=False)

    def _lasting_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "Meterside"),
            ("Language", str(self.locale_identifier or "")),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    mime_headers = property(_lasting_headers)


def catalogue_path(language: str, locale: Path = LOCALE) -> Path:
    """Where a language's catalogue is kept."""
    return locale / language / "LC_MESSAGES" / "django.po"


def translated_languages(locale: Path = LOCALE) -> list[str]:
    """The languages that have a catalogue, by code."""
    return sorted(path.parent.parent.name for path in locale.glob("*/LC_MESSAGES/django.po"))


def said_by_the_code() -> Texts:
    """Every text in the code and the templates, with the files it stands in; without translations.

    Raises EnvironmentTrouble where there is no source tree (an installed package has no babel.cfg).
    """
    if not _CONFIGURATION.exists():
        raise EnvironmentTrouble(f"No {_CONFIGURATION.name} here: texts are extracted in the source tree.")
    with _CONFIGURATION.open(encoding="utf-8") as lines:
        methods, options = parse_mapping_cfg(lines, _CONFIGURATION.name)  # type: ignore[no-untyped-call]
    found = Texts()
    for name, _line, text, _comments, context in sorted(
        extract_from_dir(PROJECT, methods, options, keywords={**DEFAULT_KEYWORDS, **_LAZY}),
        key=lambda one: (one[0].replace("\\", "/"), one[1]),
    ):
        found.add(text, None, [(name.replace("\\", "/"), 0)], context=context)
    return found


def read_catalogue(path: Path, language: str) -> Texts:
    """What a catalogue says; empty where the file does not exist yet. Raises FoundWrong if it is broken."""
    texts = Texts(language)
    if path.exists():
        try:
            with path.open("rb") as lines:
                kept = read_po(lines, locale=language, ignore_obsolete=True, abort_invalid=True)
        except (PoFileError, ValueError) as error:
            raise FoundWrong(f"{path}: {error}") from error
        for message in kept:
            if message.id:
                texts[message.id] = message
    return texts


def brought_up_to_date(kept: Texts, said: Texts, language: str) -> Texts:
    """The texts the code says now, with the translations that are kept. Nothing is guessed."""
    fresh = Texts(language)
    for message in said:
        if not message.id:
            continue
        before = kept.get(message.id, context=message.context)
        is_same = before is not None and before.id == message.id
        fresh.add(
            message.id,
            before.string if before and is_same else None,
            message.locations,
            flags=message.flags | ({"fuzzy"} if before and before.fuzzy else set()),
            user_comments=before.user_comments if before else (),
            context=message.context,
        )
    return fresh


def po_bytes(texts: Texts) -> bytes:
    """The catalogue as people edit it; files without lines, so that moving a line changes nothing."""
    target = BytesIO()
    write_po(target, texts, width=_WIDTH, include_lineno=False, ignore_obsolete=True)
    return target.getvalue()


def mo_bytes(texts: Texts) -> bytes:
    """The catalogue as gettext reads it. Fuzzy and empty translations are left out."""
    target = BytesIO()
    write_mo(target, texts)
    return target.getvalue()


def _strings(message: Message) -> list[str]:
    kept = message.string
    return [kept or ""] if not isinstance(kept, list | tuple) else [one or "" for one in kept]


def _marks(text: str) -> Counter[str]:
    """The placeholders and the HTML of a text, which a translation must hold alike."""
    return Counter(_PLACEHOLDER.findall(text)) + Counter(_TAG.findall(text))


def faults_of(message: Message, n_plurals: int) -> list[str]:
    """What is wrong with one translation, in words; empty if nothing is."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = _strings(message)
    if not all(one.strip() for one in strings):
        return ["not translated"]
    wrong = []
    if message.fuzzy:
        wrong.append("marked fuzzy")
    if message.pluralizable and len(strings) != n_plurals:
        wrong.append(f"has {len(strings)} plural forms, not {n_plurals}")
    # A singular may leave its number out ("one day"), so any of the English forms will do.
    wanted = [_marks(one) for one in ids]
    for one in strings:
        if _marks(one) not in wanted:
            wrong.append("placeholders or HTML differ")
    for edge in ("startswith", "endswith"):
        if getattr(ids[0], edge)((" ", "\n")) != getattr(strings[0], edge)((" ", "\n")):
            wrong.append("space at the edges differs")
    return list(dict.fromkeys(wrong))


def faults_in(language: str, said: Texts, locale: Path = LOCALE) -> list[tuple[str, str]]:
    """Each fault of a language's catalogue: the English text, and what is wrong with its translation."""
    path = catalogue_path(language, locale)
    kept = read_catalogue(path, language)
    fresh = brought_up_to_date(kept, said, language)
    found = [
        (message.id if isinstance(message.id, str) else message.id[0], wrong)
        for message in fresh
        if message.id
        for wrong in faults_of(message, fresh.num_plurals)
    ]
    known = {(str(message.id), message.context) for message in fresh if message.id}
    found += [
        (str(message.id), "no longer said by the code; run `meterside messages extract`")
        for message in kept
        if message.id and (str(message.id), message.context) not in known
    ]
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != mo_bytes(kept):
        found.append((compiled.name, "not what the catalogue says; run `meterside messages compile`"))
    return found


def _write(path: Path, content: bytes) -> bool:
    """Write if it differs; true if it did."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def _chosen(language: str | None) -> Iterable[str]:
    return [language] if language else translated_languages()


@click.group("messages")
def messages_group() -> None:
    """The product's texts in other languages."""


@messages_group.command("extract")
@click.option("--language", help="Only this one; a new code starts its catalogue.")
def extract_command(language: str | None) -> None:
    """Bring what the code says now into the catalogues; translations that still fit stay."""
    said = said_by_the_code()
    for code in _chosen(language):
        path = catalogue_path(code)
        fresh = brought_up_to_date(read_catalogue(path, code), said, code)
        _write(path, po_bytes(fresh))
        empty = sum(1 for message in fresh if message.id and not all(_strings(message)))
        click.echo(f"{code}: {len(fresh)} texts, {empty} to translate in {path.relative_to(PROJECT)}")


@messages_group.command("compile")
def compile_command() -> None:
    """Make the files that run from the catalogues."""
    for code in translated_languages():
        path = catalogue_path(code)
        target = path.with_suffix(".mo")
        is_new = _write(target, mo_bytes(read_catalogue(path, code)))
        click.echo(f"{code}: {target.relative_to(PROJECT)} {'written' if is_new else 'is up to date'}")


@messages_group.command("check")
@json_option
@click.pass_context
def check_command(context: click.Context, as_json: bool) -> None:
    """Say what is missing or wrong: texts, placeholders, plural forms, compiled files.

    Exit codes: 0 every language is whole, 1 something is missing, 3 this is no source tree.
    """
    said = said_by_the_code()
    found = {code: faults_in(code, said) for code in translated_languages()}
    if as_json:
        print_json(
            {code: [{"text": text, "fault": wrong} for text, wrong in all_] for code, all_ in found.items()}
        )
    else:
        for code, all_ in found.items():
            for text, wrong in all_:
                click.echo(f"{code}: {wrong}: {text}")
            click.echo(f"{code}: {len(said)} texts, {len(all_)} faults")
    if any(found.values()):
        context.exit(1)
