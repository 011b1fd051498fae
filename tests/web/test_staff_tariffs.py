"""Staff at tariffs: the book, a version's life on pages, files refused, tries, comparisons, series; who may."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from meterside.cis.registry.models import Person
from meterside.cis.studies.models import RateComparison
from meterside.cis.studies.working import work_chunk, work_comparison
from meterside.cis.tariffs.models import FactorProposal, Tariff, TariffVersion
from meterside.cis.tariffs.series import set_series_value
from meterside.kit.clock import clock_at
from meterside.portal.identity.operations import create_login
from meterside.portal.identity.rights import StaffRight
from meterside.spine.models import AuditEntry
from meterside.web.staff.tariffs.comparing import guarded
from tests.cast import ELECTRIC, instant
from tests.connectors.test_tariff_faults import BAD
from tests.web.billed import TODAY, Town, fixed_count, statements, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
DEARER = (
    ELECTRIC.replace('"13.50"', '"14.25"').replace('"0.1080"', '"0.1190"').replace("2020-01-01", "2025-06-01")
)
PROPOSE, APPROVE = StaffRight.PROPOSE_RATES, StaffRight.APPROVE_RATES


def staff(name: str, *rights: StaffRight, language: str = "en") -> Client:
    login = create_login(
        email=f"{name}@example.com", password=None, display_name=name.title(), language=language,
        now=instant("2025-01-02T08:00"), is_staff=True, staff_rights=rights,
    )  # fmt: skip
    client = Client()
    client.force_login(login, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def place() -> Iterator[Town]:
    made = town()
    with clock_at(TODAY):
        yield made


@pytest.fixture
def ana(place: Town) -> Client:
    return staff("ana", PROPOSE)


@pytest.fixture
def ben(place: Town) -> Client:
    return staff("ben", APPROVE)


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\N{NO-BREAK SPACE}", " ").split())


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[-1500:]
    return plain(answer.content.decode())


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, plain(answer.content.decode())


def upload(client: Client, content: str = DEARER, name: str = "rates.toml", **more: str) -> Any:
    file = SimpleUploadedFile(name, content.encode())
    return client.post("/staff/tariffs/upload/", {"file": file, **more})


def page_of(version: TariffVersion) -> str:
    return f"/staff/tariffs/versions/{version.public_id}/"


def uploaded(client: Client, content: str = DEARER) -> TariffVersion:
    answer = upload(client, content)
    assert answer.status_code == 302, said(answer)
    return TariffVersion.objects.latest("id")


def test_customers_do_not_get_in_and_staff_without_the_right_may_look(place: Town, ana: Client) -> None:
    made = uploaded(ana)
    tariff = Tariff.objects.get(code="E-1")
    carla = staff("carla")
    for path in ("/staff/tariffs/", f"/staff/tariffs/{tariff.public_id}/", page_of(made), f"{page_of(made)}try/",
                 "/staff/tariffs/series/"):  # fmt: skip
        assert place.alice.get(path).status_code == 404
        assert Client().get(path).status_code == 302
        assert carla.get(path).status_code == 200
    assert "Who may propose rates can bring in a version" in text(carla, "/staff/tariffs/")
    assert upload(carla).status_code == 403
    ben = staff("ben", APPROVE)
    for client, action in ((carla, "propose"), (ben, "propose"), (carla, "approve"), (ana, "approve"),
                           (carla, "withdraw"), (carla, "send-back")):  # fmt: skip
        assert (
            client.post(f"{page_of(made)}{action}/", {"since": "2025-06-01", "reason": "x"}).status_code
            == 403
        )
    assert carla.post(f"{page_of(made)}compare/").status_code == 403
    assert carla.post("/staff/tariffs/series/propose/", {}).status_code == 403
    made.refresh_from_db()
    assert made.status == "draft"


def test_a_version_from_file_to_force(place: Town, ana: Client, ben: Client) -> None:
    made = uploaded(ana)
    page = text(ana, page_of(made))
    assert "draft" in page
    assert "Customer charge changed Customer charge: what changes What Before With this version" in page
    assert "$13.50 is charged for each bill, whatever the use. $14.25 is charged for each bill" in page
    assert "Over 650 kWh $0.1080 $0.1190" in page
    assert "Propose it with the day from which it is to be in force" in page
    assert said(ana.post(f"{page_of(made)}propose/", {"since": "soon"}))[0] == 422
    status, early = said(ana.post(f"{page_of(made)}propose/", {"since": "2025-03-10"}))
    assert (status, "It can begin on March 11, 2025 at the earliest" in early) == (409, True)
    assert ana.post(f"{page_of(made)}propose/", {"since": "2025-06-01"}).status_code == 302
    assert "You proposed it. Somebody else has to approve it." in text(ana, page_of(made))
    assert "waits for approval" in text(ben, "/staff/tariffs/")
    page = text(ben, page_of(made))
    assert "Ana asks for it to be in force from June 1, 2025 on." in page
    assert "Approve and publish" in page
    both = staff("dora", PROPOSE, APPROVE)
    assert ben.post(f"{page_of(made)}approve/").status_code == 302
    late = said(both.post(f"{page_of(made)}approve/"))
    assert (late[0], "moved on meanwhile" in late[1]) == (409, True)
    assert "published, not yet in force" in text(ana, page_of(made))
    assert "E-1 Residential electric Electric January 1, 2020 June 1, 2025 2" in text(ana, "/staff/tariffs/")
    tariff = text(ana, f"/staff/tariffs/{made.tariff.public_id}/")
    assert "January 1, 2020 to May 31, 2025" in tariff
    assert "$13.50 is charged for each bill" in tariff
    assert AuditEntry.objects.get(action="tariff_version.published").actor_kind == "staff"
    assert said(ana.post(f"{page_of(made)}withdraw/", {"reason": ""}))[0] == 422
    assert ana.post(f"{page_of(made)}withdraw/", {"reason": "the council said no"}).status_code == 302
    assert "the council said no" in text(ana, page_of(made))
    first = TariffVersion.objects.get(tariff=made.tariff, status="published")
    begun = said(ana.post(f"{page_of(first)}withdraw/", {"reason": "x"}))
    assert (begun[0], "is in force already" in begun[1]) == (409, True)


def test_who_has_both_rights_still_needs_another(place: Town, ben: Client) -> None:
    both = staff("dora", PROPOSE, APPROVE)
    made = uploaded(both)
    both.post(f"{page_of(made)}propose/", {"since": "2025-06-01"})
    assert "Approve and publish" not in text(both, page_of(made))
    refused = said(both.post(f"{page_of(made)}approve/"))
    assert (refused[0], "somebody else has to approve it" in refused[1]) == (409, True)
    assert said(ben.post(f"{page_of(made)}send-back/", {"reason": " "}))[0] == 422
    assert ben.post(f"{page_of(made)}send-back/", {"reason": "wrong price"}).status_code == 302
    made.refresh_from_db()
    assert made.status == "draft"
    assert "wrong price" in text(both, page_of(made))


def test_a_bad_file_is_refused_with_every_fault_and_its_line(place: Town, ana: Client) -> None:
    before = (Tariff.objects.count(), TariffVersion.objects.count())
    status, page = said(upload(ana, BAD, "bad.toml"))
    assert status == 422
    assert "bad.toml was refused: nothing of it was kept" in page
    for line in (
        "6 colour colour Nobody knows this word here.",
        (
            "10 version 1, effective_to versions[0].effective_to There is a gap before the next version. "
            "Let it end on January 1, 2025."
        ),
        (
            "23 version 2, schedule 1, periods versions[1].schedules[0].periods 12:00 AM lies in no period, "
            "such as on Monday in January."
        ),
        "40 version 2, component 2, widths versions[1].components[1].widths A block is not wider than nothing",
        "49 version 2, component 3, size versions[1].components[2].size Something is divided by it",
        "55 version 2, component 4, amount versions[1].components[3].amount It cannot be below zero.",
    ):
        assert line in page, line
    assert (Tariff.objects.count(), TariffVersion.objects.count()) == before
    for name, content, words in (
        ("x.toml", "a = = 1", "Invalid value"), ("x.docx", "hello", "no kind of tariff file"),
    ):  # fmt: skip
        status, page = said(upload(ana, content, name))
        assert (status, words in page) == (422, True), page
    assert said(ana.post("/staff/tariffs/upload/", {}))[0] == 422


def test_files_of_other_formats_become_drafts_or_are_refused_whole(place: Town, ana: Client) -> None:
    owrs = (
        "metadata:\n  effective_date: 2026-01-01\n  utility_name: Spring\n  bill_frequency: Monthly\n"
        "  bill_unit: ccf\nrate_structure:\n  HOME:\n    service_charge: 12\n    commodity_charge: Tiered\n"
        "    tier_starts_commodity: [0, 13]\n    tier_prices_commodity: [1.005, 2]\n"
        "    bill: service_charge+commodity_charge\n"
        "  FARM:\n    commodity_charge: Budget\n    bill: commodity_charge\n"
    )
    status, page = said(upload(ana, owrs, "spring.owrs", tariff="W-1"))
    assert status == 422
    assert "Budget" in page
    assert upload(ana, owrs, "spring.owrs", tariff="W-1", customer_class="HOME").status_code == 302
    made = TariffVersion.objects.latest("id")
    assert (made.tariff.code, made.status, made.source) == ("W-1", "draft", "spring.owrs")
    assert "as written" not in text(ana, page_of(made))
    again = said(upload(ana, ELECTRIC))
    assert (again[0], "Nothing in the file is new" in again[1]) == (409, True)


def test_what_would_not_hold_is_said_before_anybody_proposes(place: Town, ana: Client) -> None:
    made = uploaded(ana, DEARER.replace('"electric"', '"water"'))
    page = text(ana, page_of(made))
    assert "As it is, it cannot be published" in page
    assert "Its commodity is “water”, and the tariff's other versions have “electric”" in page


def test_a_version_is_tried_on_a_real_year(place: Town, ana: Client) -> None:
    made = uploaded(ana)
    home = place.riverside.alice
    page = text(ana, f"{page_of(made)}try/?q={home.account.number}")
    # February, 672 kWh: 14.25 + 60.71 + 22 x 0.119 = 77.58, tax 3.88; billed 80.42.
    assert "Feb 1 – 28 , bill" in page
    assert "E-1 $80.42 $81.46 +$1.04" in page
    assert "First 650 kWh" in page
    assert "14.25" in page
    by_address = text(ana, f"{page_of(made)}try/?q={home.premise.address_line}")
    assert home.account.number in by_address
    assert "More in a year" in by_address
    assert "No account was found" in text(ana, f"{page_of(made)}try/?q=nobody 12345")
    refuse = TariffVersion.objects.get(tariff__code="W-1")
    assert "+$0.00" not in text(ana, f"{page_of(refuse)}try/?q={home.account.number}")


def test_a_comparison_from_asking_to_csv(place: Town, ana: Client) -> None:
    Person.objects.filter(pk=place.riverside.alice.person.pk).update(given_name="=1+1", family_name="x")
    made = uploaded(ana)
    asked = ana.post(f"{page_of(made)}compare/", {"before": ""})
    found = RateComparison.objects.get()
    path = f"/staff/tariffs/comparisons/{found.public_id}/"
    assert asked["Location"] == path
    page = text(ana, path)
    assert "Accounts priced 0 of 2" in page
    assert ana.get(f"{path}accounts.csv").status_code == 404
    assert ana.post(f"{path}stop/").status_code == 302
    assert "Ana stopped it" in text(ana, path)
    assert not work_chunk(found.pk)
    assert said(ana.post(f"{path}stop/"))[0] == 409
    assert ana.post(f"{path}go-on/").status_code == 302
    work_comparison(found.pk)
    page = text(ana, path)
    rows = list(found.accounts.all())
    difference = sum((row.after_cents or 0) - (row.before_cents or 0) for row in rows)
    assert f"+${Decimal(difference) / 100}" in page
    assert "2 accounts would pay more, 0 less, 0 the same" in page
    assert "Nobody would pay less." in page
    assert place.riverside.alice.account.number in page
    answer = ana.get(f"{path}accounts.csv")
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert len(lines) == 3
    alice = next(line for line in lines if line[0] == place.riverside.alice.account.number)
    assert alice[1] == "'=1+1 x"
    assert sum(Decimal(line[7]) for line in lines[1:]) == Decimal(difference) / 100
    assert "+$" in text(ana, page_of(made))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_becomes_a_formula(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert guarded("O'Brien") == "O'Brien"


def test_nothing_to_compare_is_said(place: Town, ana: Client) -> None:
    made = uploaded(ana, DEARER.replace('"E-1"', '"E-5"'))
    status, page = said(ana.post(f"{page_of(made)}compare/", {}))
    assert (status, "No account was billed on this tariff yet" in page) == (409, True)


def test_a_value_of_a_series_from_asking_to_force(place: Town, ana: Client, ben: Client) -> None:
    set_series_value(
        code="pca", since=date(2025, 1, 1), value=Decimal("0.0123"), name="Power cost", unit="$/kWh"
    )
    assert "pca Power cost $0.0123/kWh January 1, 2025" in text(ana, "/staff/tariffs/series/")
    sent = {"code": "pca", "from_series": "1", "since": "2025-04-01", "value": "0.02", "note": "April filing"}
    for wrong, status in (({"since": ""}, 422), ({"value": "much"}, 422), ({"value": "1e3"}, 422),
                          ({"value": "0.1234567891"}, 422)):  # fmt: skip
        assert said(ana.post("/staff/tariffs/series/propose/", sent | wrong))[0] == status
    asked = ana.post("/staff/tariffs/series/propose/", sent)
    path = asked["Location"]
    assert said(ana.post("/staff/tariffs/series/propose/", sent))[0] == 409
    assert "You proposed it. Somebody else has to approve it." in text(ana, path)
    value = FactorProposal.objects.get()
    approve = f"/staff/tariffs/values/{value.public_id}/approve/"
    assert ana.post(approve).status_code == 403
    assert "Approve it" in text(ben, path)
    assert said(ben.post(f"/staff/tariffs/values/{value.public_id}/decline/", {"reason": ""}))[0] == 422
    assert ben.post(approve).status_code == 302
    assert said(ben.post(approve))[0] == 409
    page = text(ben, path)
    assert "January 1, 2025 to March 31, 2025 $0.0123/kWh" in page
    assert "from April 1, 2025 on $0.02/kWh" in page
    assert "approved Ana Ben April filing" in page
    rider = uploaded(
        ana, DEARER.replace('"13.50"', '"14"').replace('rate = "0.05"', 'rate = { series = "city-tax" }')
    )
    ana.post(f"{page_of(rider)}propose/", {"since": "2025-06-01"})
    assert "nobody has begun: city-tax" in text(ana, "/staff/tariffs/series/")


def test_pages_ask_a_fixed_number_of_statements(place: Town, ana: Client, ben: Client) -> None:
    made = uploaded(ana)
    ana.post(f"{page_of(made)}propose/", {"since": "2025-06-01"})
    ana.post(f"{page_of(made)}compare/", {"before": ""})
    found = RateComparison.objects.get()
    work_comparison(found.pk)
    set_series_value(code="pca", since=date(2025, 1, 1), value=Decimal("0.01"))
    ana.post("/staff/tariffs/series/propose/", {"code": "pca", "since": "2025-04-01", "value": "0.02"})
    value = FactorProposal.objects.get()
    pages = {
        "staff_tariffs": "/staff/tariffs/",
        "staff_tariff": f"/staff/tariffs/{made.tariff.public_id}/",
        "staff_tariff_version": page_of(made),
        "staff_tariff_try": f"{page_of(made)}try/?q={place.riverside.alice.account.number}",
        "staff_comparison": f"/staff/tariffs/comparisons/{found.public_id}/",
        "staff_series": "/staff/tariffs/series/",
        "staff_one_series": f"/staff/tariffs/series/{value.series.public_id}/",
    }
    counted = {}
    for name, path in pages.items():
        ana.get(path)  # what is read once a process
        with statements() as asked:
            assert ana.get(path).status_code == 200
        counted[name] = len(asked)
    assert counted == {name: fixed_count(name) for name in pages}
