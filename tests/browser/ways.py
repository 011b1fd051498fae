"""Ways to a page's states: what somebody does to stand before it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import CDPSession, FilePayload, Page

from tests.browser.people import PASSWORD
from tests.browser.site import Site
from tests.connectors.test_tariff_faults import BAD

Way = Callable[[Page, Site], None]
_numbers = itertools.count(1)
SUBMIT = "main form.form [type=submit], main form .actions [type=submit], main form button.button--wide"


def to(name: str, *args: object, query: str = "") -> Way:
    """Open the page of that name."""

    def way(page: Page, site: Site) -> None:
        page.goto(reverse(name, args=args) + query)

    return way


def to_path(path: Callable[[Site], str]) -> Way:
    """Open an address that depends on who lives in the town."""

    def way(page: Page, site: Site) -> None:
        page.goto(path(site))

    return way


def sent(
    before: Way, fill: dict[str, str] | None = None, *, form: str = "", press: str = "[type=submit]"
) -> Way:
    """Go there, fill in, and send the page's form, or the one that `form` selects, by the button `press`."""

    def way(page: Page, site: Site) -> None:
        before(page, site)
        if not form:
            submit(page, fill or {})
            return
        for name, value in (fill or {}).items():
            page.fill(f"{form} [name={name}]", value)
        with page.expect_navigation():
            page.locator(f"{form} {press}").first.click()

    return way


def submit(page: Page, fill: dict[str, str]) -> None:
    """Fill in the page's form and send it; wait for the answer."""
    for name, value in fill.items():
        page.fill(f"main [name={name}]", value)
    with page.expect_navigation():
        page.locator(SUBMIT).first.click()


def find_account(email: str = "", address: str = "", zip_code: str = "95000") -> Way:
    """Type three things at registration; nobody's by default, and others each time."""

    def way(page: Page, site: Site) -> None:
        number = next(_numbers)
        page.goto(reverse("register"))
        submit(
            page,
            {
                "email": email or f"nobody-{number}@example.com",
                "address": address or f"{number} Nowhere Street",
                "zip_code": zip_code,
            },
        )

    return way


def new_code(page: Page, site: Site) -> None:
    """Ask for a new code."""
    find_account()(page, site)
    with page.expect_navigation():
        page.click("form[action$='/again/'] button")


def last_bill() -> Way:
    """Prove it with the last bill instead."""
    return then(find_account(), to("register_last_bill"))


def then(first: Way, second: Way) -> Way:
    """One way, and from there another."""

    def way(page: Page, site: Site) -> None:
        first(page, site)
        second(page, site)

    return way


_HOMES = {"harriet@example.com": "604 Maple Avenue", "charlie@example.com": "12 Elm Avenue"}


def prove(email: str) -> Way:
    """Find the account of somebody on file and type the code that went to them."""

    def way(page: Page, site: Site) -> None:
        page.goto(reverse("register"))
        typed = {"address": _HOMES[email], "zip_code": "95000"}
        if page.locator("main [name=email]").count():
            typed["email"] = email
        submit(page, typed)
        submit(page, {"code": site.code_for(email)})

    return way


def prove_with_new_email(page: Page, site: Site) -> None:
    """The same, typing an address that is not on file."""
    find_account(f"ivan-{next(_numbers)}@example.net", "605 Maple Avenue")(page, site)
    submit(page, {"code": site.code_for("ivan@example.com")})


def invited(email: str) -> Way:
    """Open the link of an invitation."""
    return to_path(lambda site: site.link_for(email))


def card_typed(page: Page, site: Site) -> None:
    """Type a card number where none belongs."""
    hosted()(page, site)
    page.fill("[name=memo]", "4242 4242 4242 4242")
    with page.expect_navigation():
        page.click("[name=pay]")


def out_of_tries(page: Page, site: Site) -> None:
    """Guess a code until no try is left."""
    find_account()(page, site)
    while page.locator("main [name=code]").count():
        submit(page, {"code": "000000"})


def too_many_searches(page: Page, site: Site) -> None:
    """Look for an account with one address until no more looking is allowed."""
    number = next(_numbers)
    for house in itertools.count(1):
        find_account(f"insistent-{number}@example.com", f"{number}{house} Nowhere Street")(page, site)
        if page.locator("main [name=zip_code]").count():
            return


def too_many_passwords(page: Page, site: Site) -> None:
    """Guess at a password until no more guessing is allowed."""
    site.forget_attempts()
    fill = {"login": f"guessed-{next(_numbers)}@example.com", "password": "not the right one"}
    page.goto(reverse("account_login"))
    for _guess in range(6):
        submit(page, fill)
    site.forget_attempts()


def prove_for_another(page: Page, site: Site) -> None:
    """Prove an account, then sign in with another address than its holder's."""
    prove("harriet@example.com")(page, site)
    page.goto(reverse("account_login"))
    submit(page, {"login": site.town.emails["nora"], "password": PASSWORD})
    page.goto(reverse("register_finish"))


