"""`meterside staff`: who works here, and what they may do beyond looking."""

from __future__ import annotations

from typing import Any

import click

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django

_RIGHTS = ("propose-rates", "approve-rates")


@click.group("staff")
def staff_group() -> None:
    """Members of staff and their rights. Everybody at the staff pages may look; rights are given one by one."""


@staff_group.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every member of staff with their rights."""
    prepare_django()
    from meterside.portal.identity.models import Login

    rows: list[dict[str, Any]] = [
        {
            "email": login.email,
            "name": login.display_name,
            "rights": login.staff_rights,
            "active": login.is_active,
        }
        for login in Login.objects.filter(is_staff=True).order_by("email")
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        rights = ", ".join(row["rights"]) or "may look"
        click.echo(f"{row['email']}  {row['name']}  {rights}{'' if row['active'] else '  (switched off)'}")


@staff_group.command("allow")
@click.argument("email")
@click.argument("right", type=click.Choice(_RIGHTS))
def allow_command(email: str, right: str) -> None:
    """Give the member of staff with that EMAIL a RIGHT. Given twice it changes nothing."""
    _set(email, right, is_given=True)


@staff_group.command("disallow")
@click.argument("email")
@click.argument("right", type=click.Choice(_RIGHTS))
def disallow_command(email: str, right: str) -> None:
    """Take a RIGHT from the member of staff with that EMAIL."""
    _set(email, right, is_given=False)


def _set(email: str, right: str, *, is_given: bool) -> None:
    prepare_django()
    from meterside.portal.identity.operations import NotStaff, set_staff_right
    from meterside.portal.identity.rights import StaffRight
    from meterside.spine.actor import Actor, acting

    try:
        with acting(Actor("staff", "terminal")):
            login = set_staff_right(email=email.strip().lower(), right=StaffRight(right), is_given=is_given)
    except NotStaff as error:
        raise FoundWrong(f"{email} signs in to no staff page; nothing was changed") from error
    click.echo(f"{login.email}: {', '.join(login.staff_rights) or 'may look'}")
