"""Outbox, inbox, idempotency keys, audit: nothing is lost, nothing is done twice."""
