"""CMEP files (MEPMD01 rows) of electricity, gas and water meters."""
