"""Decisions on endorsements: give and withdraw our own, accept and drop other people's."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Generic, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from badges.document import Document, as_list, parse_time
from badges.errors import BadgesError
from badges.loader import NoDocuments
from badges.model import CredentialStatus, EndorsementCredential, EndorsementSubject, Profile
from badges.proofs.data_integrity import add_proof
from badges.status_list import StatusEntry
from badges.verification.presented import present
from keys.vault import Sealed, Vault
from ledger.awards.awarding import unpacked
from ledger.awards.awards import Award
from ledger.awards.endorsements import AcceptedEndorsements, Endorsed, Endorsement
from ledger.awards.issuing import IssuerSigner
from ledger.awards.status_slots import StatusSlot, draw_index, must_fit
from ledger.catalogue import MicroCredential
from ledger.command import Answer, Command, CommandEvents, Found, Repository, Told, site_of
from ledger.context import Context
from ledger.errors import Breach, Invalid, RuleBroken
from ledger.people import NETWORK_ID, Organization, caller_of
from ledger.preparer import Preparer
from ledger.private import Box, Reason, SealedAs, closed, must_be_sealed
from ledger.text import SignedText


@dataclass(frozen=True)
class SignedEndorsement:
    """The findings of an endorsement: what was drawn, and the signed document; sealed, unless it
    is about the issuer or an achievement of ours. ``award`` is our own that it endorses, if any."""

    endorsement: UUID
    award: UUID | None
    status_list: str
    status_index: int
    key: str
    digest: str
    document: Sealed | str


@dataclass(frozen=True)
class Given:
    """What one endorsement of ours says, and where its status stands."""

    endorsement: UUID
    unit: UUID
    target: str
    comment: str
    valid_from: datetime
    valid_until: datetime | None
    status_list: str
    status_index: int


def endorsement_document(repository: Repository, given: Given) -> Document:
    """The endorsement, unsigned: the same for the one who signs it and for the audit.

    Raises Invalid for a target that is no id.
    """
    site, name = site_of(repository), endorser_name(repository, given.unit)
    entry = StatusEntry(site.status_list(given.status_list), given.status_index, "revocation")
    try:
        credential = EndorsementCredential(
            id=site.endorsement(given.endorsement),
            name=f"Endorsement by {name}",
            issuer=Profile(id=site.issuer, name=name, url=site.base_url),
            valid_from=given.valid_from,
            valid_until=given.valid_until,
            credential_subject=EndorsementSubject(
                id=given.target, endorsement_comment=given.comment
            ),
            credential_status=CredentialStatus.model_validate(entry.document()),
        )
    except ValueError:
        words = f"{given.target!r} is not the absolute id of anything"
        raise Invalid("bad-target", words) from None
    return credential.document()


class IssueEndorsement(Command[SignedEndorsement, Answer]):
    """Endorse what has the id ``target``: our own or anyone's. The comment is public."""

    NAME = "endorsement.issue"
    UNRECORDED = frozenset({"target", "comment"})

    endorser: UUID
    kind: Endorsed
    valid_until: AwareDatetime | None = None
    target: Annotated[str, Field(min_length=1, max_length=2000)]
    comment: Reason

    def unit(self, _repository: Repository, _context: Context) -> UUID:
        return self.endorser

    def prepare(
        self, preparer: Preparer, repository: Repository, context: Context
    ) -> SignedEndorsement:
        site, endorsement = site_of(repository), preparer.new_id()
        signer = IssuerSigner(preparer.keys, site.issuer)
        status_list, index = draw_index(repository, preparer.entropy, "revocation")
        valid_from = context.at.replace(microsecond=0)
        document = endorsement_document(
            repository,
            Given(
                endorsement=endorsement,
                unit=self.endorser,
                target=self.target,
                comment=self.comment,
                valid_from=valid_from,
                valid_until=self.valid_until,
                status_list=status_list,
                status_index=index,
            ),
        )
        signed = json.dumps(add_proof(document, signer, valid_from))
        award = site.badge_id(self.target)
        kept: Sealed | str = signed
        if award is not None or not site.is_public(self.target):
            reader = (
                caller_of(context)
                if award is None
                else repository.read(Award, award, "award").person
            )
            packed = zlib.compress(signed.encode(), 9)
            kept = preparer.seal_bytes(reader, "endorsement", packed)
        return SignedEndorsement(
            endorsement=endorsement,
            award=award,
            status_list=status_list,
            status_index=index,
            key=signer.key_id,
            digest=hashlib.sha256(signed.encode()).hexdigest(),
            document=kept,
        )

    def decide(self, repository: Repository, context: Context, found: SignedEndorsement) -> Answer:
        if self.valid_until is not None and self.valid_until <= context.at:
            raise Invalid("never-in-force", "it would end before it begins")
        must_fit(found.status_list, "revocation")
        if found.award is not None:
            holder = repository.read(Award, found.award, "award").person
            must_be_sealed(_sealed(found.document), holder, "endorsement")
        elif isinstance(found.document, Sealed):
            must_be_sealed(found.document, caller_of(context), "endorsement")
        endorsement = Endorsement.begin(
            Endorsement.Issued,
            context,
            found.endorsement,
            unit=self.endorser,
            kind=self.kind,
            award=found.award,
            key=found.key,
            status_list=found.status_list,
            status_index=found.status_index,
            valid_from=context.at.replace(microsecond=0),
            valid_until=self.valid_until,
            digest=found.digest,
            document=found.document,
        )
        repository.add(endorsement)
        repository.add(
            StatusSlot.take(context, found.status_list, found.status_index, found.endorsement)
        )
        return Answer.of(endorsement)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, SignedEndorsement]:
        e = events.one(Endorsement.Issued)
        found = SignedEndorsement(
            endorsement=e.originator_id,
            award=e.award,
            status_list=e.status_list,
            status_index=e.status_index,
            key=e.key,
            digest=e.digest,
            document=e.document,
        )
        made = cls.rebuilt(endorser=e.unit, kind=e.kind, valid_until=e.valid_until)
        return made, found


