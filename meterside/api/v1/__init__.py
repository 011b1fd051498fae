"""The first version of the typed HTTP interface. What fulfils it comes from `wiring`."""
