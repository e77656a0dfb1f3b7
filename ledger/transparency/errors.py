"""What can be wrong with what a log publishes."""

from ledger.errors import Invalid


class LogError(Invalid):
    """Base: a log's file does not hold what it should."""

    def __init__(self, detail: str) -> None:
        super().__init__("log-invalid", detail)


class BadNote(LogError):
    """A signed note or a verifier key that cannot be read."""


class BadSignature(LogError):
    """A signature by a known key that does not fit."""


class BadReceipt(LogError):
    """A receipt that cannot be read or proves nothing."""


class Contradiction(LogError):
    """Two states of a log of which neither is a continuation of the other."""
