"""Interval days and dial reads as they are kept: staged, merged, restated, summed, archived, and read back."""
