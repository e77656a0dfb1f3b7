"""Errors of this room. Each is a ``ValueError`` that says the offending value."""


class BadgesError(ValueError):
    """Base of every error raised in ``badges``."""


class MalformedDocument(BadgesError):
    """A document that is not what its format says: JSON, JSON-LD or a credential."""


class UnknownContext(MalformedDocument):
    """A JSON-LD context that is not one of the standards' known by heart."""


class UndefinedTerm(MalformedDocument):
    """A property or type that no context of the document defines: it would go unsigned."""


class MalformedProof(BadgesError):
    """A proof that lacks what its cryptosuite needs."""


class UnsupportedProof(BadgesError):
    """A proof of a type or cryptosuite that this verifier does not know."""


class TooMuchWork(UnsupportedProof):
    """Reading the document takes more than this verifier gives to one: that leaves it open."""


class UnnamedKey(BadgesError):
    """A key elsewhere than the issuer's, which the issuer does not name, and which could not be
    had besides."""


class StatusListError(BadgesError):
    """A status list or entry outside Bitstring Status List 1.0.

    ``code`` is the specification's error name, e.g. ``RANGE_ERROR`` (§3.5).
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class UnreachableDocument(BadgesError):
    """A document could not be had: refused by the guard, missing, too large or too slow.

    ``status`` is what the server answered, where one did.
    """

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
