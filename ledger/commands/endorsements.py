"""Commands on endorsements: give and withdraw our own, accept and drop other people's."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.achievements import MicroCredential
from ledger.commands.desk import Desk, Outcome, command
from ledger.commands.submissions import required_words
from ledger.endorsements import AcceptedEndorsements, Endorsed, Endorsement
from ledger.issuing import IssuerSigner
from ledger.organizations import NETWORK_ID
from ledger.record import Act

from badges.document import Document, as_list, parse_time
from badges.errors import BadgesError
from badges.loader import NoDocuments
from badges.model import CredentialStatus, EndorsementCredential, EndorsementSubject, Profile
from badges.proofs.data_integrity import add_proof
from badges.status_list import StatusEntry
from badges.verification.presented import present
from keys.vault import Sealed, Vault
from ledger.awards import Award, draw_slot
from ledger.errors import Invalid, RuleBroken
from ledger.text import SignedText, Words


@dataclass(frozen=True)
class Endorsements:
    desk: Desk

    @command("endorsement.issue")
    def issue(
        self,
        act: Act,
        unit: UUID,
        target: str,
        kind: Endorsed,
        comment: Words,
        valid_until: datetime | None = None,
    ) -> Outcome:
        """Endorse what has the id ``target``: our own or anyone's. The comment is public."""
        self.desk.authorize(act, "endorsement.issue", unit)
        endorsement_id = act.new_id()
        slot = draw_slot(self.desk.store, act, "revocation", endorsement_id)
        site, store = self.desk.site, self.desk.store
        signer = IssuerSigner(self.desk.keys, site.issuer)
        entry = StatusEntry(site.status_list(slot.status_list), slot.index, "revocation")
        network, endorser = self.desk.organization(NETWORK_ID), self.desk.organization(unit)
        valid_from = act.at.replace(microsecond=0)
        if valid_until is not None and valid_until <= valid_from:
            raise Invalid("never-in-force", "it would end before it begins")
        name = network.name if unit == NETWORK_ID else f"{network.name}: {endorser.name}"
        try:
            credential = EndorsementCredential(
                id=site.endorsement(endorsement_id),
                name=f"Endorsement by {name}",
                issuer=Profile(id=site.issuer, name=name, url=site.base_url),
                valid_from=valid_from,
                valid_until=valid_until,
                credential_subject=EndorsementSubject(
                    id=target, endorsement_comment=required_words(comment)
                ),
                credential_status=CredentialStatus.model_validate(entry.document()),
            )
        except ValueError:
            raise Invalid("bad-target", f"{target!r} is not the absolute id of anything") from None
        signed = json.dumps(add_proof(credential.document(), signer, valid_from))
        own = site.badge_id(target)
        document: Sealed | str = signed
        if own is not None:
            holder = store.load(Award, own, "award").person
            packed = zlib.compress(signed.encode(), 9)
            document = self.desk.vault.seal(holder, "endorsement", packed)
        endorsement = Endorsement.begin(
            Endorsement.Issued,
            act,
            endorsement_id,
            unit=unit,
            target=target,
            kind=kind,
            key=signer.key_id,
            status_list=slot.status_list,
            status_index=slot.index,
            valid_from=valid_from,
            valid_until=valid_until,
            digest=hashlib.sha256(signed.encode()).hexdigest(),
            document=document,
        )
        answer = {"id": str(endorsement_id), "endorsement": site.endorsement(endorsement_id)}
        return Outcome((endorsement, slot), {**answer, "version": endorsement.version})

    @command("endorsement.withdraw")
    def withdraw(self, act: Act, endorsement_id: UUID, reason: Words) -> Outcome:
        """Take one of our endorsements back for good."""
        endorsement = self.desk.store.load(Endorsement, endorsement_id, "endorsement")
        self.desk.authorize(act, "endorsement.issue", endorsement.unit)
        assert act.caller.person is not None  # authorize lets only persons through
        words = required_words(reason)
        note = self.desk.seal_text(act.caller.person, "endorsement.note", words)
        endorsement.withdraw(act, note)
        return Outcome.of(endorsement)

    @command("endorsement.accept")
    def accept(
        self, act: Act, micro_credential: UUID, number: int, credential: SignedText
    ) -> Outcome:
        """Take up somebody else's endorsement of a published version, after verifying it now.

        From then on the version's badges carry it, as long as it is valid.
        """
        accepted = self._accepted(act, micro_credential, number)
        document = self._verified(act, credential)
        achievement = self.desk.site.achievement(micro_credential, number)
        subjects = [s.get("id") for s in as_list(document["credentialSubject"])]
        if "EndorsementCredential" not in as_list(document["type"]) or achievement not in subjects:
            raise Invalid("not-this-endorsement", f"it does not endorse {achievement}")
        issuer = document["issuer"]
        endorser = issuer["id"] if isinstance(issuer, dict) else issuer
        ends = document.get("validUntil")
        until = parse_time(ends) if ends is not None else None
        if accepted is None:
            stream = AcceptedEndorsements.id_for(micro_credential, number)
            accepted = AcceptedEndorsements.begin(
                AcceptedEndorsements.Accepted,
                act,
                stream,
                endorser=endorser,
                credential=credential,
                valid_until=until,
            )
        else:
            accepted.add(act, endorser, credential, until)
        return Outcome.of(accepted, endorser=endorser)

    @command("endorsement.drop")
    def drop(self, act: Act, micro_credential: UUID, number: int, endorser: str) -> Outcome:
        """Put an accepted endorsement into no further badge."""
        accepted = self._accepted(act, micro_credential, number)
        if accepted is None:
            raise RuleBroken("not-endorsed", "there is no endorsement by this endorser")
        accepted.drop(act, endorser)
        return Outcome.of(accepted)

    def _accepted(
        self, act: Act, micro_credential: UUID, number: int
    ) -> AcceptedEndorsements | None:
        micro = self.desk.store.load(MicroCredential, micro_credential, "micro-credential")
        self.desk.authorize(act, "endorsement.accept", micro.owner)
        micro.published(number)
        stream = AcceptedEndorsements.id_for(micro_credential, number)
        return self.desk.store.find(AcceptedEndorsements, stream)

    def _verified(self, act: Act, credential: str) -> Document:
        report = self.desk.verifier(act.at).verify(credential)
        if not report.verified:
            found = "; ".join(check.detail for check in report.checks if check.status != "passed")
            raise Invalid("endorsement-not-verified", f"it does not verify: {found}")
        try:
            return present(credential, NoDocuments()).document
        except BadgesError as error:  # an image, which verifies but cannot travel in a badge
            raise Invalid("endorsement-not-verified", str(error)) from None


def endorsement_bytes(vault: Vault, document: Sealed | str) -> bytes | None:
    """The endorsement that an event holds, as it was signed; None when its person was erased."""
    if isinstance(document, str):
        return document.encode()
    packed = vault.open(document)
    return None if packed is None else zlib.decompress(packed)
