"""Errors of this room. Each is a ``ValueError`` that says the offending value."""


class KeysError(ValueError):
    """Base of every error raised in ``keys``."""


class MalformedKey(KeysError):
    """A multibase, Multikey or DID text that does not decode to a key we know."""


class UnknownKey(MalformedKey):
    """A key of a kind that is not known here; it may be a good one."""


class MalformedDID(KeysError):
    """A DID, or a URL that should become one, outside its method's syntax."""


class WrongPassphrase(KeysError):
    """The key file does not open under the given passphrase, or was altered."""


class KeyNotFound(KeysError):
    """No key with that id, or none in the state that is asked for."""


class KeyStateError(KeysError):
    """A change that the life of a key does not allow."""


class KeyLost(KeysError):
    """A data key that must be in the vault is not there, and was not destroyed."""