class WithdrawEndorsement(Command[None, Answer]):
    """Take one of our endorsements back for good."""

    NAME = "endorsement.withdraw"

    endorsement: UUID
    reason: Annotated[Reason | Box, SealedAs("endorsement.note")]

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.get(Endorsement, self.endorsement, "endorsement").unit

    def sealed_for(self, _repository: Repository, context: Context, _found: None) -> UUID:
        return caller_of(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        endorsement = repository.get(Endorsement, self.endorsement, "endorsement")
        endorsement.withdraw(context, closed(self.reason))
        return Answer.of(endorsement)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Endorsement.Withdrawn)
        return cls.rebuilt(endorsement=e.originator_id, reason=e.reason), None


class _OnVersion(Command[Found, Told], Generic[Found, Told]):
    micro_credential: UUID
    number: int = Field(ge=1, le=10_000)

    def unit(self, repository: Repository, _context: Context) -> UUID:
        micro = repository.read(MicroCredential, self.micro_credential, "micro-credential")
        micro.published(self.number)
        return micro.owner

    def accepted(self, repository: Repository) -> AcceptedEndorsements | None:
        """The endorsements of the version, to be changed."""
        stream = AcceptedEndorsements.id_for(self.micro_credential, self.number)
        return repository.find(AcceptedEndorsements, stream)


@dataclass(frozen=True)
class VerifiedEndorsement:
    """The finding that a foreign endorsement verified: whose it is, and until when it holds."""

    endorser: str
    valid_until: datetime | None


class EndorsementAccepted(Answer):
    endorser: str


