"""A real web server on the bench's database, and a cookie of somebody who has signed in."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH
from django.utils.crypto import get_random_string

from meterside.portal.identity.models import Login

_START_TIMEOUT_S = 60


@contextmanager
def running_server() -> Iterator[int]:
    """The product's own `serve` on a free port, with the bench's addresses; ends with the block."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "meterside", "serve", "--port", str(port)],
        env={**os.environ, "METERSIDE_URLCONF": "meterside.cli.bench.urls", "PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        _await(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
            asked.request("GET", "/", headers={"Host": f"localhost:{port}"})
            if asked.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("the web server did not start")


def signed_in_cookie(email: str) -> str:
    """A Cookie header of that login's browser, as signing in would have left it."""
    login = Login.objects.get(email=email)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(login.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = login.get_session_auth_hash()
    session.save()
    cookies = {
        settings.SESSION_COOKIE_NAME: session.session_key,
        settings.CSRF_COOKIE_NAME: get_random_string(CSRF_SECRET_LENGTH, CSRF_ALLOWED_CHARS),
    }
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
