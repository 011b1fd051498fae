"""Where a browser session stands in its registration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meterside.kit import clock
from meterside.kit.ids import secret_digest
from meterside.portal.identity import queries


class Stage(StrEnum):
    """What comes next. PROVE is the same for somebody found and nobody found."""

    START = "start"
    PROVE = "prove"
    CONFIRM_EMAIL = "confirm_email"
    FINISH = "finish"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """The session's latest attempt. `email` is what this person typed; nothing here is the account's."""

    stage: Stage
    email: str = ""
    tries_left: int = 0


def progress(session_secret: str | None) -> Progress:
    """The stage of this session; START when there is no attempt or its time is up."""
    if not session_secret:
        return Progress(Stage.START)
    attempt = queries.latest_attempt(session_sha256=secret_digest(session_secret))
    if attempt is None:
        return Progress(Stage.START)
    if attempt.is_used:
        return Progress(Stage.DONE, attempt.email)
    if attempt.expires_at <= clock.now():
        return Progress(Stage.START)
    if not attempt.is_proved:
        return Progress(Stage.PROVE, attempt.email, attempt.tries_left)
    if not attempt.is_email_proved:
        return Progress(Stage.CONFIRM_EMAIL, attempt.email, attempt.email_tries_left)
    return Progress(Stage.FINISH, attempt.email)
