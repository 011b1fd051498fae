"""Reads of the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from meterside.kit.addresses import Candidate, Match, ParsedAddress, match_address


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with its holder and the places it is served at on a day."""

    id: int
    public_id: UUID
    number: str
    customer_class: str
    bill_cycle: str
    holder_name: str
    holder_language: str
    is_active: bool
    is_paperless: bool


_ACCOUNTS = """
    SELECT a.id, a.public_id, a.number, a.customer_class, a.bill_cycle,
           coalesce(nullif(p.organisation_name, ''), trim(p.given_name || ' ' || p.family_name), ''),
           coalesce(p.language, 'en'), a.during @> %(today)s::date, a.paperless
      FROM cis_registry_account a
      LEFT JOIN LATERAL (
           SELECT person.* FROM cis_registry_personaccountrole r
             JOIN cis_registry_person person ON person.id = r.person_id
            WHERE r.account_id = a.id AND r.role = 'owner'
            ORDER BY upper(r.during) DESC NULLS FIRST, r.id LIMIT 1
      ) p ON true
"""


def accounts_by_id(ids: Sequence[int], *, today: date) -> dict[int, AccountRow]:
    """The accounts of these keys."""
    rows = _accounts("WHERE a.id = ANY(%(keys)s)", list(ids), today)
    return {row.id: row for row in rows}


def _accounts(where: str, keys: list[UUID] | list[int], today: date) -> list[AccountRow]:
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS + where, {"keys": keys, "today": today})
        return [AccountRow(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact on file of an account's owner."""

    kind: str
    value: str
    value_key: str
    language: str
    person_public_id: UUID


def contacts_on_file(account_id: int, *, today: date) -> tuple[ContactRow, ...]:
    """E-mail addresses and telephones of the account's present owners, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.kind, c.value, c.value_key, p.language, p.public_id
              FROM cis_registry_personaccountrole r
              JOIN cis_registry_person p ON p.id = r.person_id
              JOIN cis_registry_contactpoint c ON c.person_id = p.id
             WHERE r.account_id = %s AND r.role IN ('owner', 'co_owner')
               AND r.during @> %s::date AND c.during @> %s::date
             ORDER BY c.id
            """,
            [account_id, today, today],
        )
        return tuple(ContactRow(*row) for row in cursor.fetchall())


def find_premise(typed: ParsedAddress) -> int | None:
    """The one premise that a typed address names, or None; never picks among several.

    Reads the same tables in the same way whatever it finds. Of each street two premises with the typed unit and
    two without it are enough to tell; a tower of a thousand flats costs no more (docs/algorithms/address-matching.md).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, house_number, unit, street_key, street_core, zip5
              FROM (SELECT *, row_number() OVER (PARTITION BY street_key, unit = %s ORDER BY id) AS nth
                      FROM cis_registry_premise WHERE zip5 = %s AND house_number = %s) here
             WHERE nth <= 2 ORDER BY id
            """,
            [typed.keys.unit, typed.zip5, typed.house_number],
        )
        candidates = [
            Candidate(
                id=int(row[0]),
                house_number=row[1],
                unit=row[2],
                street_key=row[3],
                street_core=row[4],
                zip5=row[5],
            )
            for row in cursor.fetchall()
        ]
        cursor.execute(
            "SELECT DISTINCT street_key, street_core FROM cis_registry_premise WHERE zip5 = %s", [typed.zip5]
        )
        streets = [(row[0], row[1]) for row in cursor.fetchall()]
    outcome = match_address(typed, candidates, streets_in_zip=streets)
    return outcome.id if isinstance(outcome, Match) else None
