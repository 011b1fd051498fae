"""Every page and state of the project. A page that is not here fails a test."""

from __future__ import annotations

from tests.browser.states.customer import CUSTOMER
from tests.browser.states.elsewhere import ELSEWHERE
from tests.browser.states.public import PUBLIC
from tests.browser.states.staff import STAFF
from tests.browser.states.state import State
from tests.browser.states.tariffs import TARIFFS

__all__ = ["NO_PAGES", "STATES", "State"]

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

STATES = (*PUBLIC, *CUSTOMER, *STAFF, *TARIFFS, *ELSEWHERE)
