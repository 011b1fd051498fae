"""Every setting that comes from outside, by topic. `.env.example` lists them; production refuses defaults."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from meterside.kit.envelopes import SHEET_WIDTH_MIL, Box, Envelope, envelope_of, mil_of

_DEFAULT_SECRET = "meterside-demo-only-secret-never-for-production"  # noqa: S105
PROJECT = Path(__file__).resolve().parent.parent.parent

# Between what a window may show and what it must not.
_CLEAR_MIL = 125

Mode = Literal["demo", "test", "production"]


class _Topic(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)


class Runtime(_Topic):
    """What kind of run this is and where it may write."""

    mode: Mode = Field(default="demo", alias="METERSIDE_ENV")
    var: Path = Field(default=PROJECT / "var", alias="METERSIDE_VAR")
    host: str = Field(default="127.0.0.1", alias="HOST")
    port: int = Field(default=8000, alias="PORT", ge=1, le=65535)
    public_url: str = Field(default="", alias="METERSIDE_PUBLIC_URL")
    urlconf: str = Field(default="meterside.config.urls", alias="METERSIDE_URLCONF")

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://localhost:{self.port}"


class Security(_Topic):
    secret_key: SecretStr = Field(default=SecretStr(_DEFAULT_SECRET), alias="SECRET_KEY")
    allowed_hosts: str = Field(default="localhost,127.0.0.1", alias="METERSIDE_ALLOWED_HOSTS")
    # How many web servers stand between visitors and this one; empty: one in production, else none.
    trusted_proxies: int | None = Field(default=None, alias="METERSIDE_TRUSTED_PROXIES", ge=0)

    @property
    def is_default_secret(self) -> bool:
        return self.secret_key.get_secret_value() == _DEFAULT_SECRET


class Database(_Topic):
    """Two roles: the owner migrates; the application's role runs web, workers and tests."""

    url: str = Field(default="", alias="DATABASE_URL")
    owner_url: str = Field(default="", alias="DATABASE_OWNER_URL")
    pool_min: int = Field(default=1, alias="DATABASE_POOL_MIN", ge=0)
    pool_max: int = Field(default=8, alias="DATABASE_POOL_MAX", ge=1)


class Utility(_Topic):
    """The utility this installation serves: one a database, one currency, one zone for due dates."""

    name: str = Field(default="Riverbend Utilities", alias="UTILITY_NAME")
    zone_name: str = Field(default="America/Los_Angeles", alias="UTILITY_ZONE")
    phone: str = Field(default="(555) 010-0142", alias="UTILITY_PHONE")
    emergency_phone: str = Field(default="(555) 010-0911", alias="UTILITY_EMERGENCY_PHONE")
    email: str = Field(default="help@riverbend.example", alias="UTILITY_EMAIL")
    office: str = Field(default="200 Mill Street, Riverbend", alias="UTILITY_OFFICE")
    brand_file: Path | None = Field(default=None, alias="BRAND_FILE")
    bill_runs_need_approval: bool = Field(default=False, alias="UTILITY_BILL_RUNS_NEED_APPROVAL")
    holidays_subdivision: str = Field(default="CA", alias="UTILITY_HOLIDAYS_SUBDIVISION")
    peak_hours: str = Field(default="16-21", alias="UTILITY_PEAK_HOURS", pattern=r"^(\d{1,2}-\d{1,2})?$")

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @cached_property
    def peak_blocks(self) -> tuple[tuple[int, int], ...]:
        """The peak hours of who has a rate without any, as minutes of the day; empty where there are none."""
        if not self.peak_hours:
            return ()
        first, until = (int(hour) for hour in self.peak_hours.split("-"))
        if not 0 <= first < until <= 24:
            raise ValueError(f"UTILITY_PEAK_HOURS {self.peak_hours} are no hours of a day, like 16-21")
        return ((first * 60, until * 60),)


