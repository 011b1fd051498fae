"""A customer's own use as files: CSV, a spreadsheet, Green Button (Download My Data)."""

from .gather import UseToExport, gather
from .green_button import write_feed
from .sheets import write_csv, write_xlsx

__all__ = ["UseToExport", "gather", "write_csv", "write_feed", "write_xlsx"]
