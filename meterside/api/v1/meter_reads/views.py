"""Head-ends push reads: a key says who they are, a message id makes twice once, problems come back by name."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from meterside import wiring
from meterside.contracts.metering import FileReport, FileStatus
from meterside.spine.actor import Actor, acting
from meterside.spine.idempotency import KeyUsedForAnotherRequest, once
from meterside.spine.pace import wait_s

MAX_BYTES = 16 * 1024 * 1024
MOST_A_MINUTE = 120
_PROBLEMS_TOLD = 100


@csrf_exempt
@require_POST
def push(request: HttpRequest) -> HttpResponse:
    """Take one message of reads.

    202: kept, with what was put aside. 401: no key that opens this. 409: the message id came with other content.
    413: too large. 415: no JSON. 422: nothing of it was loaded, and why. 429: too many messages.
    """
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    pusher = wiring.meter_pusher(key.strip()) if scheme.lower() == "bearer" and key.strip() else None
    if pusher is None:
        answer = _problem(401, "no_such_key", "Send the sender's key: Authorization: Bearer msk_...")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    if wait := wait_s(f"meter push {pusher.key}", most_a_minute=MOST_A_MINUTE):
        words = f"A sender may push {MOST_A_MINUTE} messages a minute. Send this one again in {wait} s."
        answer = _problem(429, "too_fast", words)
        answer["Retry-After"] = str(wait)
        return answer
    if request.content_type != "application/json":
        return _problem(415, "not_json", "Send application/json.")
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return _problem(
            413, "too_large", f"A message has up to {MAX_BYTES // 1024 // 1024} MB. Send it in parts."
        )
    message_id = _message_id(body)
    if message_id is None:
        return _problem(
            422, "not_understood", "The body is no JSON object with a message_id of up to 100 letters."
        )
    with acting(Actor("system", f"push:{pusher.name}")):
        try:
            told, _is_first = once(
                scope=f"meter-push:{pusher.key}",
                key=message_id,
                request={"sha256": wiring.sha256_of(body)},
                act=lambda: _answer(pusher.receive(io.BytesIO(body), message_id), message_id),
            )
        except KeyUsedForAnotherRequest:
            words = (
                f"The message id {message_id} came before with other content. Give a new message a new id."
            )
            return _problem(409, "message_id_used", words)
    if told["status"] == FileStatus.HELD:
        return _problem(422, "held", "Nothing of the message was loaded.", told)
    return JsonResponse(dict(told), status=202)


def _message_id(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    said = found.get("message_id") if isinstance(found, dict) else None
    return said if isinstance(said, str) and 0 < len(said) <= 100 and said.isprintable() else None


def _answer(report: FileReport, message_id: str) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "status": report.status.value,
        "interval_reads": report.reads,
        "dial_reads": report.dial_reads,
        "events": report.events,
        "days": report.days,
        "duplicates": report.duplicates,
        "n_problems": len(report.quarantined),
        "problems": [
            {
                "reading": refusal.line,
                "reason": refusal.reason.value,
                "words": refusal.words,
                "meter": refusal.channel_id,
                "place": refusal.excerpt,
            }
            for refusal in report.quarantined[:_PROBLEMS_TOLD]
        ],
        "notes": list(report.notes),
    }


def _problem(http_status: int, code: str, detail: str, told: Mapping[str, Any] | None = None) -> JsonResponse:
    """An answer that refuses, as RFC 9457 has it, with what else is told."""
    body = {**(told or {}), "type": "about:blank", "code": code, "detail": detail}
    return JsonResponse(body, status=http_status, content_type="application/problem+json")


@require_safe
def describe(request: HttpRequest) -> HttpResponse:
    """The interface's description (OpenAPI 3.1)."""
    return JsonResponse(_description())


def _description() -> dict[str, Any]:
    schema = wiring.push_message_schema()
    parts = schema.pop("$defs", {})
    said = {
        "202": "Kept. `problems` are readings that were put aside; they stay to be loaded once the cause is mended.",
        "401": "No key that opens this.",
        "409": "The message id came before with other content.",
        "413": "Too large.",
        "415": "No JSON.",
        "422": "Nothing of it was loaded; `problems` say why.",
        "429": f"More than {MOST_A_MINUTE} messages in a minute; `Retry-After` says when to send it again.",
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Meterside: meter reads", "version": "1"},
        "paths": {
            "/api/v1/meter-reads/": {
                "post": {
                    "operationId": "pushMeterReads",
                    "summary": "Push reads of meters. The same message again changes nothing.",
                    "security": [{"key": []}],
                    "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                    "responses": {code: {"description": words} for code, words in said.items()},
                }
            }
        },
        "components": {
            "schemas": parts,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
