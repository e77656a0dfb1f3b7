"""Errors of the domain. Each carries a stable ``code`` that the outside may rely on."""


class LedgerError(ValueError):
    """Base of every error that a command raises. No event was recorded."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class RuleBroken(LedgerError):
    """A rule of the domain forbids the command in the present state."""


class Invalid(LedgerError):
    """The command's own values do not make sense, whatever the state."""


class UnfitText(Invalid):
    """A text that no command takes: ``place`` names it (RFC 6901), such as ``/label``."""

    def __init__(self, place: str, detail: str) -> None:
        super().__init__("bad-text", f"{place}: {detail}")
        self.place = place


class NotPermitted(LedgerError):
    """The caller may not do this, or not here."""

    def __init__(self, detail: str, code: str = "not-permitted") -> None:
        super().__init__(code, detail)


class NotFound(LedgerError):
    """There is no such thing, or none that the caller may know of."""

    def __init__(self, what: str) -> None:
        super().__init__("not-found", f"there is no such {what}")


class Unavailable(LedgerError):
    """This deployment cannot do it now, whoever asks; later it may."""


class StaleVersion(LedgerError):
    """The thing changed since the caller looked at it."""

    def __init__(self, detail: str) -> None:
        super().__init__("stale-version", detail)


class KeyReused(LedgerError):
    """An idempotency key came back with another command."""

    def __init__(self) -> None:
        super().__init__(
            "idempotency-key-reused", "this Idempotency-Key was used for a different command"
        )


class Breach(LedgerError):
    """Recorded events that no command of ours records; told by an audit, never to a client."""

    def __init__(self, detail: str) -> None:
        super().__init__("breach", detail)
