"""How each kind of event is decided once more; importing this teaches the examiner."""

from ledger.audit.rules import awards, people, submissions

__all__ = ["awards", "people", "submissions"]