class Paper(_Topic):
    """Bills on paper: the envelopes they go out and come back in, and where checks are sent.

    An envelope is `#10`, `#9`, or six numbers of inches: width, height, the window's left, bottom, width, height.
    """

    remit_address: str = Field(
        default="Riverbend Utilities; PO Box 1200; Riverbend, CA 95000-1200", alias="REMIT_ADDRESS"
    )
    mail_envelope: str = Field(default="#10", alias="MAIL_ENVELOPE")
    fold_inches: str = Field(default="3.667", alias="MAIL_FOLD_INCHES")
    remit_envelope: str = Field(default="#9", alias="REMIT_ENVELOPE")
    stub_inches: str = Field(default="3.5", alias="REMIT_STUB_INCHES")
    is_duplex: bool = Field(default=True, alias="PRINT_DUPLEX")
    sheet_ounces: Decimal = Field(default=Decimal("0.16"), alias="SHEET_OUNCES", gt=0)
    envelopes_ounces: Decimal = Field(default=Decimal("0.45"), alias="ENVELOPES_OUNCES", ge=0)

    def sheets(self, n_pages: int) -> int:
        """How many sheets so many pages of one bill take."""
        return -(-n_pages // 2) if self.is_duplex else n_pages

    def ounces(self, n_pages: int) -> Decimal:
        """What a bill of so many pages weighs with its envelope and the one to send back, to the hundredth."""
        weight = self.sheet_ounces * self.sheets(n_pages) + self.envelopes_ounces
        return weight.quantize(Decimal("0.01"), ROUND_UP)

    @cached_property
    def remit_lines(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.remit_address.split(";") if line.strip())

    @cached_property
    def fold_mil(self) -> int:
        """From the sheet's upper edge to its first fold."""
        return mil_of(self.fold_inches)

    @cached_property
    def stub_mil(self) -> int:
        """From the sheet's lower edge to the perforation."""
        return mil_of(self.stub_inches)

    @property
    def mail_box(self) -> Box:
        """Where the customer's address stands on the upper third, from its lower edge (the fold)."""
        return self._envelope(self.mail_envelope, self.fold_mil)

    @property
    def remit_box(self) -> Box:
        """Where the utility's address stands on the stub."""
        return self._envelope(self.remit_envelope, self.stub_mil)

    @property
    def scan_line_mil(self) -> int:
        """The lower edge of the scan line, from the sheet's: above all that the window may show of the stub."""
        envelope = envelope_of(self.remit_envelope)
        seen = envelope.ever_seen(width_mil=SHEET_WIDTH_MIL, height_mil=self.stub_mil)
        return seen.top_mil + _CLEAR_MIL

    @staticmethod
    def _envelope(text: str, height_mil: int) -> Box:
        envelope: Envelope = envelope_of(text)
        return envelope.always_seen(width_mil=SHEET_WIDTH_MIL, height_mil=height_mil)

    @model_validator(mode="after")
    def _addresses_are_seen(self) -> Self:
        if not 1 <= len(self.remit_lines) <= 4:
            raise ValueError("REMIT_ADDRESS has one to four lines, with ; between them")
        _ = self.mail_box, self.remit_box
        return self


class Payments(_Topic):
    gateway: str = Field(default="sandbox", alias="PAYMENT_GATEWAY")
    webhook_secret: SecretStr = Field(
        default=SecretStr(_DEFAULT_SECRET + "-webhooks"), alias="PAYMENT_WEBHOOK_SECRET"
    )
    maximum_cents: int = Field(default=10_000_00, alias="PAYMENT_MAXIMUM_CENTS", gt=0)
    sandbox_delay_s: int = Field(default=8, alias="PAYMENT_SANDBOX_DELAY_S", ge=0)

    @property
    def is_default_secret(self) -> bool:
        return self.webhook_secret.get_secret_value().startswith(_DEFAULT_SECRET)


class Messaging(_Topic):
    """`record` keeps messages in the database only (demo, tests); `smtp` sends them."""

    channel: Literal["record", "smtp"] = Field(default="record", alias="MESSAGE_CHANNEL")
    sender: str = Field(default="Riverbend Utilities <no-reply@riverbend.example>", alias="MESSAGE_FROM")
    smtp_host: str = Field(default="", alias="SMTP_HOST")
    smtp_port: int = Field(default=587, alias="SMTP_PORT")
    smtp_user: str = Field(default="", alias="SMTP_USER")
    smtp_password: SecretStr = Field(default=SecretStr(""), alias="SMTP_PASSWORD")


class MeterFiles(_Topic):
    """Where files of meter data are looked for. Senders name folders inside of the root, or SFTP servers."""

    folder_root: Path | None = Field(default=None, alias="METER_FOLDER_ROOT")
    sftp_key_file: Path | None = Field(default=None, alias="METER_SFTP_KEY_FILE")
    sftp_password: SecretStr = Field(default=SecretStr(""), alias="METER_SFTP_PASSWORD")


class RefusedSettings(Exception):
    """Production was asked for with settings that are only good for a demo; the message names each."""


def refuse_unsafe(runtime: Runtime, security: Security, payments: Payments, messaging: Messaging) -> None:
    """Raise RefusedSettings when production would run on a default secret or a demo-only part."""
    if runtime.mode != "production":
        return
    wrong = []
    if security.is_default_secret or len(security.secret_key.get_secret_value()) < 32:
        wrong.append("SECRET_KEY: set your own, at least 32 characters")
    if payments.is_default_secret or len(payments.webhook_secret.get_secret_value()) < 32:
        wrong.append("PAYMENT_WEBHOOK_SECRET: set your own, at least 32 characters")
    if messaging.channel == "record":
        wrong.append("MESSAGE_CHANNEL: 'record' keeps messages for reading in a demo; set 'smtp'")
    if payments.gateway == "sandbox":
        wrong.append("PAYMENT_GATEWAY: 'sandbox' moves no money; name a real gateway")
    if not runtime.public_url.startswith("https://"):
        wrong.append("METERSIDE_PUBLIC_URL: set the https address customers use")
    if wrong:
        raise RefusedSettings("Production refuses these settings:\n  " + "\n  ".join(wrong))
