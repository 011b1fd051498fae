"""Turns what happened into messages to people, and hands them to a channel."""

from .texts import compose
from .write import draft_for, write_to

__all__ = ["compose", "draft_for", "write_to"]
