"""Finding the one account somebody may mean by an e-mail address, a service address and a ZIP code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from meterside.cis.registry.queries import contacts_on_file, find_premise
from meterside.contracts.cis import (
    AccountRef,
    ContactOnFile,
    LastBillFact,
    PersonRef,
    RegistrationCandidate,
    RegistrationQuery,
)
from meterside.kit.addresses import UnableToReadAddress, parse_address

_NOTHING = -1
_BILLS_LOOKED_AT = 6


@dataclass(frozen=True, slots=True)
class _Resident:
    account_id: int
    account_ref: UUID
    person_ref: UUID
    holder_name: str
    email_is_on_file: bool


def find_candidate(query: RegistrationQuery, *, today: date) -> RegistrationCandidate | None:
    """The account that takes service at that place; of several, the only one with that e-mail on file.

    The same statements run whatever is found, so that the answer's time and work tell nothing. An address
    that cannot be read is the page's matter: here it simply finds nothing.
    """
    try:
        premise_id = find_premise(parse_address(query.address, zip_code=query.zip5))
    except UnableToReadAddress:
        premise_id = None
    residents = _residents(premise_id if premise_id is not None else _NOTHING, query.email, today)
    chosen = _choose(residents)
    key = chosen.account_id if chosen else _NOTHING
    contacts = contacts_on_file(key, today=today)
    last_bill = _last_bill(key)
    if chosen is None:
        return None
    return RegistrationCandidate(
        account=AccountRef(chosen.account_ref),
        person=PersonRef(chosen.person_ref),
        holder_name=chosen.holder_name,
        email_is_on_file=chosen.email_is_on_file,
        contacts=tuple(
            ContactOnFile(kind=row.kind, value=row.value, language=row.language) for row in contacts
        ),
        last_bill=last_bill,
    )


def _residents(premise_id: int, email: str, today: date) -> list[_Resident]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (a.id) a.id, a.public_id, p.public_id,
                   coalesce(nullif(p.organisation_name, ''), trim(p.given_name || ' ' || p.family_name)),
                   EXISTS (SELECT FROM cis_registry_contactpoint c
                             JOIN cis_registry_personaccountrole o
                               ON o.person_id = c.person_id AND o.account_id = a.id
                              AND o.role IN ('owner', 'co_owner') AND o.during @> %(today)s::date
                            WHERE c.kind = 'email' AND c.value_key = %(email)s AND c.during @> %(today)s::date)
              FROM cis_agreements_serviceagreement g
              JOIN cis_registry_account a ON a.id = g.account_id
              JOIN cis_registry_personaccountrole r
                ON r.account_id = a.id AND r.role = 'owner' AND r.during @> %(today)s::date
              JOIN cis_registry_person p ON p.id = r.person_id
             WHERE g.premise_id = %(premise)s AND g.during @> %(today)s::date
             ORDER BY a.id, r.id
            """,
            {"premise": premise_id, "email": email, "today": today},
        )
        return [_Resident(*row) for row in cursor.fetchall()]


def _choose(residents: list[_Resident]) -> _Resident | None:
    if len(residents) == 1:
        return residents[0]
    known = [resident for resident in residents if resident.email_is_on_file]
    return known[0] if len(known) == 1 else None


def _last_bill(account_id: int) -> LastBillFact | None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT total_due_cents, bill_date FROM cis_billing_bill
             WHERE account_id = %s AND status = 'issued' ORDER BY bill_date DESC, id DESC LIMIT %s
            """,
            [account_id, _BILLS_LOOKED_AT],
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    # An amount that is nearly always the same is known to any neighbour on the same flat rate.
    amounts = {amount for amount, _ in rows}
    varies = len(rows) >= 3 and len(amounts) > len(rows) // 2 and rows[0][0] > 0
    return LastBillFact(amount_cents=rows[0][0], bill_date=rows[0][1], varies=varies)
