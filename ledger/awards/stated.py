"""What a badge states, from the events: the same for the one who signs it and for the audit, which
rebuilds the document and compares."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from badges.document import Document, as_list, without_proof
from badges.loader import NoDocuments
from badges.model import utc_text
from badges.status_list import Purpose
from badges.verification.presented import present
from keys.vault import Sealed
from ledger.assessment import Review, Submission, answered
from ledger.awards.badge_form import BadgeForm
from ledger.awards.endorsements import AcceptedEndorsements
from ledger.awards.issuing import Earned, Recipient, Shown
from ledger.catalogue import Definition
from ledger.command import Repository
from ledger.people import NETWORK_ID, Organization, Person
from ledger.site import Site

Open = Callable[[Sealed], bytes]
"""Opens a sealed value. Raises RuleBroken when the person was erased."""


@dataclass(frozen=True)
class Issue:
    """What is decided of one badge beside the work that it is for. ``salt`` and ``subject`` are
    drawn, and stand in the badge alone."""

    award: UUID
    salt: str
    subject: UUID
    valid_from: datetime
    valid_until: datetime | None
    status_list: str
    status_index: int
    purpose: Purpose


def stated(
    repository: Repository, site: Site, opened: Open, submission: Submission, issue: Issue
) -> tuple[BadgeForm, Earned]:
    """The form and the words of the badge for an accepted submission."""
    version = answered(repository, submission)
    person = repository.read(Person, submission.educator, "person")
    evidence = tuple(
        Shown(part, item.media_type, json.loads(opened(item.name))["sha256"])
        for part, item in sorted(submission.evidence.items())
    )
    statement = submission.statement
    form = BadgeForm(
        site=site,
        issuer_name=repository.read(Organization, NETWORK_ID, "organization").name,
        micro_credential=submission.micro_credential,
        number=submission.number,
        definition=version,
        purpose=issue.purpose,
        ends=issue.valid_until is not None,
        parts=tuple(piece.part for piece in evidence),
        has_statement=statement is not None,
        endorsements=_endorsements(repository, site, submission, issue.valid_from),
    )
    earned = Earned(
        award=issue.award,
        recipient=Recipient(opened(person.email).decode(), issue.salt, issue.subject),
        levels=_levels(repository, submission, version),
        evidence=evidence,
        statement=opened(statement).decode() if statement else None,
        began=submission.created_on,
        ended=submission.submitted_on or issue.valid_from,
        awarded=issue.valid_from,
        valid_from=issue.valid_from,
        valid_until=issue.valid_until,
        status_list=issue.status_list,
        status_index=issue.status_index,
    )
    return form, earned


def renewed(document: Document, valid_from: datetime, valid_until: datetime) -> Document:
    """The same credential for a further period, unsigned; ``awardedDate`` stays."""
    period = {"validFrom": utc_text(valid_from), "validUntil": utc_text(valid_until)}
    return without_proof(document) | period


def _endorsements(
    repository: Repository, site: Site, submission: Submission, at: datetime
) -> tuple[str, ...]:
    """Those in force; after a move, only those of the version under its present address."""
    stream = AcceptedEndorsements.id_for(submission.micro_credential, submission.number)
    accepted = repository.find(AcceptedEndorsements, stream)
    given = accepted.at(at) if accepted is not None else ()
    if not site.former:
        return given
    named = site.achievement(submission.micro_credential, submission.number)
    return tuple(credential for credential in given if named in _subjects(credential))


def _subjects(credential: str) -> list[object]:
    document = present(credential, NoDocuments()).document
    subjects = as_list(document["credentialSubject"])
    return [subject.get("id") for subject in subjects if isinstance(subject, dict)]


def _levels(repository: Repository, submission: Submission, version: Definition) -> dict[str, str]:
    """The lowest level that a passing assessor gave on each criterion; after a won appeal,
    at least the required one."""
    reviews = [repository.read(Review, review, "review") for review in submission.verdicts]
    counted = [review for review in reviews if review.verdict == "pass"] or reviews
    return {
        criterion.id: max(
            criterion.required_level,
            min((review.levels[criterion.id] for review in counted), key=criterion.rank),
            key=criterion.rank,
        )
        for criterion in version.rubric
    }
