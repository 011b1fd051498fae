"""Reads pushed as JSON by head-ends and meter data management systems."""
