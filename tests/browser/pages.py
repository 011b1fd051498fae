"""Every page and state of the project: who comes to it, and how. A page that is not here fails a test."""

from __future__ import annotations

from dataclasses import dataclass

from meterside.web.design.views import PAGES as DESIGN_PAGES
from meterside.web.design.views import STATUSES
from tests.browser import ways
from tests.browser.meter_files import HELD, LOOKED_AT, ROWS_WAIT, SAMPLE, SENDER
from tests.browser.troubled import SILENT_ZIP
from tests.browser.ways import Way, after_days, order, paid, sent, to, to_path


@dataclass(frozen=True)
class State:
    """A page in one state. `view` is the address's name, `who` a key of the town's logins."""

    name: str
    view: str
    way: Way
    who: str = ""
    status: int = 200
    is_ours: bool = True  # not in the frame of another company's page

    def __str__(self) -> str:
        return self.name


# Addresses that answer with no page of their own.
NO_PAGES = {
    "account_signup": "leads to registration",
    "account_set_password": "the same page as account_reset_password",
    "mfa_index": "leads to the profile",
    "mfa_login_webauthn": "answers the passkey's script; the test of passkeys goes through it",
    "bill_pdf": "a PDF; its own tests read it",
    "staff_bill_pdf": "a PDF; its own tests read it",
    "brand_logo": "a picture",
    "brand_style": "a style sheet",
    "display": "POST only: switches language and theme",
    "api_push_meter_reads": "for head-ends; its own tests push to it",
    "api_meter_reads_description": "JSON",
    "staff_make_feed_key": "POST only: shows the sender's page with the key",
    "staff_revoke_feed_key": "POST only: leads back to the sender's page",
    "pay_continue": "POST only: leads to the gateway's page",
    "payment_hook": "for gateways",
    "register_confirm_again": "POST only",
    "register_prove_again": "POST only: leads to `register: a new code`",
    "staff_comparison_act": "POST only: leads to the comparison",
    "staff_comparison_csv": "a CSV file",
    "switch_account": "POST only",
    "api_usage_days": "JSON",
    "api_usage_intervals": "JSON",
    "api_usage_periods": "JSON",
    "api_usage_services": "JSON",
    "usage_file": "a file",
    "usage_household_forget": "POST only",
    "usage_token_close": "POST only",
    "withdraw_invitation": "POST only",
}

_HARRIET = "harriet@example.com"

