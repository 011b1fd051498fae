"""What a bill's page and paper print, put together and frozen when it is issued."""
