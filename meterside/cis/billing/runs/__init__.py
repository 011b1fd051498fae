"""A cycle billed: chunks, what they hold for people, and bills off the cycle."""