PUBLIC = (
    State("landing", "landing", to("landing")),
    State("landing, signed in", "landing", to("landing"), "alice"),
    State("register", "register", to("register")),
    State("register: nothing typed", "register", sent(to("register")), status=422),
    State("register: too late", "register", to("register", query="?why=expired")),
    State("register: too many searches", "register", ways.too_many_searches, status=429),
    State("register: no answer", "register", ways.find_account(zip_code=SILENT_ZIP), status=503),
    State("register: another account", "register", to("register"), "nora"),
    State("register: prove", "register_prove", ways.find_account()),
    State("register: a new code", "register_prove", ways.new_code),
    State(
        "register: a wrong code", "register_prove", sent(ways.find_account(), {"code": "000000"}), status=422
    ),
    State("register: the last try", "register_prove", ways.out_of_tries, status=429),
    State("register: last bill", "register_last_bill", ways.last_bill()),
    State(
        "register: a wrong bill",
        "register_last_bill",
        sent(ways.last_bill(), {"amount": "1.00", "bill_date": "2026-01-31"}),
        status=422,
    ),
    State("register: confirm e-mail", "register_confirm", ways.prove_with_new_email),
    State("register: choose a password", "register_finish", ways.prove(_HARRIET)),
    State(
        "register: too short a password",
        "register_finish",
        sent(ways.prove(_HARRIET), {"password": "x"}),
        status=422,
    ),
    State("register: has a sign-in", "register_finish", ways.prove("charlie@example.com")),
    State("register: add to my sign-in", "register_finish", ways.prove("charlie@example.com"), "charlie"),
    State("register: signed in as another", "register_finish", ways.prove_for_another, status=409),
    State("sign in", "account_login", to("account_login")),
    State("sign in: nothing typed", "account_login", sent(to("account_login")), status=422),
    State("sign in: too many passwords", "account_login", ways.too_many_passwords, status=429),
    State("sign in: by code", "account_request_login_code", to("account_request_login_code")),
    State("sign in: code sent", "account_confirm_login_code", ways.code_asked("nobody-at-all@example.com")),
    State(
        "sign in: a wrong code",
        "account_confirm_login_code",
        sent(ways.code_asked("nobody-else@example.com"), {"code": "000000"}),
        status=422,
    ),
    State("sign in: switched off", "account_inactive", to("account_inactive")),
    State("sign out", "account_logout", to("account_logout"), "nora"),
    State("password: reset", "account_reset_password", to("account_reset_password")),
    State("password: reset sent", "account_reset_password_done", to("account_reset_password_done")),
    State("password: new", "account_reset_password_from_key", ways.reset_link("changer@example.com")),
    State(
        "password: an old link",
        "account_reset_password_from_key",
        to("account_reset_password_from_key", "1", "nonsense"),
    ),
    State(
        "password: new one saved",
        "account_reset_password_from_key_done",
        to("account_reset_password_from_key_done"),
    ),
    State("alerts: switch one off", "alerts_off", to_path(lambda site: site.off_path("alice"))),
    State(
        "alerts: switched off",
        "alerts_off",
        sent(to_path(lambda site: site.off_path("alice")), form="main form"),
    ),
    State("alerts: a bad link", "alerts_off", to("alerts_off", "nonsense"), status=404),
    State("invitation: a new helper", "invitation", ways.invited("new-helper@example.com")),
    State("invitation: has a sign-in", "invitation", ways.invited("nora@example.com")),
    State("invitation: say yes", "invitation", ways.invited("nora@example.com"), "nora"),
    State("invitation: somebody else's", "invitation", ways.invited("nora@example.com"), "alice", 409),
    State("invitation: over", "invitation", to("invitation", "nonsense"), status=404),
)

