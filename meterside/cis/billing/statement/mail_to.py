"""Where a bill is mailed: the owner's postal address on file, else the place that is served."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

#: Lines under the name that a window shows with it.
MOST_LINES = 3

_ZIP = re.compile(r"\b([0-9]{5})(?:-?([0-9]{4}))?$")
_ONE_LINE = re.compile(r"^(?P<street>.+?),\s*(?P<city>[^,]+,?\s+[A-Z]{2}\.?\s+[0-9]{5}(?:-?[0-9]{4})?)$")


@dataclass(frozen=True, slots=True)
class MailTo:
    """An address below the name. `postal_code` is ZIP or ZIP+4 as digits and a hyphen; empty where none is told."""

    lines: tuple[str, ...]
    postal_code: str

    def to_dict(self) -> dict[str, Any]:
        """As the statement freezes it."""
        return {"lines": list(self.lines), "postal_code": self.postal_code}


_ADDRESSES = """
    SELECT a.id, post.value, place.address_line, place.city, place.state, place.zip5
      FROM unnest(%(accounts)s::bigint[]) AS a (id)
      LEFT JOIN LATERAL (
           SELECT c.value FROM cis_registry_personaccountrole r
             JOIN cis_registry_contactpoint c ON c.person_id = r.person_id
            WHERE r.account_id = a.id AND r.role = 'owner' AND c.kind = 'post'
              AND r.during @> %(day)s::date AND c.during @> %(day)s::date
            ORDER BY lower(c.during) DESC, c.id DESC LIMIT 1
      ) post ON true
      LEFT JOIN LATERAL (
           SELECT m.address_line, m.city, m.state, m.zip5 FROM cis_agreements_serviceagreement g
             JOIN cis_registry_premise m ON m.id = g.premise_id
            WHERE g.account_id = a.id
            ORDER BY upper(g.during) DESC NULLS FIRST, g.id LIMIT 1
      ) place ON true
"""


def mail_addresses(account_ids: Sequence[int], *, on: date) -> Mapping[int, MailTo | None]:
    """Where mail to each account's owner goes on a day; None where nothing is known."""
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESSES, {"accounts": list(account_ids), "day": on})
        return {row[0]: _mail_to(*row[1:]) for row in cursor.fetchall()}


def _mail_to(
    post: str | None, line: str | None, city: str | None, state: str | None, zip5: str | None
) -> MailTo | None:
    if post is not None and post.strip():
        return postal_address(post)
    if line is None:
        return None
    return MailTo((line, f"{city}, {state} {zip5}"), zip5 or "")


def postal_address(text: str) -> MailTo:
    """An address on file in the lines a person wrote, or one line cut before its city.

    Of more lines than a window shows the middle ones are joined: the street's line and the city's stand alone.
    """
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and (found := _ONE_LINE.match(lines[0])):
        lines = [found["street"], found["city"]]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 2], ", ".join(lines[MOST_LINES - 2 : -1]), lines[-1]]
    code = _ZIP.search(lines[-1]) if lines else None
    return MailTo(tuple(lines), "-".join(part for part in code.groups() if part) if code else "")
