"""What a report says to people: headline, sentence and band of each outcome, in one table.

The page, a badge's own page, the command line and the JSON answer all take their words from here.
No word says more than was checked, and no issuer is named without how it is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from badges.names import capital, shown
from badges.verification.checks import NOT_MADE, PROOF, Check, Outcome

Band = Literal["green", "amber", "red", "grey"]
Mark = Literal["tick", "cross", "question", "pause", "clock"]


class Words(NamedTuple):
    """One row: ``{names}`` stand for words of strangers and for dates."""

    band: Band
    mark: Mark
    headline: str
    sentence: str


@dataclass(frozen=True)
class Day:
    """A day in a sentence, which each language writes in its own way."""

    time: str

    def __str__(self) -> str:
        return day(self.time)


@dataclass(frozen=True)
class Told:
    """A sentence of ours with others' words in it, kept apart so that a page can isolate them
    (``<bdi>``) and say the rest in its own language: ``names`` are strangers' words, words of ours
    again, or days. ``str()`` gives it as plain English, with its ``lead``: what stands before it,
    or above it on a page."""

    words: str
    names: Mapping[str, str | Told | Day] = field(default_factory=dict)
    lead: str = ""

    def __str__(self) -> str:
        return f"{self.lead} {self.words.format(**self.names)}".lstrip()


@dataclass(frozen=True)
class Verdict:
    """What to say first. ``notes`` are what nobody checked, or what cannot be told."""

    key: str
    band: Band
    mark: Mark
    headline: Told
    sentence: Told
    notes: tuple[Told, ...] = ()


ENGLISH: dict[str, Words] = {
    "this-person": Words(
        "green",
        "tick",
        "Authentic, in force, and awarded to this person",
        "Nothing was changed since it was signed; {asked} is the one it was awarded to.",
    ),
    "identity-not-asked": Words(
        "green",
        "tick",
        "Authentic and in force",
        "Whether it is this person's was not checked. Enter the address that they use.",
    ),
    "presented-by-holder": Words(
        "green",
        "tick",
        "Authentic, in force, and presented by the person it was awarded to",
        "Nothing was changed since it was signed; {presenter} answered your challenge.",
    ),
    "in-force": Words(
        "green",
        "tick",
        "Authentic and in force",
        "Nothing was changed since it was signed, and it has not been withdrawn.",
    ),
    "other-person": Words(
        "red",
        "cross",
        "Authentic, but not awarded to this person",
        "{Asked} is not the one it was awarded to. Ask for the address that they used.",
    ),
    "other-person-by-unknown": Words(
        "red",
        "cross",
        "Intact, but not awarded to this person",
        "{Asked} is not the one it was awarded to. Ask for the address that they used.",
    ),
    "other-holder": Words(
        "red",
        "cross",
        "Authentic, but not awarded to whoever presents it",
        "It is presented by {presenter}; what is in it was awarded to somebody else.",
    ),
    "other-holder-by-unknown": Words(
        "red",
        "cross",
        "Intact, but not awarded to whoever presents it",
        "It is presented by {presenter}; what is in it was awarded to somebody else.",
    ),
    "unknown-issuer": Words(
        "amber",
        "question",
        "Intact, by an issuer that we do not know",
        "It was signed by {signer}. We cannot say who that is.",
    ),
    "unknown-issuers": Words(
        "amber",
        "question",
        "Intact, by an issuer that we do not know",
        "Something inside it was signed by somebody whom we do not know. "
        "We cannot say who that is.",
    ),
    "revoked": Words(
        "red", "cross", "Revoked", "The issuer withdrew it{reason}. It must not be relied on."
    ),
    "suspended": Words(
        "amber", "pause", "On hold", "The issuer is looking into it{reason}. Ask again later."
    ),
    "expired": Words(
        "amber", "clock", "Valid until {until}", "It was authentic and in force until then."
    ),
    "expired-by-unknown": Words(
        "amber", "clock", "Valid until {until}", "It was intact and in force until then."
    ),
    "expired-unproven": Words(
        "amber",
        "clock",
        "Valid until {until}",
        "It has ended; and whether the issuer that it names signed it is not proven.",
    ),
    "not-yet-valid-unproven": Words(
        "amber",
        "clock",
        "Valid from {start}",
        "So it says; who signed it could not be checked.",
    ),
    "not-yet-valid": Words("amber", "clock", "Valid from {start}", "It begins to hold then."),
    "altered": Words(
        "red",
        "cross",
        "Changed after it was signed",
        "Something in it is not what the issuer signed.",
    ),
    "forged": Words(
        "red",
        "cross",
        "Not signed by the issuer that it names",
        "It names {issuer}; the signature is someone else's.",
    ),
    "forged-holder": Words(
        "red",
        "cross",
        "Not signed by the holder that it names",
        "It names {presenter}; the signature is someone else's.",
    ),
    "forged-key": Words(
        "red",
        "cross",
        "Signed with a key that did not count",
        "It names {issuer}, but the key was not to be trusted when it signed: {problem}.",
    ),
    "forged-log": Words(
        "red",
        "cross",
        "Not issued by the issuer that it names",
        "It names {issuer}, whose public log says otherwise: {problem}.",
    ),
    "unsigned": Words("red", "cross", "Nobody signed this", "Anyone could have written it."),
    "challenge-not-met": Words(
        "red",
        "cross",
        "Not presented to you now",
        "It does not carry the challenge and the domain that you gave, so it may have been made "
        "for somebody else, or at another time.",
    ),
    "malformed": Words(
        "amber",
        "question",
        "Signed, but not written as the standard asks",
        "The signature holds; this part does not: {problem}.",
    ),
    "malformed-unchecked": Words(
        "red",
        "cross",
        "Not written as the standard asks",
        "So its signature could not be checked: {problem}.",
    ),
    "not-a-badge": Words(
        "grey",
        "question",
        "This is not a badge",
        "{Problem}. A badge is a .json, .jwt, .png, .svg or .pdf file, or a web address.",
    ),
    "not-had": Words(
        "grey",
        "question",
        "Could not be checked",
        "{Problem}. This says nothing about the badge.",
    ),
    "part-not-verified": Words(
        "red",
        "cross",
        "Not everything inside it holds",
        "At least one credential inside it does not hold; each is listed below.",
    ),
    "key-not-named": Words(
        "grey",
        "question",
        "Signed by a key that its issuer does not name",
        "It was {problem}.",
    ),
    "superseded": Words(
        "amber",
        "clock",
        "A newer version exists",
        "Its issuer has corrected or renewed it; look at the newer one.",
    ),
    "possession-not-proven": Words(
        "amber",
        "question",
        "Authentic; that they hold it is not proven",
        "Anyone who has the file could have sent it.",
    ),
    "unsupported": Words(
        "grey",
        "question",
        "Cannot be read here yet",
        "{Problem}. This says nothing about the badge.",
    ),
    "issuer-unreachable": Words(
        "grey",
        "question",
        "Could not be checked",
        "The issuer's site did not answer. This says nothing about the badge.",
    ),
    "status-unreachable": Words(
        "grey",
        "question",
        "Could not be checked",
        "Nothing was changed since it was signed, but whether its issuer withdrew it could not be "
        "found out. Ask again later.",
    ),
    "recipient-not-comparable": Words(
        "grey",
        "question",
        "Whether it is this person's cannot be told",
        "It names its holder in a form that {asked} cannot be compared with.",
    ),
}
"""Every verdict's words. Another language is another table with the same keys."""