CUSTOMER = (
    State("home", "home", to("home"), "alice"),
    State("home: past due", "home", to("home"), "charlie"),
    State("home: in credit", "home", to("home"), "grace"),
    State("home: no bill yet", "home", to("home"), "erin"),
    State("home: several accounts", "home", to("home"), "landlord"),
    State("home: helper who looks", "home", to("home"), "bob"),
    State("home: no account", "home", to("home"), "nora", 404),
    State("home: no answer", "home", to("home"), "down", 503),
    State("home: days old", "home", to("home"), "old"),
    State(
        "home: a payment came back", "home", ways.then(after_days(paid("bank_short")), to("home")), "payer-8"
    ),
    State("bills", "bills", to("bills"), "alice"),
    State("bills: second page", "bills", to("bills", query="?page=2"), "alice"),
    State("bills: none yet", "bills", to("bills"), "erin"),
    State("bills: no answer", "bills", to("bills"), "down", 503),
    State("bills: one taken back", "bills", to("bills"), "again"),
    State("bill", "bill", to_path(lambda site: site.bill("alice")), "alice"),
    State("bill: before the last", "bill", to_path(lambda site: site.bill("alice", back=1)), "alice"),
    State("bill: the first", "bill", to_path(lambda site: site.bill("alice", back=13)), "alice"),
    State("bill: past due", "bill", to_path(lambda site: site.bill("charlie")), "charlie"),
    State("bill: in credit", "bill", to_path(lambda site: site.bill("grace")), "grace"),
    State("bill: somebody else's", "bill", to_path(lambda site: site.bill("alice")), "charlie", 404),
    State("bill: no answer", "bill", to_path(lambda site: site.bill("down")), "down", 503),
    State("bill by day", "bill_days", to_path(lambda site: site.bill("alice") + "days/"), "alice"),
    State(
        "bill by day: not known", "bill_days", to_path(lambda site: site.bill("charlie") + "days/"), "charlie"
    ),
    State(
        "bill by day: no answer", "bill_days", to_path(lambda site: site.bill("down") + "days/"), "down", 503
    ),
    State("bill: converted", "bill", to_path(lambda site: site.bill("former")), "former"),
    State("bill: corrected", "bill", to_path(lambda site: site.bill("again")), "again"),
    State("bill: cancelled", "bill", to_path(lambda site: site.bill("again", back=1)), "again"),
    State("bill: why this much", "bill_why", to_path(lambda site: site.bill("alice") + "why/"), "alice"),
    State("bill: why, no hours", "bill_why", to_path(lambda site: site.bill("charlie") + "why/"), "charlie"),
    State("bill: why, converted", "bill_why", to_path(lambda site: site.bill("former") + "why/"), "former"),
    State("bill: why, no answer", "bill_why", to_path(lambda site: site.bill("down") + "why/"), "down", 503),
    State("bill: every charge", "bill_lines", to_path(lambda site: site.bill("alice") + "lines/"), "alice"),
    State(
        "bill: charges, converted",
        "bill_lines",
        to_path(lambda site: site.bill("former") + "lines/"),
        "former",
    ),
    State(
        "bill: charges, no answer",
        "bill_lines",
        to_path(lambda site: site.bill("down") + "lines/"),
        "down",
        503,
    ),
    State("pay", "pay", to("pay"), "alice"),
    State("pay: past due", "pay", to("pay"), "charlie"),
    State("pay: in credit", "pay", to("pay"), "grace"),
    State("pay: no amount", "pay", sent(to("pay"), {"amount": "abc"}), "alice", 422),
    State("pay: no right to", "pay", to("pay"), "bob", 403),
    State("pay: no answer", "pay", to("pay"), "down"),
    State("pay: no gateway", "pay", ways.without_gateway, "alice"),
    State("pay: check a part", "pay_check", order("20"), "alice"),
    State("pay: check more", "pay_check", order("900"), "alice"),
    State("pay: too old", "pay_check", to("pay_check", query="?order=nonsense"), "alice", 409),
    State("pay: the same again", "pay_confirm", ways.again("bank_works"), "payer-1", 409),
    State("pay: one is open", "pay_confirm", ways.again(""), "payer-2", 409),
    State("pay: refused", "pay_return", paid("card_declined"), "payer-3"),
    State("pay: waiting", "pay_return", paid("bank_slow"), "payer-3"),
    State("pay: left", "pay_return", ways.left, "payer-3"),
    State("gateway", "sandbox_gateway", ways.hosted(), "payer-3", is_ours=False),
    State("gateway: a card number typed", "sandbox_gateway", ways.card_typed, "payer-3", 422, False),
    State("gateway: left", "sandbox_gateway", ways.gone, "payer-3", 410, False),
    State("receipt", "receipt", paid("card_works"), "payer-4"),
    State("receipt: settled", "receipt", after_days(paid("bank_works")), "payer-4"),
    State("receipt: returned", "receipt", after_days(paid("bank_short")), "payer-4"),
    State("payments", "payments", to("payments"), "alice"),
    State("payments: second page", "payments", to("payments", query="?page=2"), "alice"),
    State("payments: none yet", "payments", to("payments"), "erin"),
    State("payments: not counted", "payments", ways.then(paid("card_declined"), to("payments")), "payer-5"),
    State("usage", "usage", to("usage"), "alice"),
    State("usage: nothing here yet", "usage", to("usage"), "erin"),
    State("usage: no account", "usage", to("usage"), "nora", 404),
    State("usage: no answer", "usage", to("usage"), "down", 503),
    State(
        "usage: a billed period",
        "usage_period",
        to_path(lambda site: site.usage("alice", f"?on={site.days_ago(40)}")),
        "alice",
    ),
    State("usage: year", "usage_year", to_path(lambda site: site.usage("alice", "year/")), "alice"),
    State(
        "usage: the dial alone",
        "usage_period",
        to_path(lambda site: site.usage("grace", "", "water")),
        "grace",
    ),
    State(
        "usage: year of a dial",
        "usage_year",
        to_path(lambda site: site.usage("alice", "year/", "water")),
        "alice",
    ),
    State(
        "usage: day",
        "usage_day",
        to_path(lambda site: site.usage("alice", f"day/?on={site.days_ago(3)}")),
        "alice",
    ),
    State(
        "usage: a day to come",
        "usage_day",
        to_path(lambda site: site.usage("alice", f"day/?on={site.days_ago(0)}")),
        "alice",
    ),
    State("usage: compare", "usage_compare", to_path(lambda site: site.usage("alice", "compare/")), "alice"),
    State(
        "usage: nothing to compare",
        "usage_compare",
        to_path(lambda site: site.usage("alice", "compare/?first=2026-13-01")),
        "alice",
        422,
    ),
    State(
        "usage: download", "usage_download", to_path(lambda site: site.usage("alice", "download/")), "alice"
    ),
    State("usage: alerts", "usage_alerts", to("usage_alerts"), "alice"),
    State("usage: alerts saved", "usage_alerts", to("usage_alerts", query="?changed=alerts"), "alice"),
    State("usage: nothing to tell", "usage_alerts", to("usage_alerts"), "grace"),
    State("usage: an alert", "usage_alert", to_path(lambda site: site.alert("alice")), "alice"),
    State("usage: alert settings", "usage_alert_settings", to("usage_alert_settings"), "alice"),
    State(
        "usage: a limit that is none",
        "usage_alert_settings",
        sent(to("usage_alert_settings"), {"limit-bill": "x"}, form="main form"),
        "alice",
        422,
    ),
    State("usage: household", "usage_household", to("usage_household"), "alice"),
    State(
        "usage: household, a number that is none",
        "usage_household",
        sent(to("usage_household"), {"people": "x"}, form="main form"),
        "alice",
        422,
    ),
    State("usage: keys", "usage_tokens", to("usage_tokens"), "alice"),
    State(
        "usage: a new key",
        "usage_tokens",
        sent(to("usage_tokens"), {"name": "Dashboard"}, form="main form.stack"),
        "grace",
    ),
    State("profile", "profile", to("profile"), "alice"),
    State("profile: of a helper", "profile", to("profile", query="?changed=name"), "bob"),
    State("profile: name", "profile_name", to("profile_name"), "alice"),
    State("profile: e-mail", "profile_email", to("profile_email"), "changer"),
    State("profile: no e-mail", "profile_email", sent(to("profile_email"), {"email": "x"}), "changer", 422),
    State("profile: confirm e-mail", "profile_email_confirm", ways.new_email_asked, "changer"),
    State("profile: let somebody in", "invite_helper", to("invite_helper"), "alice"),
    State("profile: nobody to let in", "invite_helper", sent(to("invite_helper")), "alice", 422),
    State(
        "profile: end an access",
        "end_access",
        to_path(lambda site: f"/profile/people/{site.town.access['bob']}/end/"),
        "alice",
    ),
    State("profile: password", "account_change_password", to("account_change_password"), "alice"),
    State("profile: is it you", "account_reauthenticate", to("account_reauthenticate"), "alice"),
    State("profile: add a passkey", "mfa_add_webauthn", to("mfa_add_webauthn"), "alice"),
    State("profile: remove a passkey", "mfa_remove_webauthn", ways.remove_passkey, "changer"),
)