class AcceptEndorsement(_OnVersion[VerifiedEndorsement, EndorsementAccepted]):
    """Take up somebody else's endorsement of a published version, after verifying it now.

    From then on the version's badges carry it, as long as it is valid.
    """

    NAME = "endorsement.accept"
    ANSWER: ClassVar[type[Answer]] = EndorsementAccepted

    credential: Annotated[SignedText, Field(min_length=1, max_length=200_000)]

    def prepare(
        self, preparer: Preparer, repository: Repository, context: Context
    ) -> VerifiedEndorsement:
        document = _verified(preparer, context, self.credential)
        return verified_endorsement(
            document, site_of(repository).achievement(self.micro_credential, self.number)
        )

    def decide(
        self, repository: Repository, context: Context, found: VerifiedEndorsement
    ) -> EndorsementAccepted:
        accepted = self.accepted(repository)
        if accepted is None:
            accepted = AcceptedEndorsements.start(context, self.micro_credential, self.number)
            repository.add(accepted)
        accepted.accept(context, found.endorser, self.credential, found.valid_until)
        return EndorsementAccepted.of(accepted, endorser=found.endorser)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, VerifiedEndorsement]:
        e = events.one(AcceptedEndorsements.Accepted)
        made = cls.rebuilt(
            micro_credential=e.micro_credential, number=e.number, credential=e.credential
        )
        return made, VerifiedEndorsement(e.endorser, e.valid_until)


class DropEndorsement(_OnVersion[None, Answer]):
    """Put an accepted endorsement into no further badge."""

    NAME = "endorsement.drop"

    endorser: Annotated[str, Field(min_length=1, max_length=2000)]

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        accepted = self.accepted(repository)
        if accepted is None:
            raise RuleBroken("not-endorsed", "there is no endorsement by this endorser")
        accepted.drop(context, self.endorser)
        return Answer.of(accepted)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(AcceptedEndorsements.Dropped)
        made = cls.rebuilt(
            micro_credential=e.micro_credential, number=e.number, endorser=e.endorser
        )
        return made, None


def verified_endorsement(document: Document, achievement: str) -> VerifiedEndorsement:
    """Whose a verified endorsement of ``achievement`` is. Raises Invalid for one of something
    else."""
    subjects = [s.get("id") for s in as_list(document["credentialSubject"]) if isinstance(s, dict)]
    if "EndorsementCredential" not in as_list(document["type"]) or achievement not in subjects:
        raise Invalid("not-this-endorsement", f"it does not endorse {achievement}")
    issuer, ends = document["issuer"], document.get("validUntil")
    return VerifiedEndorsement(
        endorser=issuer["id"] if isinstance(issuer, dict) else issuer,
        valid_until=None if ends is None else parse_time(ends),
    )


def endorser_name(repository: Repository, unit: UUID) -> str:
    """What an endorsing unit is called: the network, or a unit of it."""
    network = repository.read(Organization, NETWORK_ID, "organization").name
    if unit == NETWORK_ID:
        return network
    return f"{network}: {repository.read(Organization, unit, 'organization').name}"


def endorsement_bytes(vault: Vault, document: Sealed | str) -> bytes | None:
    """The endorsement that an event holds, as it was signed; None when its person was erased."""
    if isinstance(document, str):
        return document.encode()
    packed = vault.open(document)
    return None if packed is None else unpacked(packed)


def _sealed(document: Sealed | str) -> Sealed:
    if isinstance(document, str):
        raise Breach("what endorses an award is sealed for its holder")
    return document


def _verified(preparer: Preparer, context: Context, credential: str) -> Document:
    report = preparer.verifier(context.at).verify(credential)
    if not report.verified:
        found = "; ".join(check.detail for check in report.checks if check.status != "passed")
        raise Invalid("endorsement-not-verified", f"it does not verify: {found}")
    try:
        return present(credential, NoDocuments()).document
    except BadgesError as error:  # an image, which verifies but cannot travel in a badge
        raise Invalid("endorsement-not-verified", str(error)) from None
