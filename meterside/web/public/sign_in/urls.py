"""Allauth's names, because it finds its pages by them; our addresses."""

from allauth.mfa.webauthn.views import login_webauthn
from django.urls import path, re_path
from django.views.generic import RedirectView

from . import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-in/code/", views.request_code, name="account_request_login_code"),
    path("sign-in/code/confirm/", views.confirm_code, name="account_confirm_login_code"),
    path("sign-in/passkey/", login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/again/", views.sign_in_again, name="account_reauthenticate"),
    path("sign-in/inactive/", views.inactive, name="account_inactive"),
    path("sign-up/", RedirectView.as_view(pattern_name="register"), name="account_signup"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("password/reset/", views.reset_password, name="account_reset_password"),
    path("password/reset/sent/", views.reset_sent, name="account_reset_password_done"),
    # The key holds dashes of its own: the first one ends the login's part.
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        views.new_password,
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", views.new_password_done, name="account_reset_password_from_key_done"),
    path("profile/password/", views.change_password, name="account_change_password"),
    path("profile/password/set/", views.reset_password, name="account_set_password"),
    path("profile/passkeys/", RedirectView.as_view(pattern_name="profile"), name="mfa_index"),
    path("profile/passkeys/add/", views.add_passkey, name="mfa_add_webauthn"),
    path("profile/passkeys/<int:pk>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
]
