"""Django's settings, made from the topics of `environment.py`."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from meterside.config.environment import (
    PROJECT,
    Database,
    Messaging,
    MeterFiles,
    Paper,
    Payments,
    Runtime,
    Security,
    Utility,
    refuse_unsafe,
)

RUNTIME = Runtime()
SECURITY = Security()
DATABASE = Database()
UTILITY = Utility()
PAPER = Paper()
PAYMENTS = Payments()
MESSAGING = Messaging()
METER_FILES = MeterFiles()
refuse_unsafe(RUNTIME, SECURITY, PAYMENTS, MESSAGING)

IS_PRODUCTION = RUNTIME.mode == "production"
IS_DEMO = RUNTIME.mode == "demo"

BASE_DIR = PROJECT
SECRET_KEY = SECURITY.secret_key.get_secret_value()
DEBUG = False
ALLOWED_HOSTS = [host.strip() for host in SECURITY.allowed_hosts.split(",") if host.strip()]
BASE_URL = RUNTIME.base_url
BRAND_FILE = UTILITY.brand_file
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "meterside.spine",
    "meterside.cis.registry",
    "meterside.cis.metering",
    "meterside.cis.tariffs",
    "meterside.cis.ledger",
    "meterside.cis.weather",
    "meterside.cis.agreements",
    "meterside.cis.billing",
    "meterside.cis.studies",
    "meterside.portal.identity",
    "meterside.portal.access",
    "meterside.portal.payments",
    "meterside.portal.notices",
    "meterside.portal.preferences",
    "meterside.connectors.payments.sandbox",
    "meterside.web.design",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages too go compressed, wherever no proxy does it; against BREACH it adds random bytes to each.
    "meterside.web.compression.PageCompression",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "meterside.web.acting.visitor_middleware",
    "meterside.web.design.errors.page_where_not_allowed",
]

ROOT_URLCONF = RUNTIME.urlconf
WSGI_APPLICATION = "meterside.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PROJECT / "meterside" / "web"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "meterside.web.jinja.environment",
            "context_processors": ["meterside.web.context.page_context"],
        },
    },
    # allauth renders its own messages and forms through Django's engine; no page of ours uses it.
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]


def _database(url: str) -> dict[str, Any]:
    """Django's database entry from a postgresql:// address; an empty one is filled by `meterside demo`."""
    parts = urlsplit(url or "postgresql://meterside@127.0.0.1:5432/meterside")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"connect_timeout": 5, "server_side_binding": True, "prepare_threshold": 5},
    }


DATABASES: dict[str, dict[str, Any]] = {"default": _database(DATABASE.url)}
if RUNTIME.mode != "test":
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": DATABASE.pool_min,
        "max_size": DATABASE.pool_max,
        "timeout": 5,
    }
OWNER_DATABASE = _database(DATABASE.owner_url or DATABASE.url)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "portal_identity.Login"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if RUNTIME.mode == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Sign-in: allauth's own views under our own templates (see meterside/web/public/sign_in).
ACCOUNT_ADAPTER = "meterside.web.public.sign_in.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # a registration's own code has proved the address already
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_TIMEOUT = 900
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
# Whose address limits count: the one that the outermost web server in front, which is ours, has seen. Without it
# all visitors behind that server would share one limit; with too many, a visitor could choose an address.
ALLAUTH_TRUSTED_PROXY_COUNT = (
    int(IS_PRODUCTION) if SECURITY.trusted_proxies is None else SECURITY.trusted_proxies
)
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {
    "login": "meterside.web.public.sign_in.forms.SignInForm",
    "request_login_code": "meterside.web.public.sign_in.forms.CodeRequestForm",
    "confirm_login_code": "meterside.web.public.sign_in.forms.CodeConfirmForm",
    "reset_password": "meterside.web.public.sign_in.forms.ResetRequestForm",
    "reset_password_from_key": "meterside.web.public.sign_in.forms.ResetForm",
    "change_password": "meterside.web.public.sign_in.forms.ChangePasswordForm",
    "reauthenticate": "meterside.web.public.sign_in.forms.ReauthenticateForm",
}
MFA_ADAPTER = "meterside.web.public.sign_in.adapter.PasskeyAdapter"
MFA_FORMS = {"add_webauthn": "meterside.web.public.sign_in.forms.AddPasskeyForm"}
MFA_SUPPORTED_TYPES = ["webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION  # http://localhost in demo and tests
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"
EMAIL_BACKEND = "meterside.web.public.sign_in.mail.OutboxEmailBackend"
DEFAULT_FROM_EMAIL = MESSAGING.sender

# Limits must hold over all processes, so the cache that counts them is shared: a table. With Django's default of
# 300 entries a busy hour would throw counters away that still count; what has run out is deleted when it is full.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "meterside_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "meterside.web.design.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
if IS_PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [PROJECT / "meterside" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = UTILITY.zone_name

STATIC_URL = "/static/"
STATIC_ROOT = RUNTIME.var / "static"
STATICFILES_DIRS = [PROJECT / "meterside" / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if RUNTIME.mode == "test":
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = False

PROCRASTINATE_ON_APP_READY = "meterside.jobs.register"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"meterside": {"level": "INFO"}, "procrastinate": {"level": "WARNING"}},
}