TARIFFS = (
    State("tariffs: the book", "staff_tariffs", to("staff_tariffs"), "dana"),
    State("tariffs: may only look", "staff_tariffs", to("staff_tariffs"), "olive"),
    State(
        "tariffs: no file", "staff_tariff_upload", sent(to("staff_tariffs"), form="#upload form"), "dana", 422
    ),
    State("tariffs: a bad file", "staff_tariff_upload", ways.bad_tariff, "dana", 422),
    State("tariffs: one", "staff_tariff", to_path(lambda site: site.tariff("E-1")), "dana"),
    State("tariffs: every kind", "staff_tariff", to_path(lambda site: site.tariff("ALL")), "dana"),
    State(
        "tariffs: a draft", "staff_tariff_version", to_path(lambda site: site.version("E-1", "draft")), "dana"
    ),
    State(
        "tariffs: a draft by the hour",
        "staff_tariff_version",
        to_path(lambda site: site.version("E-1", "draft", back=1)),
        "olive",
    ),
    State(
        "tariffs: no day to propose",
        "staff_tariff_act",
        sent(to_path(lambda site: site.version("E-1", "draft")), {"since": ""}, form="#do form"),
        "dana",
        422,
    ),
    State(
        "tariffs: own proposal",
        "staff_tariff_version",
        to_path(lambda site: site.version("W-1", "proposed")),
        "dana",
    ),
    State(
        "tariffs: to approve",
        "staff_tariff_version",
        to_path(lambda site: site.version("W-1", "proposed")),
        "eli",
    ),
    State(
        "tariffs: published, to come",
        "staff_tariff_version",
        to_path(lambda site: site.version("R-1", "published", back=1)),
        "dana",
    ),
    State(
        "tariffs: try it",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", page="try/")),
        "dana",
    ),
    State(
        "tariffs: tried",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", page="try/?q=418 Oak Street")),
        "dana",
    ),
    State(
        "tariffs: cannot be tried",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", back=1, page="try/?q=12 Elm Avenue")),
        "dana",
    ),
    State(
        "tariffs: several at an address",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", page="try/?q=77 Mill Street")),
        "dana",
    ),
    State(
        "tariffs: nobody found",
        "staff_tariff_try",
        to_path(lambda site: site.version("E-1", "draft", page="try/?q=1 Nowhere Street")),
        "dana",
    ),
    State(
        "tariffs: nothing to compare",
        "staff_compare",
        sent(to_path(lambda site: site.version("ALL", "published")), form="#compare form"),
        "dana",
        409,
    ),
    State("tariffs: compared", "staff_comparison", to_path(lambda site: site.comparison(0)), "dana"),
    State(
        "tariffs: none could be priced", "staff_comparison", to_path(lambda site: site.comparison(1)), "dana"
    ),
    State("tariffs: comparing", "staff_comparison", to_path(lambda site: site.comparison(3)), "dana"),
    State(
        "tariffs: comparing, looked at", "staff_comparison", to_path(lambda site: site.comparison(3)), "olive"
    ),
    State("tariffs: series", "staff_series", to("staff_series"), "dana"),
    State(
        "tariffs: no value typed",
        "staff_series_propose",
        sent(to("staff_series"), form="#begin form"),
        "dana",
        422,
    ),
    State("tariffs: a series", "staff_one_series", to_path(lambda site: site.series("pca")), "dana"),
    State("tariffs: a value to approve", "staff_one_series", to_path(lambda site: site.series("pca")), "eli"),
    State(
        "tariffs: a value declined without a reason",
        "staff_series_act",
        sent(to_path(lambda site: site.series("pca")), form="#waiting form[novalidate]"),
        "eli",
        422,
    ),
)