NOTES = {
    "identity-not-asked": "Whether it is this person's was not checked. "
    "Enter the address that they use.",
    "possession-not-proven": "That they hold it is not proven: anyone who has the file could have "
    "sent it.",
    "this-person": "{Asked} is the one it was awarded to.",
    "unknown-issuer": "It was signed by {signer}. We cannot say who that is.",
}
"""What a verdict leaves open, said beside it."""

ASKED = {
    "emailAddress": ("the address you entered", "The address you entered"),
    "name": ("the name you entered", "The name you entered"),
    "": ("what you entered", "What you entered"),
}

RECIPIENTS = {
    "hidden": "the holder of {kind} that is not shown: enter it to check",
    "shown": "{recipient}",
    "number": "somebody who is known here as {recipient}",
}
"""For whom it is, as far as it says."""

KINDS = {"emailAddress": "an e-mail address", "name": "a name"}
KIND = "a {kind}"
"""Of any other kind of identifier."""

LEADS = ("issued by", "says that it was issued by", "awarded to", "says that it was awarded to")

SIGNERS = ("whoever controls {domain}", "whoever holds the key {id}")
NO_NAMES = ("Nobody", "an unnamed issuer", "it could not be checked", "It could not be checked")

ISSUERS = {
    "registry": "{registered} (in our registry)",
    "domain": "{domain} (known by its domain), which calls itself {name}",
    "domain-unnamed": "{domain} (known by its domain)",
    "claim": "whoever holds the key {id}, which calls itself {name}",
    "claim-unnamed": "whoever holds the key {id}",
    "unproven": "{name}, which is not proven",
}
"""Who issued it, with how that is known."""


