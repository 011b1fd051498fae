"""`meterside policy`: how bills are checked, estimated and put right; data that counts from a day on."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

import click

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django
from meterside.cli.policy_charges import deposit_command, late_fee_command
from meterside.engine.policy import policy_from_toml
from meterside.engine.tariff import InvalidTariff

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_EARLIER = "refused: it must not begin before, or on the day of, a later change"
_METHODS = ("near_read", "last_year_scaled", "last_year", "recent", "like_days")


@click.group("policy")
def policy_group() -> None:
    """Billing policy as data: what is looked at, how missing reads are estimated, how bills are put right."""


policy_group.add_command(late_fee_command)
policy_group.add_command(deposit_command)


@policy_group.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every policy with the days it counts."""
    prepare_django()
    from meterside.cli.policy_list import every_policy

    rows = every_policy()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        shown = {name: value for name, value in row.items() if value not in ("", None)}
        click.echo(
            "  ".join(f"{value}" if name == "policy" else f"{name}={value}" for name, value in shown.items())
        )


@policy_group.command("tolerate")
@click.argument("kind", type=click.Choice(("first_bill", "high", "inactive_use", "low", "negative", "zero")))
@click.option("--since", type=_DAY, required=True, help="First bill date it counts for.")
@click.option("--service", default="", help="Electric, water... Default: all.")
@click.option("--class", "customer_class", default="", help="Customer class. Default: all.")
@click.option(
    "--percent", type=int, default=None, help="Of the use a day expected: high above it, low below."
)
@click.option("--least-units", type=int, default=0, show_default=True, help="Leave smaller differences.")
def tolerate_command(
    kind: str,
    since: datetime,
    service: str,
    customer_class: str,
    percent: int | None,
    least_units: int,
) -> None:
    """From a day on, look at bills for this KIND of thing before they are issued.

    The difference of --least-units is counted in the meter's least unit (Wh, cf) over the whole period.
    """
    prepare_django()
    from django.db import IntegrityError

    from meterside.cis.billing.runs.exceptions import set_tolerance
    from meterside.spine.actor import Actor, acting

    try:
        with acting(Actor("staff", "terminal")):
            set_tolerance(
                kind=kind,
                since=since.date(),
                service=service,
                customer_class=customer_class,
                percent=percent,
                least_units=least_units,
            )
    except IntegrityError as error:
        raise FoundWrong(
            "refused: high needs a per cent above 100, low one below, the others none; "
            "and it must not begin before a later change"
        ) from error


@policy_group.command("estimate")
@click.option("--since", type=_DAY, required=True, help="First bill date it counts for.")
@click.option(
    "--method",
    "methods",
    multiple=True,
    required=True,
    type=click.Choice(_METHODS),
    help="Given again: tried in this order.",
)
@click.option("--commodity", default="", help="Electric, water... Default: all.")
@click.option("--class", "customer_class", default="", help="Customer class. Default: all.")
@click.option("--window-days", type=int, default=3, show_default=True, help="How long a read may still come.")
@click.option(
    "--most-in-a-row", type=int, default=2, show_default=True, help="Then somebody has to go there."
)
def estimate_command(
    since: datetime,
    methods: tuple[str, ...],
    commodity: str,
    customer_class: str,
    window_days: int,
    most_in_a_row: int,
) -> None:
    """From a day on, estimate missing reads in this way."""
    prepare_django()
    from django.db import IntegrityError

    from meterside.cis.metering.estimates.registers import set_estimate_policy
    from meterside.spine.actor import Actor, acting

    try:
        with acting(Actor("staff", "terminal")):
            set_estimate_policy(
                since=since.date(), methods=methods, commodity=commodity, customer_class=customer_class,
                window_days=window_days, most_in_a_row=most_in_a_row,
            )  # fmt: skip
    except IntegrityError as error:
        raise FoundWrong(_EARLIER) from error


@policy_group.command("make-good")
@click.option("--since", type=_DAY, required=True, help="First bill date it counts for.")
@click.option("--class", "customer_class", default="", help="Customer class. Default: all.")
@click.option("--rebill-above-cents", type=int, default=None, help="Larger differences make the bill again.")
@click.option("--least-cents", type=int, default=1, show_default=True, help="Smaller ones are left.")
@click.option("--back-bill-days", type=int, default=None, help="What ended earlier is not charged any more.")
def make_good_command(
    since: datetime,
    customer_class: str,
    rebill_above_cents: int | None,
    least_cents: int,
    back_bill_days: int | None,
) -> None:
    """From a day on, put bills right in this way when their reads have changed."""
    prepare_django()
    from django.db import IntegrityError

    from meterside.cis.billing.corrections.correcting import set_make_good_policy
    from meterside.spine.actor import Actor, acting

    try:
        with acting(Actor("staff", "terminal")):
            set_make_good_policy(
                since=since.date(), customer_class=customer_class, rebill_above_cents=rebill_above_cents,
                least_cents=least_cents, back_bill_days=back_bill_days,
            )  # fmt: skip
    except IntegrityError as error:
        raise FoundWrong(_EARLIER) from error


