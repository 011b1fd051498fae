"""Children die with a parent that was killed, by the kernel's notice or by watching."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platform.support import Script, is_alive, wait_until

pytestmark = pytest.mark.kill

PARENT = """
import subprocess, sys
from meterside.cli.parent import environment_for_child
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]], env=environment_for_child(),
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
print(child.stdout.readline().strip(), child.pid, flush=True)
sys.stdin.read()
"""
CHILD = """
import os, sys, threading
from meterside.cli.parent import follow
follow(int(os.environ["METERSIDE_PARENT_PID"]), platform=sys.argv[1])
print("follows", flush=True)
threading.Event().wait()
"""
ORPHAN = """
import os
from meterside.cli.parent import follow
print("asked", flush=True)
follow(1_000_000_000, platform="linux")
print("still here", flush=True)
"""


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_child_dies_with_a_killed_parent(platform: str, start_script: Callable[..., Script]) -> None:
    parent = start_script(PARENT, CHILD, platform)
    said, pid = parent.read_line().split()
    assert said == "follows"
    assert is_alive(int(pid))
    parent.kill()
    wait_until(lambda: not is_alive(int(pid)), "the child to die")


def test_a_child_whose_parent_is_gone_already_dies_at_once(start_script: Callable[..., Script]) -> None:
    orphan = start_script(ORPHAN)
    assert orphan.read_line() == "asked"
    assert orphan.finish() == -9