def verdict(
    outcome: Outcome,
    checks: Sequence[Check],
    summary: Mapping[str, str],
    asked: str | None = None,
    words: Mapping[str, Words] = ENGLISH,
) -> Verdict:
    """The words for a report's outcome, checks and summary; ``asked`` is the kind of person that
    was asked about, if one was."""
    found = {check.id: check for check in checks}
    key = _key(outcome, found, summary, asked)
    row = words[key]
    names = _names(found, summary)
    names["asked"], names["Asked"] = (Told(text) for text in ASKED.get(asked or "", ASKED[""]))
    open_still = []
    if outcome == "verified":
        is_somebodys = "recipientType" in summary or "presentation.holder" in found
        told_already = key in ("presented-by-holder", "identity-not-asked")
        if asked is None and is_somebodys and not told_already:
            open_still.append("identity-not-asked")
        if asked is not None and key != "this-person":
            open_still.append("this-person")
        held = found.get("presentation.possession")
        if held is not None and held.status != "passed" and key != "possession-not-proven":
            open_still.append("possession-not-proven")
    elif _is_by_stranger(found) and "presentation.holder" not in found:
        open_still.append("unknown-issuer")
    notes = tuple(Told(NOTES[name], names) for name in open_still)
    told = Told(row.headline, names), Told(row.sentence, names)
    return Verdict(key, row.band, row.mark, *told, notes)


def issued_by(checks: Sequence[Check], summary: Mapping[str, str]) -> Told | None:
    """Who issued it, never without how that is known; None where it names nobody."""
    identifier = summary.get("issuerId")
    name = summary.get("issuer", identifier)
    if name is None:
        return None
    names = {
        "name": shown(name),
        "id": shown(identifier or ""),
        "domain": summary.get("issuerDomain", ""),
        "registered": shown(summary.get("issuerRegistered", "")),
    }
    if not is_proven({check.id: check for check in checks}):
        return Told(ISSUERS["unproven"], names, LEADS[1])
    known_by = summary.get("issuerKnownBy", "claim")
    unnamed = "-unnamed" if "issuer" not in summary and known_by != "registry" else ""
    return Told(ISSUERS[known_by + unnamed], names, LEADS[0])


def awarded_to(checks: Sequence[Check], summary: Mapping[str, str]) -> Told | None:
    """For whom it is, as far as it says; None where it names nobody."""
    if "recipientType" not in summary:
        return None
    proven = is_proven({check.id: check for check in checks})
    lead = LEADS[2] if proven else LEADS[3]
    kind = summary["recipientType"]
    names: dict[str, str | Told | Day] = {
        "kind": Told(KINDS[kind]) if kind in KINDS else Told(KIND, {"kind": shown(kind)}),
        "recipient": shown(summary.get("recipient", "")),
    }
    row = "shown" if "recipient" in summary else "hidden"
    if kind == "id" and not summary.get("recipient", "").startswith(("did:", "https:")):
        row = "number"
    return Told(RECIPIENTS[row], names, lead)


