"""A bill as a tagged PDF (PDF/UA-1) that prints on one sheet where it fits."""

from .make import make_pdf

__all__ = ["make_pdf"]
