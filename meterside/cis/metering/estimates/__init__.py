"""What a meter most likely showed where it was not read."""
