"""The demo's inbox: every message it sent, to anybody. It exists in no production."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meterside.portal.notices.queries import NoticeView, latest, notice
from meterside.web.design.formats import moment

P = ParamSpec("P")
_PAGE = 20
_MOST_PAGES = 500
_CODE = re.compile(r"^ {4}(\d{6})$", re.MULTILINE)
_LINK = re.compile(r"^https?://\S+$", re.MULTILINE)


def demo_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """404 wherever this is no demo, whatever the addresses say."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.IS_DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@demo_only
@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Messages, newest first, with their codes in sight."""
    page = _page(request)
    rows = latest(offset=(page - 1) * _PAGE, limit=_PAGE + 1)
    if page > 1 and not rows:
        raise Http404
    here = reverse("demo_inbox")
    context = {
        "messages": [_line(row) for row in rows[:_PAGE]],
        "previous_url": f"{here}?page={page - 1}" if page > 1 else None,
        "next_url": f"{here}?page={page + 1}" if len(rows) > _PAGE else None,
        "page": page,
    }
    return render(request, "demo/inbox/inbox.html", context)


@demo_only
@never_cache
@require_safe
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """One message as its receiver would read it."""
    found = notice(message_id)
    if found is None:
        raise Http404
    parts = [_part(text) for text in found.body.split("\n\n") if text.strip()]
    return render(request, "demo/inbox/message.html", {"notice": found, "parts": parts})


def code_in(row: NoticeView) -> str:
    """The code of a message, or empty; wiped messages have none."""
    match = _CODE.search(row.body)
    return match.group(1) if match else ""


def _line(row: NoticeView) -> dict[str, str]:
    return {
        "url": reverse("demo_message", args=[row.message_id]),
        "subject": row.subject,
        "language": row.language,
        "about": f"{row.to} · {moment(row.created_at)}",
        "code": code_in(row),
    }


def _part(text: str) -> dict[str, str]:
    """A paragraph, and whether it is a code or a link alone."""
    code, link = _CODE.fullmatch(text), _LINK.fullmatch(text.strip())
    if code:
        return {"kind": "code", "text": code.group(1)}
    return {"kind": "link" if link else "text", "text": text.strip()}


def _page(request: HttpRequest) -> int:
    typed = request.GET.get("page", "1")
    return (
        min(max(int(typed), 1), _MOST_PAGES) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    )
