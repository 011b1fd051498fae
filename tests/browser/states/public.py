"""Before anybody has signed in: the landing page, registration, signing in, links in messages."""

from __future__ import annotations

from tests.browser import ways
from tests.browser.troubled import SILENT_ZIP
from tests.browser.ways import sent, to, to_path

from .state import State

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
