"""References that may stand in addresses of pages: random ids, never numbers of rows."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

AccountRef = NewType("AccountRef", UUID)
BillRef = NewType("BillRef", UUID)
PersonRef = NewType("PersonRef", UUID)