OTHERS = (
    State("staff: today", "staff_today", to("staff_today"), "dana"),
    State("staff: not for customers", "staff_today", to("staff_today"), "alice", 404),
    State("staff: runs", "staff_runs", to("staff_runs"), "dana"),
    State(
        "staff: a run that cannot be",
        "staff_open_run",
        sent(to("staff_runs"), {"start": "2026-01-31", "end": "2026-01-01"}, form="#open form"),
        "dana",
        422,
    ),
    State("staff: a run, done", "staff_run", to_path(lambda site: site.run("02")), "dana"),
    State("staff: a run, priced", "staff_run", to_path(lambda site: site.run("03")), "dana"),
    State("staff: a run, under way", "staff_run", to_path(lambda site: site.run("04")), "dana"),
    State(
        "staff: a run, stopped without a reason",
        "staff_run_act",
        sent(to_path(lambda site: site.run("04")), form="#do form"),
        "dana",
        422,
    ),
    State("staff: exceptions", "staff_exceptions", to("staff_exceptions"), "dana"),
    State("staff: none of that kind", "staff_exceptions", to("staff_exceptions", query="?kind=zero"), "dana"),
    State("staff: an exception", "staff_exception", to_path(lambda site: site.exception("high")), "dana"),
    State(
        "staff: nothing decided",
        "staff_exception",
        sent(to_path(lambda site: site.exception("high")), form="#decide form"),
        "dana",
        422,
    ),
    State(
        "staff: an exception, held",
        "staff_exception",
        to_path(lambda site: site.exception("missing_read")),
        "dana",
    ),
    State("staff: meter files", "staff_meter_files", to("staff_meter_files"), "dana"),
    State(
        "staff: no file chosen",
        "staff_upload_meter_file",
        sent(to("staff_meter_files"), form="#upload form"),
        "dana",
        422,
    ),
    State(
        "staff: a meter file, rows wait",
        "staff_meter_file",
        to_path(lambda site: site.meter_file(ROWS_WAIT)),
        "dana",
    ),
    State(
        "staff: a meter file, looked at",
        "staff_meter_file",
        to_path(lambda site: site.meter_file(LOOKED_AT)),
        "dana",
    ),
    State(
        "staff: a meter file, held", "staff_meter_file", to_path(lambda site: site.meter_file(HELD)), "dana"
    ),
    State(
        "staff: a meter file, tried again",
        "staff_bring_in_meter_file",
        sent(to_path(lambda site: site.meter_file(HELD)), form="#do form"),
        "dana",
        409,
    ),
    State(
        "staff: a new sender of meter files", "staff_new_meter_sender", to("staff_new_meter_sender"), "dana"
    ),
    State(
        "staff: a sender of meter files",
        "staff_meter_sender",
        to_path(lambda site: site.meter_sender(SENDER)),
        "dana",
    ),
    State(
        "staff: a mapping tried",
        "staff_meter_sender",
        sent(
            to_path(lambda site: site.meter_sender(SENDER)),
            {"sample": SAMPLE},
            form="#sender-form",
            press="[value=look]",
        ),
        "dana",
    ),
    State("staff: meter exceptions", "staff_read_exceptions", to("staff_read_exceptions"), "dana"),
    State(
        "staff: no meter exceptions",
        "staff_read_exceptions",
        to("staff_read_exceptions", query="?rule=gap"),
        "dana",
    ),
    State(
        "staff: a spike that is held",
        "staff_read_exception",
        to_path(lambda site: site.read_exception("spike")),
        "dana",
    ),
    State(
        "staff: nothing decided about a spike",
        "staff_read_exception",
        sent(to_path(lambda site: site.read_exception("spike")), form="#decide form"),
        "dana",
        422,
    ),
    State(
        "staff: a day written by hand",
        "staff_read_exception",
        to_path(lambda site: site.read_exception("spike", status="edited")),
        "dana",
    ),
    State(
        "staff: an edit undone without a reason",
        "staff_undo_edit",
        sent(to_path(lambda site: site.read_exception("spike", status="edited")), form="#edits form"),
        "dana",
        422,
    ),
    State("staff: find bills", "staff_bills", to("staff_bills"), "dana"),
    State("staff: no such bill", "staff_bills", to("staff_bills", query="?q=12345"), "dana"),
    State("staff: an account's bills", "staff_bills", to_path(lambda site: site.found("pablo")), "dana"),
    State(
        "staff: no day to bill to",
        "staff_off_cycle",
        sent(to_path(lambda site: site.found("pablo")), form="#now form"),
        "dana",
        422,
    ),
    State("staff: a bill", "staff_bill", to_path(lambda site: site.history("quentin")), "dana"),
    State(
        "staff: a bill taken back",
        "staff_bill",
        to_path(lambda site: site.history("quentin", back=1)),
        "dana",
    ),
    State(
        "staff: a bill to be corrected", "staff_bill", to_path(lambda site: site.history("ursula")), "dana"
    ),
    State(
        "staff: a bill taken back without a reason",
        "staff_cancel_bill",
        sent(to_path(lambda site: site.history("alice")), form="#cancel form"),
        "dana",
        422,
    ),
    State(
        "staff: a correction left without a reason",
        "staff_dismiss_correction",
        sent(to_path(lambda site: site.history("ursula")), form="#corrections form"),
        "dana",
        422,
    ),
    State(
        "staff: a late fee taken back without a reason",
        "staff_late_fee",
        sent(to_path(lambda site: site.history("hugo", back=1)), form="#late-fee form"),
        "dana",
        422,
    ),
    State(
        "staff: an account with a deposit", "staff_bills", to_path(lambda site: site.found("hugo")), "dana"
    ),
    State(
        "staff: a deposit without a reason",
        "staff_deposit",
        sent(to_path(lambda site: site.found("pablo")), form="#deposit form"),
        "dana",
        422,
    ),
    State("staff: a cycle", "staff_cycle", to("staff_cycle", "02"), "dana"),
    State(
        "staff: a cycle that cannot be so",
        "staff_change_cycle",
        sent(to("staff_cycle", "02"), {"read_day": "31"}, form="#change form"),
        "dana",
        422,
    ),
    State(
        "staff: a route without a name",
        "staff_new_route",
        sent(to("staff_cycle", "02"), form="#add-route form"),
        "dana",
        422,
    ),
    State("staff: a route", "staff_route", to("staff_route", "N1"), "dana"),
    State("staff: a route without stops", "staff_route", to("staff_route", "N2"), "dana"),
    State(
        "staff: another order without a day",
        "staff_route_order",
        sent(to("staff_route", "N1"), form="#stops form"),
        "dana",
        422,
    ),
    State(
        "staff: a stop moved without a day",
        "staff_route_move",
        sent(to("staff_route", "N1"), form="#move form"),
        "dana",
        422,
    ),
    State("staff: rules", "staff_policies", to("staff_policies"), "dana"),
    *(
        State(f"staff: a rule, {kind}", "staff_policy", to("staff_policy", kind), "dana")
        for kind in ("late-fee", "deposit", "estimate", "make-good", "tolerance", "message", "insert")
    ),
    State(
        "staff: a rule without a reason",
        "staff_policy",
        sent(to("staff_policy", "late-fee"), {"percent": "1.5"}, form="main .form"),
        "dana",
        422,
    ),
    State("home: a late fee", "home", to("home"), "hugo"),
    State("bill: a late fee and an insert", "bill", to_path(lambda site: site.bill("hugo")), "hugo"),
    State("profile: a deposit", "profile", to("profile"), "hugo"),
    *TARIFFS,
    State("demo: inbox", "demo_inbox", to("demo_inbox")),
    State("demo: progress", "demo_progress", to("demo_progress")),
    State("demo: a message", "demo_message", ways.message),
    State("no such page", "", to_path(lambda site: "/no/such/page/"), status=404),
    State("no such page, signed in", "", to_path(lambda site: "/no/such/page/"), "alice", 404),
    State("a form without its token", "account_login", ways.forged, status=403),
    State("design", "design", to("design")),
    *(State(f"design: {name}", "design_sample", to("design_sample", name)) for name in DESIGN_PAGES),
    *(
        State(f"design: error {status}", "design_error", to("design_error", status), status=status)
        for status in STATUSES
    ),
    State("sign in: to pay", "account_login", to("account_login", query="?next=/pay/")),
    State("home: account just opened", "home", to("home", query="?done=opened"), "grace"),
    State("home: account just added", "home", to("home", query="?done=added"), "landlord"),
)

STATES = (*PUBLIC, *CUSTOMER, *OTHERS)
