"""A good badge in every form, an issuer who can be found, and what may be said of others."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.artefacts import Form, Proof
from badges.canonical import canonical_nquads
from badges.errors import BadgesError
from badges.loader import NoDocuments
from badges.verification import IssuerPolicy, Verifier
from badges.verification.presented import present
from ledger.awards import RevokeAward
from tests.badges.issuers import Shelf
from tests.world import World

FORMS: list[tuple[Form, Proof]] = [
    ("json", "eddsa-rdfc-2022"),
    ("json", "eddsa-jcs-2022"),
    ("json", "ecdsa-rdfc-2019"),
    ("jwt", "ES256"),
    ("png", "eddsa-rdfc-2022"),
    ("png", "ES256"),
    ("svg", "eddsa-rdfc-2022"),
    ("svg", "ES256"),
]


class Specimens:
    """Good badges, a verifier that finds their issuer, and the question whether one was altered."""

    def __init__(self) -> None:
        world = World.build(
            Path(tempfile.mkdtemp(prefix="testamur-fuzz-")), base_url="https://i.example.org"
        )
        award = world.award()
        made = [world.app.publishing.artefact(award, form, proof) for form, proof in FORMS]
        self.good = [data for data in made if data is not None]
        world.app.views.catch_up()
        now = datetime.now(UTC) + timedelta(days=1)
        policy = IssuerPolicy({world.app.site.issuer: "I"})
        self.verifier = Verifier(self._shelf(world), now, policy)
        world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
        world.app.views.catch_up()
        self._after_revocation = Verifier(self._shelf(world), now, policy)
        self._says = {self._said(data) for data in self.good}
        assert len(self._says) == 1, "one award, one meaning"
        for data in self.good:
            assert self.verifier.verify(data).verified

    def judge(self, data: bytes) -> None:
        """Raises AssertionError when bytes are called verified that say something else, and
        whatever error the verifier lets out."""
        report = self.verifier.verify(data)
        json.dumps(report.document())
        if report.verified:
            assert self._said(data) in self._says, "an altered document was called verified"
            later = self._after_revocation.verify(data)
            assert not later.verified, "the revocation was hidden"

    @staticmethod
    def _shelf(world: World) -> Shelf:
        base, shelf = world.app.site.base_url, Shelf()
        shelf.documents[f"{base}/.well-known/did.json"] = world.app.publishing.did_document()
        shelf.documents[f"{base}/status/revocation-1"] = world.app.publishing.status_list(
            "revocation-1"
        )
        return shelf

    @staticmethod
    def _said(data: bytes) -> str:
        """The meaning of a badge, whatever its form: its statements without the proof."""
        try:
            document = present(data, NoDocuments()).document
        except BadgesError as error:
            raise AssertionError("verified, and cannot be read") from error
        return canonical_nquads({k: v for k, v in document.items() if k != "proof"})
