"""Does each signed document state what its events record? Where it can still be opened, it equals
the one that is rebuilt from the events, its proof and what was drawn for it apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from badges.document import Document, as_list, parse_document, without_proof
from badges.errors import BadgesError
from keys.vault import Sealed
from ledger.assessment import Submission
from ledger.audit.history import History
from ledger.awards import AcceptedEndorsements, Award, Endorsement
from ledger.awards.awarding import unpacked
from ledger.awards.badge_form import badge_document
from ledger.awards.endorsing import Given, endorsement_document, verified_endorsement
from ledger.awards.issuing import words_of
from ledger.awards.stated import Issue, renewed, stated
from ledger.command import site_of
from ledger.errors import LedgerError, RuleBroken

Wrong = list[tuple[Any, str]]


@dataclass(frozen=True)
class Statements:
    """Holds documents against events. ``opened`` opens a sealed value; None where it cannot be
    opened any more."""

    opened: Callable[[Sealed], bytes | None]

    def check(self, history: History, events: Sequence[Any], before: Mapping[UUID, Any]) -> Wrong:
        """What is wrong with the documents of a command's events; ``before`` has the documents of
        the aggregates as they were."""
        wrong = []
        for event in events:
            try:
                words = self._problem(history, event, before)
            except _Erased:
                continue
            except (BadgesError, LedgerError, KeyError, TypeError, ValueError) as error:
                words = f"its document cannot be compared: {error}"
            if words:
                wrong.append((event, words))
        return wrong

    def _problem(self, history: History, event: Any, before: Mapping[UUID, Any]) -> str:
        if isinstance(event, Award.Issued):
            right = self._badge(history, event)
        elif isinstance(event, Award.Renewed):
            earlier = parse_document(unpacked(self._open(before[event.originator_id])))
            right = renewed(earlier, event.valid_from, event.valid_until)
        elif isinstance(event, Endorsement.Issued):
            return self._endorsement_problem(history, event)
        elif isinstance(event, AcceptedEndorsements.Accepted):
            return self._accepted_problem(history, event)
        else:
            return ""
        found = parse_document(unpacked(self._open(event.document)))
        differing = _differing(without_proof(found), right)
        return f"the badge states another {', '.join(differing)}" if differing else ""

    def _badge(self, history: History, event: Award.Issued) -> Document:
        subject = parse_document(unpacked(self._open(event.document)))["credentialSubject"]
        issue = Issue(
            award=event.originator_id,
            salt=subject["identifier"][0]["salt"],
            subject=UUID(subject["id"].removeprefix("urn:uuid:")),
            valid_from=event.valid_from,
            valid_until=event.valid_until,
            status_list=event.status_list,
            status_index=event.status_index,
            purpose=event.status_purpose,
        )
        submission = history.read(Submission, event.submission, "submission")
        form, earned = stated(history, site_of(history), self._open, submission, issue)
        return badge_document(form, words_of(form, earned))

    def _endorsement_problem(self, history: History, event: Endorsement.Issued) -> str:
        """Its comment and target stand in the document alone."""
        text = event.document
        found = parse_document(text if isinstance(text, str) else unpacked(self._open(text)))
        subject, site = found["credentialSubject"], site_of(history)
        if event.award != site.badge_id(subject["id"]):
            return "the endorsement is of another award"
        if isinstance(text, str) and not site.is_public(subject["id"]):
            return "it stands in clear, and is about somebody"
        right = endorsement_document(
            history,
            Given(
                endorsement=event.originator_id,
                unit=event.unit,
                target=subject["id"],
                comment=subject["endorsementComment"],
                valid_from=event.valid_from,
                valid_until=event.valid_until,
                status_list=event.status_list,
                status_index=event.status_index,
            ),
        )
        differing = _differing(without_proof(found), right)
        return f"the endorsement states another {', '.join(differing)}" if differing else ""

    def _accepted_problem(self, history: History, event: AcceptedEndorsements.Accepted) -> str:
        if not event.credential.lstrip().startswith("{"):
            return ""  # a JWT: its issuer is in the signed words, which nobody opens here
        achievement = site_of(history).achievement(event.micro_credential, event.number)
        found = verified_endorsement(parse_document(event.credential), achievement)
        right = (event.endorser, event.valid_until)
        return "" if (found.endorser, found.valid_until) == right else "it is somebody else's"

    def _open(self, sealed: Sealed) -> bytes:
        value = self.opened(sealed)
        if value is None:
            raise _Erased
        return value


class _Erased(RuleBroken):
    def __init__(self) -> None:
        super().__init__("person-erased", "the person's data was erased")


def _differing(found: Document, right: Document) -> list[str]:
    return sorted(
        name
        for name in found.keys() | right.keys()
        if as_list(found.get(name)) != as_list(right.get(name))
    )
