"""Any table of reads as CSV, read by a mapping that is data."""
