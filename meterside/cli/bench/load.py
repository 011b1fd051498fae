"""Keep-alive connections that ask for a page again and again, as thin as Python allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

_PATIENCE_S = 30


class WrongAnswer(Exception):
    """The server did not answer 200; what it said is in the message."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one load gave: requests a second, and each answer's seconds in order of size."""

    per_s: float
    seconds: list[float]


def load(host: str, port: int, path: str, cookie: str, *, connections: int, requests: int) -> Load:
    """Ask for `path` `requests` times over `connections` connections; raises WrongAnswer."""
    return asyncio.run(_load(host, port, path, cookie, connections, requests))


async def _load(host: str, port: int, path: str, cookie: str, connections: int, requests: int) -> Load:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n"
        "Accept-Language: en\r\nAccept-Encoding: gzip\r\n\r\n"
    ).encode()
    # Whoever has an answer takes the next request: as many are under way at the end as at the beginning, however the
    # server's processes share the connections.
    waiting = iter(range(requests))
    began = time.perf_counter()
    rounds = await asyncio.gather(*(_ask(host, port, request, waiting) for _ in range(connections)))
    took = time.perf_counter() - began
    seconds = sorted(second for one in rounds for second in one)
    return Load(len(seconds) / took, seconds)


async def _ask(host: str, port: int, request: bytes, waiting: Iterator[int]) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    seconds = []
    try:
        for _ in waiting:
            began = time.perf_counter()
            writer.write(request)
            await asyncio.wait_for(_answer(reader), _PATIENCE_S)
            seconds.append(time.perf_counter() - began)
    finally:
        writer.close()
    return seconds


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    if not head.startswith(b"HTTP/1.1 200"):
        raise WrongAnswer(head.split(b"\r\n", 1)[0].decode(errors="replace"))
    start = lower.index(b"content-length:") + len(b"content-length:")
    await reader.readexactly(int(lower[start : lower.index(b"\r\n", start)]))
