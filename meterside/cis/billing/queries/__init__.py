"""Reads of bills for pages, commands and print: frozen results, nothing is written."""
