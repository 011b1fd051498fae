"""The terms a tariff is written in: tables, seasons, rounding, proration, what every component has."""
