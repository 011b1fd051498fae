"""Customers' pages. `customer_view` stands before each: who is it, which account, and may they?"""

from .portal import CustomerRequest, Portal, customer_view

__all__ = ["CustomerRequest", "Portal", "customer_view"]
