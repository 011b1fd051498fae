"""Payments the portal takes. Intent (our id first), attempts at a gateway, and every step appended.

The customer information system learns of a payment when it is accepted; until then it exists only here.
"""
