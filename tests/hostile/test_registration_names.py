"""Names and addresses people have, from registration to the first message."""

from __future__ import annotations

import pytest
from django.utils.html import escape

from meterside.portal.identity.models import Login
from tests.cast import Riverside, household, riverside
from tests.hostile.registering import register_with
from tests.people import PASSWORD, last_code, notices

pytestmark = pytest.mark.django_db


@pytest.fixture
def utility() -> Riverside:
    return riverside()


@pytest.mark.parametrize(
    ("given", "family", "email", "line", "typed"),
    [
        (
            "Mary",
            "O'Brien-Nunez",
            "mary.o'brien@example.com",
            "12 O'Brien-Nunez Way",
            "12 O\u2019BRIEN-N\u00da\u00d1EZ WY",
        ),
        ("", "X", "x@example.com", "1 A St", "1 a street"),
        ("A" * 150, "B" * 150, "long@example.com", "7 Pine St", "7 pine street"),
        ("Ana", "<b>Roe</b>\r\nBcc: all", "ana@example.com", "9 Pine St", "9 pine street"),
    ],
    ids=["O'Brien-Nunez", "one letter", "300 letters", "markup and a header"],
)
def test_names_of_all_kinds_register_and_are_written_as_they_are(
    utility: Riverside, given: str, family: str, email: str, line: str, typed: str
) -> None:
    household(utility.tariffs, given=given, family=family, email=email, line=line, badge="N")
    client, _, _ = register_with({"email": email, "address": typed, "zip_code": "95000"})
    client.post("/register/prove/", {"code": last_code(email)})
    assert client.post("/register/finish/", {"password": PASSWORD})["Location"] == "/home/?done=opened"
    name = f"{given} {family}".strip()
    assert Login.objects.get().display_name == name
    page = client.get("/profile/").content.decode()
    assert escape(name) in page.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    assert "<b>Roe" not in page
    (welcome,) = notices("welcome")
    assert welcome.to == email
    assert "\n" not in welcome.subject
    assert f"Hello {' '.join(name.split())}," in " ".join(welcome.body.split())