def without_gateway(page: Page, site: Site) -> None:
    """Want to pay where nothing can be paid online."""
    page.goto(site.without_gateway + reverse("pay"))


def code_asked(email: str) -> Way:
    """Ask for a code to sign in with."""
    return sent(to("account_request_login_code"), {"email": email})


def reset_link(email: str) -> Way:
    """Open the link of a message that resets a password."""

    def way(page: Page, site: Site) -> None:
        sent(to("account_reset_password"), {"email": email})(page, site)
        page.goto(site.link_for(email))

    return way


def new_email_asked(page: Page, site: Site) -> None:
    """Ask for another address to sign in with."""
    page.goto(reverse("profile_email"))
    fill = {"email": f"changed-{next(_numbers)}@example.com"}
    if page.locator("main [name=password]").count():
        fill["password"] = PASSWORD
    submit(page, fill)


def order(dollars: str = "") -> Way:
    """Type an amount, of its own each time, as far as the page that checks it."""

    def way(page: Page, site: Site) -> None:
        page.goto(reverse("pay"))
        submit(page, {"amount": dollars or f"{10 + next(_numbers)}.37"})

    return way


def hosted(dollars: str = "") -> Way:
    """As far as the gateway's page."""

    def way(page: Page, site: Site) -> None:
        order(dollars)(page, site)
        with page.expect_navigation(url="**/sandbox-gateway/**"):
            page.click("main form[data-once] button")

    return way


def paid(method: str, dollars: str = "") -> Way:
    """Pay on the gateway's page and come back, whatever became of it."""

    def way(page: Page, site: Site) -> None:
        hosted(dollars)(page, site)
        pay_at_sandbox(page, method)

    return way


def pay_at_sandbox(page: Page, method: str = "bank_works") -> None:
    """Choose a method on the gateway's page and press pay."""
    page.check(f"[name=method][value={method}]")
    with page.expect_navigation(url=lambda address: "/sandbox-gateway/" not in address):
        page.click("[name=pay]")


def left(page: Page, site: Site) -> None:
    """Cancel on the gateway's page."""
    hosted()(page, site)
    with page.expect_navigation():
        page.click("[name=cancel]")


def gone(page: Page, site: Site) -> None:
    """Come back to a gateway's page that was left."""
    hosted()(page, site)
    address = page.url
    with page.expect_navigation():
        page.click("[name=cancel]")
    page.goto(address)


def again(method: str) -> Way:
    """Pay, and then confirm the same amount once more."""

    def way(page: Page, site: Site) -> None:
        dollars = f"{10 + next(_numbers)}.41"
        if method:
            paid(method, dollars)(page, site)
        else:
            hosted(dollars)(page, site)
        order(dollars)(page, site)
        with page.expect_navigation():
            page.click("main form[data-once] button")

    return way


def after_days(way_first: Way) -> Way:
    """Go that way, let the gateway's time pass, and look again."""

    def way(page: Page, site: Site) -> None:
        way_first(page, site)
        site.work()
        page.reload()

    return way


def forged(page: Page, site: Site) -> None:
    """Send a form whose token is gone."""
    page.goto(reverse("account_login"))
    page.context.clear_cookies(name="csrftoken")
    submit(page, {"login": "alice@example.com", "password": "whatever it is"})


def remove_passkey(page: Page, site: Site) -> None:
    """Add a passkey with a virtual authenticator, and ask to remove it."""
    add_passkey(page).detach()  # the page goes on to people without a key
    page.goto(reverse("profile"))
    page.locator("#passkeys .summary__action a").first.click()


def virtual_authenticator(page: Page) -> CDPSession:
    """A security key inside the browser that says yes to everything, with a person present, until it is detached."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return devtools


def add_passkey(page: Page, name: str = "my phone") -> CDPSession:
    """On the profile's page for it; asks the password once more where the server wants it."""
    key = virtual_authenticator(page)
    page.goto(reverse("mfa_add_webauthn"))
    if "/sign-in/again/" in page.url:
        submit(page, {"password": PASSWORD})
    page.fill("main [name=name]", name)
    with page.expect_navigation(url="**/profile/**"):
        page.click("[data-passkey=create] button[type=submit]")
    return key


def message(page: Page, site: Site) -> None:
    """The newest message in the demo's inbox."""
    page.goto(reverse("demo_inbox"))
    page.locator("main a[href*='/demo/inbox/']").first.click()


def bad_tariff(page: Page, site: Site) -> None:
    """Bring in a tariff file with a fault of every kind."""
    page.goto(reverse("staff_tariffs"))
    file: FilePayload = {"name": "bad.toml", "mimeType": "text/plain", "buffer": BAD.encode()}
    page.set_input_files("#id_file", file)
    with page.expect_navigation():
        page.locator("#upload [type=submit]").click()
