"""The questions put to a credential, and the words for what came of them."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

Status = Literal["passed", "failed", "not-reached", "warning"]
Answer = Literal["verified", "not verified", "undetermined"]
Outcome = Literal[
    "forged",
    "altered",
    "unsigned",
    "challenge-not-met",
    "revoked",
    "part-not-verified",
    "other-person",
    "suspended",
    "expired",
    "not-yet-valid",
    "malformed",
    "key-not-named",
    "unsupported",
    "issuer-unreachable",
    "status-unreachable",
    "recipient-not-comparable",
    "verified",
]
"""The answer in one word, the worst first. ``forged``: the key that signed is not the issuer's, or
was not to be trusted. ``altered``: it is, but the document is not what it signed.
``challenge-not-met``: a presentation that was not made for whoever asks. ``other-person``: whoever
it was awarded to or is presented by is not the one who was asked about. From ``key-not-named``
on (signed by a key that its issuer does not name) the answer is open."""

WORST_FIRST: tuple[Outcome, ...] = get_args(Outcome)

TITLES = {
    "document.parse": "The file can be read",
    "document.context": "Every term is defined by the standards",
    "document.schema": "It has the shape of its type",
    "issuer.resolve": "The issuer's key was found",
    "proof.signature": "Nothing was changed since it was signed",
    "proof.others": "Every other proof on it holds",
    "proof.purpose": "The key may issue credentials for this issuer",
    "key.validity": "The key was valid when it signed",
    "dates.valid-from": "It is already valid",
    "dates.valid-until": "It has not expired",
    "document.refresh": "The issuer's current version was asked for",
    "status.revocation": "It has not been revoked",
    "status.suspension": "It is not suspended",
    "contents": "Every credential inside it holds",
    "endorsements": "Its endorsements hold",
    "log.inclusion": "It is in its issuer's public log",
    "presentation.holder": "What is presented is about whoever presents it",
    "presentation.possession": "It is presented now, to whoever asks",
    "recipient.match": "It was awarded to this person",
    "issuer.recognized": "We know this issuer",
}
"""Every check id with the sentence that passing it makes true."""

ON_DEMAND = frozenset(
    {
        "document.refresh",
        "contents",
        "endorsements",
        "log.inclusion",
        "presentation.holder",
        "presentation.possession",
        "proof.others",
        "recipient.match",
    }
)
"""Checks that are reported only where there is something to check."""

NOT_MADE = "an earlier check stands in the way"
"""What is said of a check that was not made at all."""

PROOF = ("issuer.resolve", "proof.signature", "proof.purpose", "key.validity")
"""The checks that together prove who signed."""


class Check(NamedTuple):
    """One question put to the credential. ``id`` is stable; the words are for people."""

    id: str
    status: Status
    title: str
    detail: str
