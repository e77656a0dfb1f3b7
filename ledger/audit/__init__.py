"""The audit: what can be checked of a ledger by whoever has its files."""
