"""The main journeys as people make them: without JavaScript too, by passkey, and with impatient fingers."""

from __future__ import annotations

import io
import re

import pypdf
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from meterside.cis.billing.books import prove_books
from meterside.cis.ledger.models import Payment
from meterside.connectors.payments.sandbox.models import Charge
from tests.browser import ways
from tests.browser.people import PASSWORD
from tests.browser.site import Site
from tests.browser.visitor import Visitor, sign_in

pytestmark = pytest.mark.browser


def register(page: Page, site: Site, *, email: str, address: str) -> None:
    """From the front page to home; the code is read in the demo's inbox."""
    page.goto(reverse("landing"))
    page.locator("main").get_by_role("link", name="Open your online account").first.click()
    ways.submit(page, {"email": email, "address": address, "zip_code": "95000"})
    site.work()
    page.get_by_role("link", name="read the code in its inbox").click()
    code = re.search(r"\b\d{6}\b", page.inner_text("main"))
    assert code, "no code in the inbox"
    page.goto(reverse("register_prove"))
    ways.submit(page, {"code": code.group()})
    ways.submit(page, {"password": PASSWORD})
    expect(page).to_have_url(re.compile("/home/"))


def amount_on(page: Page) -> str:
    """The biggest number of a page."""
    shown = page.locator("main .amount").first.inner_text()
    found = re.search(r"\$?\s*([\d,]+\.\d\d)", shown)
    assert found, shown
    return found.group(1)


@pytest.mark.parametrize(
    ("who", "address", "script"),
    [("judy", "606 maple av", False), ("kim", "607 MAPLE AVE.", True)],
    ids=["without script", "with script"],
)
def test_from_the_front_door_to_a_paid_bill_and_out(
    site: Site, visit: Visitor, who: str, address: str, script: bool
) -> None:
    email = f"{who}@example.com"
    with visit(script=script) as page:
        register(page, site, email=email, address=address)
        owed = amount_on(page)
        page.get_by_role("link", name="See the bill").click()
        assert amount_on(page) == owed
        page.get_by_role("link", name=f"Pay ${owed}").click()
        expect(page.locator("[name=amount]")).to_have_value(owed)
        ways.submit(page, {})
        page.get_by_role("button", name=f"Choose how to pay ${owed}").click()
        page.wait_for_url("**/sandbox-gateway/**")
        ways.pay_at_sandbox(page)
        expect(page).to_have_url(re.compile("/receipt/"))
        expect(page.locator("body")).to_contain_text(f"Thank you. ${owed} is paid.")
        _switch_display(page, script)
        page.goto(reverse("home"))
        expect(page.locator(f"main a[href^='{reverse('pay')}']")).to_have_count(0)
        _sign_out_and_in(page, email)
    site.work()
    with site.database():
        payment = Payment.objects.filter(account=site.town.households[who].account).latest("paid_at")
        assert payment.statuses.latest("id").status == "settled"
        assert prove_books().holds


def _switch_display(page: Page, script: bool) -> None:
    page.click(".foot button[value=es]")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    # With script the page turns dark at once; it stays so when the server has heard of it.
    with page.expect_response(re.compile(reverse("display"))):
        page.click(".foot button[value=dark]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click(".foot button[value=en]")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def _sign_out_and_in(page: Page, email: str) -> None:
    page.goto(reverse("profile"))
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/$"))
    page.goto(reverse("home"))
    expect(page).to_have_url(re.compile("/sign-in/"))
    sign_in(page, email)
    expect(page).to_have_url(re.compile("/home/"))


def test_sign_in_by_code_without_script(site: Site, visit: Visitor) -> None:
    email = site.town.emails["payer-6"]
    with visit(script=False) as page:
        ways.code_asked(email)(page, site)
        ways.submit(page, {"code": site.code_for(email)})
        expect(page).to_have_url(re.compile("/home/"))


def test_a_forgotten_password_without_script(site: Site, visit: Visitor) -> None:
    email, another = site.town.emails["forgetful"], "a heron on the weir at dusk"
    with visit(script=False) as page:
        ways.reset_link(email)(page, site)
        ways.submit(page, {"password1": another})
        expect(page).to_have_url(re.compile(reverse("account_reset_password_from_key_done")))
        sign_in(page, email, another)
        expect(page).to_have_url(re.compile("/home/"))


def test_a_passkey_is_added_and_signs_in(site: Site, visit: Visitor) -> None:
    with visit() as page:
        sign_in(page, site.town.emails["nora"])
        ways.add_passkey(page, "my laptop")
        expect(page.locator("#passkeys")).to_contain_text("my laptop")
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(re.compile("/$"))
        page.goto(reverse("account_login"))
        page.click("[data-passkey=get] button")
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        page.goto(reverse("profile"))
        expect(page.locator("main")).to_contain_text(site.town.emails["nora"])


def test_a_passkey_that_is_refused_says_so(visit: Visitor) -> None:
    with visit() as page:
        page.goto(reverse("account_login"))
        page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('no')); }")
        page.click("[data-passkey=get] button")
        expect(page.locator("[data-passkey-failed]")).to_be_visible()


