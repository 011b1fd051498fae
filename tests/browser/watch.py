"""What a page says and asks for while it is visited: console, errors, requests, and its own answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response

# look.md: strict from the first page, no nonce, no exception.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


@dataclass
class Watch:
    """Listens to a page within its block, from before its address is asked for."""

    page: Page
    bases: tuple[str, ...]
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answer: Response | None = None

    def __enter__(self) -> Watch:
        self.page.on("console", self._console)
        self.page.on("pageerror", self._error)
        self.page.on("request", self._request)
        self.page.on("response", self._response)
        return self

    def __exit__(self, *_failure: object) -> None:
        self.page.remove_listener("console", self._console)
        self.page.remove_listener("pageerror", self._error)
        self.page.remove_listener("request", self._request)
        self.page.remove_listener("response", self._response)

    def _error(self, error: Error) -> None:
        self.said.append(str(error))

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium notes the status of an answer that refuses, which is as it should be.
        if (
            message.type in {"error", "warning"}
            and "the server responded with a status of" not in message.text
        ):
            self.said.append(message.text)

    def _request(self, request: Request) -> None:
        ours = tuple(f"{base}/" for base in self.bases)
        if not request.url.startswith((*ours, "blob:")):
            self.asked.append(request.url)

    def _response(self, response: Response) -> None:
        is_page = response.request.is_navigation_request() and response.frame == self.page.main_frame
        if is_page and not 300 <= response.status < 400:
            self.answer = response

    @property
    def is_plain(self) -> bool:
        """Whether the page was asked for by its address, so that a reload shows it again."""
        return self.answer is not None and self.answer.request.method == "GET"

    def findings(self, status: int) -> Iterator[str]:
        """What was wrong around the page that is shown now."""
        assert self.answer is not None, "no page was opened"
        if self.answer.status != status:
            yield f"answered {self.answer.status}, not {status}"
        yield from (f"console: {text}" for text in self.said)
        yield from (f"asked a stranger: {address}" for address in self.asked)
        headers = self.answer.headers
        if policy_of(headers.get("content-security-policy", "")) != POLICY:
            yield f"policy: {headers.get('content-security-policy')}"
        for name, value in (("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin")):
            if headers.get(name) != value:
                yield f"{name}: {headers.get(name)}"


def policy_of(header: str) -> dict[str, str]:
    """A Content-Security-Policy as its directives."""
    parts = (part.strip().partition(" ") for part in header.split(";") if part.strip())
    return {name: value for name, _, value in parts}
