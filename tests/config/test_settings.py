"""Production refuses what is only good for a demo, and is clean by Django's own check."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from meterside.config.environment import (
    PROJECT,
    Messaging,
    Payments,
    RefusedSettings,
    Runtime,
    Security,
    refuse_unsafe,
)

PRODUCTION = {
    "METERSIDE_ENV": "production",
    "METERSIDE_PUBLIC_URL": "https://pay.riverbend.example",
    "METERSIDE_ALLOWED_HOSTS": "pay.riverbend.example",
    "SECRET_KEY": "k3v9Zr_b8Qx1-uT6mYw2pLs7dHf4gJn0aEcRtVxZyUiOpQwErTy",
    "PAYMENT_WEBHOOK_SECRET": "q7WnB2-xKc5vTz8mRd1jYh4sLf9pGa6eUo3iQyTrEwZxCvBnMa",
    "PAYMENT_GATEWAY": "none",
    "MESSAGE_CHANNEL": "smtp",
    "SMTP_HOST": "mail.riverbend.example",
    "DATABASE_URL": "postgresql://web:secret@127.0.0.1:5432/meterside",
}


def _manage(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    environment = {**kept, **PRODUCTION, **changed}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_deploy_is_clean_in_production() -> None:
    done = _manage("check", "--deploy", "--fail-level", "INFO")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("changed", "count"),
    [({}, "1"), ({"METERSIDE_TRUSTED_PROXIES": "2"}, "2"), ({"METERSIDE_ENV": "demo"}, "0")],
)
def test_in_production_a_web_server_of_ours_says_who_comes(changed: dict[str, str], count: str) -> None:
    """Else all visitors would share the limits of one address: that server's."""
    told = _manage(
        "shell",
        "--no-imports",
        "-c",
        "from django.conf import settings; print(settings.ALLAUTH_TRUSTED_PROXY_COUNT)",
        **changed,
    )
    assert told.stdout.strip() == count, told.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("PAYMENT_WEBHOOK_SECRET", "short"),
        ("MESSAGE_CHANNEL", "record"),
        ("PAYMENT_GATEWAY", "sandbox"),
        ("METERSIDE_PUBLIC_URL", "http://pay.riverbend.example"),
    ],
)
def test_production_refuses_and_names_the_setting(name: str, value: str) -> None:
    done = _manage("check", **{name: value})
    assert done.returncode != 0
    assert name in done.stderr


def test_production_refuses_every_default_at_once() -> None:
    with pytest.raises(RefusedSettings) as refused:
        refuse_unsafe(
            Runtime(METERSIDE_ENV="production"),
            Security(),
            Payments(),
            Messaging(),
        )
    for name in ("SECRET_KEY", "PAYMENT_WEBHOOK_SECRET", "MESSAGE_CHANNEL", "PAYMENT_GATEWAY"):
        assert name in str(refused.value)


def test_a_secret_is_not_printed() -> None:
    security = Security(SECRET_KEY=SecretStr("very-secret-indeed"))
    assert "very-secret-indeed" not in repr(security)


def test_every_setting_is_in_the_example() -> None:
    from meterside.config import environment

    example = (PROJECT / ".env.example").read_text()
    topics: list[type[BaseSettings]] = [
        Runtime, Security, environment.Database, environment.Utility, Payments, Messaging,
    ]  # fmt: skip
    names = [field.alias for topic in topics for field in topic.model_fields.values()]
    assert [name for name in names if name and name not in example] == []