def charges(site: Site, who: str) -> list[tuple[int, str]]:
    """(cents, reference) of each charge the gateway took from a household."""
    with site.database():
        posted = Payment.objects.filter(account=site.town.households[who].account, channel="portal")
        references = [payment.reference for payment in posted]
        taken = Charge.objects.filter(reference__in=references, accepted_at__isnull=False)
        return [(charge.session.amount_cents, charge.reference) for charge in taken.select_related("session")]


def test_impatient_fingers_pay_once(site: Site, visit: Visitor) -> None:
    """Double click, Back, forward, refresh and the same page sent again, in a real browser."""
    with visit("payer-6") as page:
        ways.order("31.10")(page, site)
        check = page.url
        page.locator("main form[data-once] button").dblclick()
        page.wait_for_url("**/sandbox-gateway/**")
        gateway = page.url
        page.check("[name=method][value=bank_works]")
        page.locator("[name=pay]").dblclick()
        page.wait_for_url("**/receipt/")
        receipt = page.url
        page.reload()
        page.goto(gateway)
        assert page.url == receipt, "a paid page of the gateway leads to the receipt"
        page.goto(check)
        page.click("main form[data-once] button")
        page.wait_for_url("**/receipt/")
        assert page.url == receipt, "the same order again is the same payment"
        page.go_back()
        page.go_back()
        page.reload()
    site.work()
    assert len(charges(site, "payer-6")) == 1


def test_two_tabs_pay_once(site: Site, visit: Visitor) -> None:
    with visit("payer-7") as first:
        second = first.context.new_page()
        for tab in (first, second):
            ways.order("32.20")(tab, site)
        first.click("main form[data-once] button")
        first.wait_for_url("**/sandbox-gateway/**")
        second.click("main form[data-once] button")
        expect(second.locator("h1")).to_contain_text("You started to pay $32.20")
        second.get_by_role("button", name="Finish that payment").click()
        second.wait_for_url("**/sandbox-gateway/**")
        for tab in (first, second):
            tab.check("[name=method][value=card_works]")
        first.click("[name=pay]")
        first.wait_for_url("**/receipt/")
        second.click("[name=pay]")
        second.wait_for_url("**/receipt/")
        assert second.url == first.url
    site.work()
    assert [cents for cents, _ in charges(site, "payer-7")] == [3220]


@pytest.mark.parametrize("what", ["bill", "receipt"])
def test_it_prints_on_one_sheet(site: Site, visit: Visitor, what: str) -> None:
    """Seen in the dark, printed in ink."""
    addresses = {
        "bill": site.bill("alice"),
        "receipt": reverse("receipt", args=[site.town.payments["on its way"]]),
    }
    with visit("alice", theme="dark") as page:
        page.goto(addresses[what])
        sheets = pypdf.PdfReader(io.BytesIO(page.pdf(format="Letter"))).pages
        assert len(sheets) == 1
        said = " ".join(sheets[0].extract_text().split())
        assert ("In the name of Alice Moreno" if what == "bill" else "Alice Moreno") in said
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") in {
            "rgb(255, 255, 255)",
            "rgba(0, 0, 0, 0)",
        }
        assert not page.locator(".nav-phone").is_visible()


def test_motion_stops_for_who_asks_for_it(visit: Visitor) -> None:
    moving = """() => [...document.querySelectorAll('*')].filter(element => {
        const style = getComputedStyle(element);
        return [style.transitionDuration, style.animationDuration].some(
          time => time.split(',').some(one => parseFloat(one) > .05));
      }).map(element => element.className || element.tagName)"""
    with visit("alice") as page:
        page.emulate_media(reduced_motion="reduce")
        for address in ("/home/", "/pay/", "/design/"):
            page.goto(address)
            assert page.evaluate(moving) == []