def is_proven(found: Mapping[str, Check]) -> bool:
    """Whether who signed is proven."""
    return all(name in found and found[name].status == "passed" for name in PROOF)


def _key(
    outcome: Outcome, found: Mapping[str, Check], summary: Mapping[str, str], asked: str | None
) -> str:
    """The row that an outcome's words stand in: the checks tell what it is about."""
    statuses = {name: check.status for name, check in found.items()}
    presented = "presentation.holder" in found
    stranger = _is_by_stranger(found)
    if outcome == "verified":
        if stranger:
            return "unknown-issuers" if presented else "unknown-issuer"
        if statuses.get("document.refresh") == "passed":
            return "superseded"
        if presented:
            names = ("presentation.holder", "presentation.possession")
            held = all(statuses[name] == "passed" for name in names)
            return "presented-by-holder" if held else "possession-not-proven"
        if asked is None:
            return "identity-not-asked" if "recipientType" in summary else "in-force"
        return "this-person"
    if outcome == "other-person":
        held = statuses.get("presentation.holder") != "failed"
        return ("other-person" if held else "other-holder") + ("-by-unknown" if stranger else "")
    if outcome in ("expired", "not-yet-valid") and not is_proven(found):
        return f"{outcome}-unproven"
    if outcome == "expired" and stranger:
        return "expired-by-unknown"
    if outcome == "forged":
        if statuses.get("log.inclusion") == "failed":
            return "forged-log"
        if statuses.get("key.validity") == "failed":
            return "forged-key"
        return "forged-holder" if presented else "forged"
    if outcome == "malformed" and not is_proven(found):
        unread = statuses.get("document.parse") == "failed"
        return "not-a-badge" if unread else "malformed-unchecked"
    if outcome == "issuer-unreachable" and statuses.get("document.parse") == "not-reached":
        return "not-had"
    return outcome


def _is_by_stranger(found: Mapping[str, Check]) -> bool:
    return "issuer.recognized" in found and found["issuer.recognized"].status == "warning"


def spoken() -> Iterator[str]:
    """Every sentence and part of one that is said here, for translation."""
    for row in ENGLISH.values():
        yield from (row.headline, row.sentence)
    yield from NOTES.values()
    for pair in ASKED.values():
        yield from pair
    yield from RECIPIENTS.values()
    yield from ISSUERS.values()
    yield from (*KINDS.values(), KIND, *LEADS, *SIGNERS, *NO_NAMES)


def _names(found: Mapping[str, Check], summary: Mapping[str, str]) -> dict[str, str | Told | Day]:
    """What stands for each ``{name}`` of a row."""
    bad = [c for c in found.values() if c.status == "failed"]
    bad += [c for c in found.values() if c.status == "not-reached" and c.detail != NOT_MADE]
    problem: str | Told = shown(bad[0].detail) if bad else Told(NO_NAMES[2])
    reason = ""
    for name in ("status.revocation", "status.suspension"):
        if name in found and found[name].status == "failed":
            reason = found[name].detail.partition(": ")[2]
    domain, identifier = summary.get("issuerDomain"), summary.get("issuerId")
    issuer = summary.get("issuer", identifier)
    return {
        "issuer": Told(NO_NAMES[1]) if issuer is None else shown(issuer),
        "presenter": shown(summary["holder"]) if "holder" in summary else Told(NO_NAMES[0]),
        "signer": Told(SIGNERS[0], {"domain": domain})
        if domain
        else Told(SIGNERS[1], {"id": shown(identifier) if identifier else Told(NO_NAMES[1])}),
        "problem": problem,
        "Problem": capital(problem) if isinstance(problem, str) else Told(NO_NAMES[3]),
        "reason": f": {shown(reason)}" if reason else "",
        "until": Day(summary.get("validUntil", "")),
        "start": Day(summary.get("validFrom", "")),
    }


def day(time: str) -> str:
    """``3 May 2026`` of an ISO time, in UTC; the text itself where it is no time."""
    try:
        moment = datetime.fromisoformat(time).astimezone(UTC)
    except (ValueError, OverflowError):
        return shown(time)
    return f"{moment.day} {moment:%B %Y}"
