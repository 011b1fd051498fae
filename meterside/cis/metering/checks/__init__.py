"""Rules that look at what comes, what they hold back, and what staff do about it."""
