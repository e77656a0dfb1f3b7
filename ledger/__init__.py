"""The ledger: aggregates, their events and rules, and the commands. Knows no HTTP or page."""
