"""What a deployment publishes: badges in every form, endorsements, receipts, status lists, its DID
document. Everything here is signed and stands on its own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from api.artefacts import Form, Picture, Proof, proven
from api.certifying import Speech, certified
from badges.document import Document, parse_document
from badges.image import Colours
from badges.proofs.data_integrity import add_proof
from badges.proofs.vc_jwt import credential_as_jwt
from badges.status_list import Bitstring, status_list_credential
from badges.verification import VerificationReport
from keys.did import did_web_document
from keys.keystore import KeyStore
from keys.lifecycle import Kind
from keys.vault import Vault
from ledger.awards import (
    Award,
    Endorsement,
    IssuerSigner,
    badge_bytes,
    endorsement_bytes,
    reached_level,
)
from ledger.catalogue import Definition, MicroCredential
from ledger.errors import NotFound
from ledger.files import FileStore
from ledger.people import NETWORK_ID, Organization
from ledger.site import Site
from ledger.store import EventStore
from ledger.transparency import Receipt
from projections import Views, unseal
from projections.awards import status_lists
from projections.people import persons
from projections.transparency import TransparencyLog

T = TypeVar("T")

STATUS_TTL = 300
"""Seconds for which a status list may be kept."""


@dataclass
class Publishing:
    """The publisher of one deployment."""

    site: Site
    keys: KeyStore
    vault: Vault
    store: EventStore
    images: FileStore
    views: Views
    log: TransparencyLog
    clock: Callable[[], datetime]
    colours: Colours | None = None
    """The issuer's, for seals that we draw."""

    _lists: dict[str, tuple[object, Document]] = field(default_factory=dict)
    """Status lists as they were signed last: they are asked for more often than they change."""

    _drawn: Drawn[Picture] = field(default_factory=lambda: Drawn())
    """Pictures as they were drawn last: a version, once published, has the same for ever."""

    _cards: Drawn[bytes] = field(default_factory=lambda: Drawn())
    """Pictures beside links, likewise."""

    verdicts: Verdicts = field(default_factory=lambda: Verdicts())
    """What was found of our own badges last."""

    def badge(self, award_id: UUID) -> bytes | None:
        """The signed badge as issued; None when its person was erased. Raises NotFound."""
        return badge_bytes(self.vault, self.store.read(Award, award_id, "award").document)

    def artefact(
        self,
        award_id: UUID,
        form: Form,
        proof: Proof,
        named: str | None = None,
        speech: Speech = Speech(),  # noqa: B008 (it cannot be changed)
    ) -> bytes | None:
        """The badge in another form; None when its person was erased. ``named`` is how a PDF calls
        its holder, where they themselves ask for it; else by their name if they show it. ``speech``
        is how it speaks.

        Raises NotFound, or KeyNotFound when there is no key for such a proof.
        """
        data = self.badge(award_id)
        if data is None:
            return None
        credential = proven(data, proof, self.signer_of(data), self.clock())
        if form == "json" or form == "jwt":
            return credential
        award = self.store.read(Award, award_id, "award")
        picture = self.picture(
            award.micro_credential, award.number, reached_level(parse_document(data))
        )
        if form == "pdf":
            holder = self.shown_name(award.person) if named is None else named
            return certified(data, credential, picture.svg, holder, self.clock(), speech)
        return picture.baked(form, credential)

    def shown_name(self, person: UUID) -> str | None:
        """The name of a person who shows it to everybody; None for any other."""
        with self.views.reading("persons") as connection:
            row = persons.by_id(connection, str(person))
        return unseal(self.vault, row.name) if row is not None and row.is_public else None

    def picture(self, micro_id: UUID, number: int, level: str | None = None) -> Picture:
        """The picture of a published version. Raises NotFound, RuleBroken."""
        micro = self.store.read(MicroCredential, micro_id, "micro-credential")
        definition = micro.published(number)
        shown = (micro_id, number, level or definition.asked_level, self.issuer_name())
        return self._drawn.get(shown, lambda: self._draw(definition, *shown[2:]))

    def _draw(self, definition: Definition, level: str, issuer: str) -> Picture:
        chosen = self.images.get(definition.image) if definition.image else None
        return Picture(definition, issuer, level, chosen, self.colours)

    def card(self, shown: object, draw: Callable[[], bytes]) -> bytes:
        """The picture beside a link on which that is seen, drawn if it is not at hand."""
        return self._cards.get(shown, draw)

    def endorsement(self, endorsement_id: UUID) -> bytes | None:
        """An endorsement that we gave, as it was signed; None when its person was erased.

        Raises NotFound.
        """
        endorsement = self.store.read(Endorsement, endorsement_id, "endorsement")
        return endorsement_bytes(self.vault, endorsement.document)

    def receipt(self, award_id: UUID) -> Receipt:
        """That the badge was issued: its digest's event is in the log. Signs a checkpoint first if
        none covers it. Raises NotFound."""
        proof = self.store.read(Award, award_id, "award").proof
        number = self.store.number_of(proof, 1)
        receipt = None
        if number is not None:
            receipt = self.log.receipt(number)
            receipt = receipt or self.log.receipt(number, self.log.checkpoint())
        if receipt is None:
            raise NotFound("event in the log")
        return receipt

    def signer(self, kind: Kind = "Ed25519", site: Site | None = None) -> IssuerSigner:
        """Signs as the issuer, under a former address if that is given. Raises KeyNotFound."""
        return IssuerSigner(self.keys, (site or self.site).issuer, kind)

    def signer_of(self, data: bytes) -> Callable[[Kind], IssuerSigner]:
        """Signs under the address at which a credential of ours was issued."""
        return partial(self.signer, site=self.site.naming(str(parse_document(data).get("id"))))

    def did_document(self, site: Site | None = None) -> Document:
        """The issuer's controller document, with every key; of a former address likewise, whose
        status lists the present keys sign too."""
        return did_web_document((site or self.site).issuer, self.keys.issuer_keys())

    def status_list_jwt(self, name: str, site: Site | None = None) -> str | None:
        """The same list as a VC-JWT, for verifiers that read nothing else. Raises KeyNotFound."""
        document = self.status_list(name, site)
        if document is None:
            return None
        return credential_as_jwt(document, self.signer("P-256", site))

    def status_list(self, name: str, site: Site | None = None) -> Document | None:
        """A signed status list, the same bytes until a bit or the key changes; a former address
        has it under its own name, by the issuer of the badges that name it.

        Whoever holds a badge finds its list, and a revocation in it, as soon as the command is
        acknowledged. Raises BehindTheLedger rather than sign a list
        that may miss one.
        """
        with self.views.reading("status-lists") as connection:
            row = status_lists.by_name(connection, name)
        if row is None:
            return None
        site = site or self.site
        signer = self.signer(site=site)
        state = (row.changed, row.bits, signer.key_id)
        address = site.status_list(name)
        known = self._lists.get(address)
        if known is not None and known[0] == state:
            return known[1]
        changed = datetime.fromisoformat(row.changed).replace(microsecond=0)
        since = max(changed, self.keys.active().created.replace(microsecond=0))
        unsigned = status_list_credential(
            address,
            site.issuer,
            row.purpose,
            Bitstring(row.bits),
            since,
            STATUS_TTL,
        )
        signed = add_proof(unsigned, signer, since)
        self._lists[address] = (state, signed)
        return signed

    def issuer_name(self) -> str:
        """The network's name, or the address while there is none."""
        try:
            return self.store.read(Organization, NETWORK_ID, "network").name
        except NotFound:
            return self.site.base_url


