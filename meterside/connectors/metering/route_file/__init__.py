"""Reading routes, out to handheld and drive-by readers and back: CSV and fixed width."""