@policy_group.command("message")
@click.argument("code")
@click.option("--english", required=True, help="What bills in English say.")
@click.option("--spanish", required=True, help="The same in Spanish.")
@click.option("--since", type=_DAY, required=True, help="First bill date it counts for.")
@click.option("--until", type=_DAY, default=None, help="First bill date it does not count for any more.")
@click.option("--cycle", default=None, help="Bills of this cycle only.")
@click.option("--class", "customer_class", default="", help="Bills of this customer class only.")
def message_command(
    code: str,
    english: str,
    spanish: str,
    since: datetime,
    until: datetime | None,
    cycle: str | None,
    customer_class: str,
) -> None:
    """Put a message on bills; the same CODE again replaces it."""
    prepare_django()
    from django.db import IntegrityError

    from meterside.cis.billing.statement.messages import set_bill_message
    from meterside.spine.actor import Actor, acting

    try:
        with acting(Actor("staff", "terminal")):
            set_bill_message(
                code=code, text_en=english, text_es=spanish, since=since.date(),
                until=until.date() if until else None, cycle=cycle, customer_class=customer_class,
            )  # fmt: skip
    except IntegrityError as error:
        raise FoundWrong("refused: both texts are needed, and a cycle that is there") from error


@policy_group.command("insert")
@click.argument("code")
@click.argument(
    "english", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="ENGLISH_FILE"
)
@click.argument(
    "spanish", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="SPANISH_FILE"
)
@click.option("--since", type=_DAY, required=True, help="First bill date it counts for.")
@click.option("--until", type=_DAY, default=None, help="First bill date it does not count for any more.")
@click.option("--cycle", default=None, help="Bills of this cycle only.")
@click.option("--commodity", default="", help="Bills with this service only.")
@click.option("--class", "customer_class", default="", help="Bills of this customer class only.")
def insert_command(
    code: str,
    english: Path,
    spanish: Path,
    since: datetime,
    until: datetime | None,
    cycle: str | None,
    commodity: str,
    customer_class: str,
) -> None:
    """Put an insert behind bills; the same CODE again replaces it.

    The first line of a file is the title, the rest its text; an empty line begins a new paragraph.
    """
    prepare_django()
    from django.db import IntegrityError

    from meterside.cis.billing.statement.inserts import InsertTooLong, set_bill_insert
    from meterside.spine.actor import Actor, acting

    title_en, _line, text_en = english.read_text(encoding="utf-8").partition("\n")
    title_es, _line, text_es = spanish.read_text(encoding="utf-8").partition("\n")
    try:
        with acting(Actor("staff", "terminal")):
            set_bill_insert(
                code=code, title_en=title_en, title_es=title_es, text_en=text_en, text_es=text_es,
                since=since.date(), until=until.date() if until else None, cycle=cycle, commodity=commodity,
                customer_class=customer_class,
            )  # fmt: skip
    except InsertTooLong as error:
        raise FoundWrong(f"refused: {error}") from error
    except IntegrityError as error:
        raise FoundWrong(
            "refused: title and text are needed in both files, and a cycle that is there"
        ) from error


@policy_group.command("winter-average")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@click.option("--since", type=_DAY, required=True, help="First closing read it counts for.")
@click.option("--service", required=True, help="The service billed by it, such as sewer.")
@click.option("--class", "customer_class", default="", help="Customer class. Default: all.")
def winter_average_command(file: Path, since: datetime, service: str, customer_class: str) -> None:
    """From a day on, work the winter average out by the rule in the policy document FILE (TOML)."""
    prepare_django()
    from django.db import IntegrityError

    from meterside.cis.billing.inputs.winter import set_winter_average_policy
    from meterside.spine.actor import Actor, acting

    try:
        rule = policy_from_toml(file.read_text(encoding="utf-8")).winter_average
    except (InvalidTariff, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FoundWrong(f"{file} cannot be read: {error}") from error
    if rule is None:
        raise FoundWrong(f"{file} has no winter_average")
    try:
        with acting(Actor("staff", "terminal")):
            set_winter_average_policy(
                since=since.date(), service=service, rule=rule, customer_class=customer_class
            )
    except IntegrityError as error:
        raise FoundWrong(_EARLIER) from error


@policy_group.command("validation")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@click.option("--since", type=_DAY, required=True, help="First day of reads they count for.")
def validation_command(file: Path, since: datetime) -> None:
    """From a day on, look at interval data by the rules in the policy document FILE (TOML), and by no others."""
    prepare_django()
    from django.db import IntegrityError

    from meterside.cis.metering.checks.rules import set_validation_rules
    from meterside.spine.actor import Actor, acting

    try:
        rules = policy_from_toml(file.read_text(encoding="utf-8")).validation
    except (InvalidTariff, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FoundWrong(f"{file} cannot be read: {error}") from error
    if not rules:
        raise FoundWrong(f"{file} has no validation rules")
    try:
        with acting(Actor("staff", "terminal")):
            set_validation_rules(rules, since=since.date())
    except IntegrityError as error:
        raise FoundWrong(_EARLIER) from error
