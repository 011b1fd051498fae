"""Routes of people who read meters: the stops, and the files they take along."""
