"""Badger Meter's Beacon: its CSV report of reads and flows of water meters."""
