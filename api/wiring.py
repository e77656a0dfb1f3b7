"""The composition root: wires the rooms together from the settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self
from uuid import UUID

from api.artefacts import Form, Picture, Proof, proven
from api.canonicalizers import Canonicalizers
from api.deadline import Deadline
from api.fetch import GuardedFetcher
from api.founding import founding, look_for_deployment, open_keys, receive, recognise
from api.registry import read_witnesses
from api.settings import Settings
from api.verifying import SECONDS, Bounds, verifier_of
from api.witness import Witness
from badges.document import Document, parse_document
from badges.loader import DocumentLoader
from badges.proofs.data_integrity import add_proof
from badges.proofs.vc_jwt import credential_as_jwt
from badges.status_list import Bitstring, status_list_credential
from badges.verification import Verifier
from keys.did import did_web_document
from keys.keystore import KeyStore
from keys.lifecycle import Kind
from keys.vault import Vault
from ledger.achievements import MicroCredential
from ledger.awards import Award
from ledger.badge_form import reached_level
from ledger.commands import Commands, Desk
from ledger.commands.awards import badge_bytes
from ledger.commands.endorsements import endorsement_bytes
from ledger.deployment import Deployment
from ledger.endorsements import Endorsement
from ledger.errors import NotFound
from ledger.evidence import FileFolder, FileStore
from ledger.issuing import IssuerSigner
from ledger.organizations import NETWORK_ID
from ledger.site import Site
from ledger.store import EventStore
from ledger.transparency import Receipt, VerifierKey, log_origin
from projections import ALL, Views, awards, status_lists
from projections.organizations import name_of
from projections.transparency import LogKey, TransparencyLog

STATUS_TTL = 300
"""Seconds for which a status list may be kept."""

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass
class Testamur:
    """One deployment, opened: its commands, its read models and what it publishes."""

    settings: Settings
    site: Site
    keys: KeyStore
    vault: Vault
    store: EventStore
    evidence: FileStore
    images: FileStore
    views: Views
    log: TransparencyLog
    commands: Commands
    clock: Clock
    bounds: Bounds
    _lists: dict[str, tuple[object, Document]] = field(default_factory=dict)
    """Status lists as they were signed last: they are asked for more often than they change."""

    @classmethod
    def open(cls, settings: Settings, clock: Clock = system_clock) -> Self:
        """Open the ledger in the home folder.

        Raises SettingsError when there is none, or when what lies there is not all that its
        founding event names.
        """
        keys = open_keys(settings)
        return cls.around(settings, keys, clock, recognise(settings, keys))

    @classmethod
    def create(cls, settings: Settings, clock: Clock = system_clock) -> Self:
        """Found a ledger in an empty home folder. Raises SettingsError for any other place."""
        with founding(settings, clock) as (keys, deployment):
            return cls.around(settings, keys, clock, deployment)

    @classmethod
    def receiving(cls, settings: Settings, folder: Path, clock: Clock = system_clock) -> Self:
        """Open the home folder of a ledger whose events are still in an archive, in ``folder``.

        Raises SettingsError when key file, vault and address are not those of that ledger, or the
        database is not empty; LogError for an archive that cannot be read.
        """
        keys, deployment = receive(settings, folder)
        return cls.around(settings, keys, clock, deployment)

    @classmethod
    def inspected(cls, settings: Settings, clock: Clock = system_clock) -> Self:
        """Open what is in the home folder for an audit, which tells itself what is wrong there.

        Raises SettingsError only for what leaves nothing to look at.
        """
        keys = open_keys(settings)
        return cls.around(settings, keys, clock, look_for_deployment(settings))

    @classmethod
    def around(
        cls, settings: Settings, keys: KeyStore, clock: Clock, deployment: Deployment | None = None
    ) -> Self:
        """The parts of a ledger put together, with a key store that is open already.

        Nothing is compared. Without ``deployment``, the address is the one that is set and the
        log's name follows from it: so an audit opens what may have been tampered with.
        """
        site = deployment.site if deployment else Site(settings.base_url)
        vault = Vault(settings.vault_url, keys.vault_secret)
        store = EventStore(settings.events_url)
        evidence, images = (FileFolder(settings.home / name) for name in ("evidence", "images"))
        bounds = Bounds(GuardedFetcher(settings.is_development), Canonicalizers())
        verifier = bounds.of_strangers
        desk = Desk(store, vault, keys, evidence, images, site, clock, os.urandom, verifier)
        views = Views(settings.views_url, store, ALL)
        origin = (
            VerifierKey.parse(deployment.log)
            if deployment
            else VerifierKey(log_origin(settings.base_url), keys.note_key("log"))
        )
        log_key = LogKey(origin, partial(keys.sign_note, "log"))
        log = TransparencyLog(settings.log_url, store, log_key, clock)
        return cls(
            settings,
            site,
            keys,
            vault,
            store,
            evidence,
            images,
            views,
            log,
            Commands(desk),
            clock,
            bounds,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()
        self.views.close()
        self.log.close()
        self.vault.engine.dispose()
        self.bounds.close()

    def badge(self, award_id: UUID) -> bytes | None:
        """The signed badge as issued; None when its person was erased. Raises NotFound."""
        return badge_bytes(self.vault, self.store.load(Award, award_id, "award"))

    def artefact(self, award_id: UUID, form: Form, proof: Proof) -> bytes | None:
        """The badge in another form; None when its person was erased.

        Raises NotFound, or KeyNotFound when there is no key for such a proof.
        """
        data = self.badge(award_id)
        if data is None:
            return None
        credential = proven(data, proof, self.signer_of(data), self.clock())
        if form == "json" or form == "jwt":
            return credential
        award = self.store.look(Award, award_id, "award")
        picture = self.picture(
            award.micro_credential, award.number, reached_level(parse_document(data))
        )
        return picture.baked(form, credential)

    def picture(self, micro_id: UUID, number: int, level: str | None = None) -> Picture:
        """The picture of a published version. Raises NotFound, RuleBroken."""
        micro = self.store.look(MicroCredential, micro_id, "micro-credential")
        definition = micro.published(number)
        chosen = self.images.get(definition.image) if definition.image else None
        return Picture(definition, self.issuer_name(), level or definition.asked_level, chosen)

    def endorsement(self, endorsement_id: UUID) -> bytes | None:
        """An endorsement that we gave, as it was signed; None when its person was erased.

        Raises NotFound.
        """
        endorsement = self.store.load(Endorsement, endorsement_id, "endorsement")
        return endorsement_bytes(self.vault, endorsement.document)

    def receipt(self, award_id: UUID) -> Receipt:
        """That the award's event is in the log; signs a checkpoint first if none covers it.

        Raises NotFound; BehindTheLog and ClockBehind when it cannot be told now.
        """
        self.views.catch_up()
        self.views.must_follow("awards")
        with self.views.reading() as connection:
            row = awards.by_id(connection, str(award_id))
        if row is None:
            raise NotFound("award")
        receipt = self.log.receipt(row.position)
        if receipt is None:
            receipt = self.log.receipt(row.position, self.log.checkpoint())
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

        Read models catch up first: whoever holds a badge must find its list, and a revocation
        in it, as soon as the command is acknowledged. Raises BehindTheLog rather than sign a list
        that may miss one.
        """
        self.views.catch_up()
        self.views.must_follow("status-lists")
        with self.views.reading() as connection:
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

    def witnesses(self) -> list[VerifierKey]:
        """The witnesses whose cosignatures this log publishes. Raises LogError."""
        return read_witnesses(self.settings.witnesses_file)

    def witness(self) -> Witness:
        """This deployment as a witness of other ledgers' logs."""
        name = self.log.verifier.name.removesuffix("/log") + "/witness"
        key = VerifierKey(name, self.keys.note_key("witness"), 4)
        sign = partial(self.keys.sign_note, "witness")
        return Witness(key, sign, self.settings.home / "witnessed.json", self.clock)

    def issuer_name(self) -> str:
        """The network's name, or the address while there is none."""
        with self.views.reading() as connection:
            return name_of(connection, str(NETWORK_ID)) or self.site.base_url

    def verifier(
        self, loader: DocumentLoader | None = None, deadline: Deadline | None = None
    ) -> Verifier:
        """A verifier that recognises this deployment's own issuer, for one verification that
        ends at ``deadline``, or else in 15 seconds."""
        return verifier_of(self, loader, deadline or Deadline.after(SECONDS))
