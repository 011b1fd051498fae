"""A page in one state, and how somebody comes to it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser.ways import Way


@dataclass(frozen=True)
class State:
    """A page in one state. `view` is the address's name, `who` a key of the town's logins."""

    name: str
    view: str
    way: Way
    who: str = ""
    status: int = 200
    is_ours: bool = True  # not in the frame of another company's page

    def __str__(self) -> str:
        return self.name
