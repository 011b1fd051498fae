"""Bills as tagged PDFs (PDF/UA-1, PDF/A-2a) that print on one sheet where they fit."""

from .make import Printed, make_document, make_pdf, printable_bill

__all__ = ["Printed", "make_document", "make_pdf", "printable_bill"]
