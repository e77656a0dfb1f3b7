"""Every type of problem (RFC 9457 §3.1.1), with its title: the API's, the pages', each
capability's."""

from __future__ import annotations

from api.capabilities import PROBLEMS as OF_CAPABILITIES

_GENERAL = {
    "audit-running": "An audit is running",
    "bad-header": "A header cannot be read",
    "bad-text": "A text with characters that have no place in it, or too many",
    "behind-the-ledger": "What this rests on is being brought up to date",
    "body-too-large": "The request is too large",
    "body-too-slow": "The request did not come in time",
    "busy": "Too much is going on at once",
    "erased": "The person's data was erased",
    "form-not-ours": "This form cannot be taken",
    "http-error": "The request cannot be answered",
    "idempotency-key-reused": "This Idempotency-Key was used for something else",
    "internal": "Something went wrong on our side",
    "invalid-request": "The request does not have the right shape",
    "log-invalid": "Not a state of this log",
    "malformed-json": "The request is not JSON",
    "method-not-allowed": "This address does not take that method",
    "not-found": "There is no such thing",
    "not-permitted": "Not permitted",
    "reason-missing": "A reason is missing",
    "stale-version": "It changed since you looked",
    "unauthenticated": "Who are you?",
    "unknown-host": "Not a name of this server",
}

PROBLEMS = dict(sorted((_GENERAL | OF_CAPABILITIES).items()))
"""Every problem type by its code, with its title. Codes are never renamed."""


class Unauthenticated(Exception):
    """No token, or one that names nobody."""
