"""Logins, and the attempts to register one for an account."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from meterside.kit import clock

from .rights import StaffRight


class LoginManager(BaseUserManager["Login"]):
    """Makes logins; the e-mail address is kept in its normalised form (see `kit.emails`)."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Login:
        login = self.model(email=email, **fields)
        login.set_password(password)
        login.save(using=self._db)
        return login


class Login(AbstractBaseUser):
    """A person's way in. What it may see is in `portal.access`, never here.

    `staff_rights` is what a member of staff may do beyond looking (`rights.StaffRight`).
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True, max_length=254)
    display_name = models.TextField(default="")
    language = models.TextField(default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    staff_rights = ArrayField(models.TextField(), default=list)
    created_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[LoginManager] = LoginManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="identity_email_lower"),
            models.CheckConstraint(
                condition=Q(staff_rights__contained_by=sorted(map(str, StaffRight))),
                name="identity_known_staff_rights",
            ),
            models.CheckConstraint(
                condition=Q(is_staff=True) | Q(staff_rights=[]), name="identity_rights_are_staffs"
            ),
        ]

    def __str__(self) -> str:
        return self.email


class RegistrationAttempt(models.Model):
    """One try to register: kept whether or not an account was found, so that both look the same.

    `account_ref` is empty when nothing was found. Codes and bill facts are kept as keyed hashes and belong to
    the browser session that asked. `ip_hash` and `address_hash` are keyed hashes that only serve to count.
    `tries` counts wrong codes and wrong bill facts; `email_tries` wrong entries of the second code, which
    confirms a typed address that is not on file, and `email_codes` how often that code was sent.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.TextField()
    language = models.TextField(default="en")
    session_sha256 = models.CharField(max_length=64)
    ip_hash = models.CharField(max_length=64)
    address_hash = models.CharField(max_length=64)
    account_ref = models.UUIDField(null=True)
    holder_name = models.TextField(default="")
    email_is_on_file = models.BooleanField(default=False)
    method = models.TextField(default="")
    code_hash = models.CharField(max_length=64, default="")
    bill_hash = models.CharField(max_length=64, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    email_code_hash = models.CharField(max_length=64, default="")
    email_tries = models.PositiveSmallIntegerField(default=0)
    email_codes = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    email_proved_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["email", "-created_at"], name="identity_attempt_email"),
            models.Index(fields=["ip_hash", "-created_at"], name="identity_attempt_ip"),
            models.Index(fields=["address_hash", "-created_at"], name="identity_attempt_address"),
            models.Index(fields=["account_ref", "-created_at"], name="identity_attempt_account"),
            models.Index(fields=["created_at"], name="identity_attempt_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=["", "code", "last_bill"]), name="identity_attempt_method"
            ),
            models.CheckConstraint(
                condition=Q(tries__lte=5) & Q(email_tries__lte=5) & Q(email_codes__lte=5),
                name="identity_attempt_tries",
            ),
            models.CheckConstraint(
                condition=Q(proved_at__isnull=True) | Q(account_ref__isnull=False),
                name="identity_attempt_proof_needs_account",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True)
                | (Q(proved_at__isnull=False) & Q(email_proved_at__isnull=False)),
                name="identity_attempt_use_needs_proof",
            ),
        ]


class EmailChange(models.Model):
    """A login's wish for another address, until a code that was sent there confirms it."""

    id = models.BigAutoField(primary_key=True)
    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="email_changes")
    email = models.TextField()
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    code_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["login", "-created_at"], name="identity_email_change_login")]
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="identity_email_change_tries"),
        ]
