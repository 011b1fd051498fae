"""What the tests of registration share: known and unknown people, and what a page and its work look like."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

KNOWN = {"email": "alice@example.com", "address": "418 oak street", "zip_code": "95000"}
UNKNOWN = {"email": "alice@example.com", "address": "419 oak street", "zip_code": "95000"}
STRANGE = {"email": "nobody@example.net", "address": "418 oak street", "zip_code": "95001"}


def plain(answer: Any) -> bytes:
    """The bytes of a page, without what is random and of equal length."""
    content: bytes = answer.content
    return re.sub(rb'(name="csrfmiddlewaretoken" value=")[^"]+', rb"\1", content)


def shape(captured: CaptureQueriesContext) -> list[str]:
    """The statements, with every value taken out."""
    found = []
    for query in captured.captured_queries:
        sql = re.sub(r"'(?:[^']|'')*'(?:::\w+)?", "?", query["sql"])
        sql = re.sub(r"-?\b(?:NULL|true|false|\d+)\b", "?", sql)
        sql = re.sub(r'"?s\d+_x\d+"?', "savepoint", sql)
        sql = re.sub(r'SAVEPOINT "[^"]+"', "SAVEPOINT ?", sql)
        found.append(" ".join(sql.split()))
    return found


def register_with(form: dict[str, str]) -> tuple[Client, Any, list[str]]:
    client = Client()
    client.get("/register/")
    with CaptureQueriesContext(connection) as captured:
        answer = client.post("/register/", form)
    return client, answer, shape(captured)
