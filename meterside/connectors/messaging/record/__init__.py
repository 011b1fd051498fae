"""A channel that keeps messages and sends nothing: for the demo and for tests."""
