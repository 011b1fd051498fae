"""NEM12 interval and NEM13 accumulation files of the Australian market."""
