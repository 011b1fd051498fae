"""Charges outside the rate: late fees, deposits and their interest, by policies that are data."""
