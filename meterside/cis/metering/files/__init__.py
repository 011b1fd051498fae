"""A file of meter data as a unit: kept, matched, stored whole or held, released later."""