class Drawn(Generic[T]):
    """Pictures by all that is seen on them, for the last ones asked for."""

    def __init__(self, kept: int = 100) -> None:
        self._kept = kept
        self._found: OrderedDict[object, T] = OrderedDict()
        self._lock = Lock()

    def get(self, shown: object, draw: Callable[[], T]) -> T:
        """The picture, drawn if it is not here."""
        with self._lock:
            known = self._found.get(shown)
            if known is not None:
                self._found.move_to_end(shown)
                return known
        picture = draw()
        with self._lock:
            self._found[shown] = picture
            if len(self._found) > self._kept:
                self._found.popitem(last=False)
        return picture


class Dated(NamedTuple):
    """A report, and when it was made."""

    made: datetime
    report: VerificationReport


class Verdicts:
    """Reports on badges of ours, each with what it rests on, for the last badges looked at.

    What is ours is compared at each view. What is not (others' endorsements inside, their keys and
    status lists) is asked again when the report is ``STATUS_TTL`` old: for so long anybody may keep
    a status list.
    """

    def __init__(self, kept: int = 5_000) -> None:
        self._kept = kept
        self._found: OrderedDict[UUID, tuple[object, Dated]] = OrderedDict()
        self._lock = Lock()

    def get(
        self, award: UUID, rests_on: object, now: datetime, make: Callable[[], VerificationReport]
    ) -> Dated:
        """The report, made anew where what it rests on is not as it was, or it is too old. One that
        left something open, at any depth, is made anew every time."""
        with self._lock:
            known = self._found.get(award)
        if known is not None:
            age = now - known[1].made
            if known[0] == rests_on and timedelta(0) <= age < timedelta(seconds=STATUS_TTL):
                return known[1]
        found = Dated(now, make())
        with self._lock:
            self._found.pop(award, None)
            if not _leaves_open(found.report):
                self._found[award] = (rests_on, found)
                if len(self._found) > self._kept:
                    self._found.popitem(last=False)
        return found


def _leaves_open(report: VerificationReport) -> bool:
    inside = (found for _, found in report.inside)
    return report.answer == "undetermined" or any(map(_leaves_open, inside))
