"""Bills as tagged PDFs (PDF/UA-1, PDF/A-2a) that print on one sheet where they fit, and files of many for a printer."""

from .make import Printed, forget_documents, make_document, make_pdf, printable_bill
from .print_file import PrintFile, make_print_file

__all__ = [
    "PrintFile",
    "Printed",
    "forget_documents",
    "make_document",
    "make_pdf",
    "make_print_file",
    "printable_bill",
]
