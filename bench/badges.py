"""Signing and verifying: ours, the bare signature, and @digitalbazaar/vc on the same documents."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges.document import Document
from badges.loader import NoDocuments
from badges.proofs.data_integrity import add_proof
from badges.verification import Verifier
from bench.timing import SECONDS, rate, show
from keys import did_key
from keys.multikey import encode_public_key
from ledger.awards import awarding
from ledger.awards.badge_form import BadgeForm
from ledger.awards.issuing import Earned, sign_badge
from tests.world import TickingClock, World

ROOT = Path(__file__).resolve().parent.parent
VECTORS = Path(os.environ.get("TESTAMUR_VECTORS", ROOT.parent / "shared" / "vectors"))
_DCC = "dcc-vc-test-fixtures/verifiableCredentials/v2/dataIntegrityProof/didKey"
_SPEC = "ob3-spec/examples"
FOREIGN = {
    "a foreign badge": f"{_DCC}/legacyRegistry-noStatus-noExpiry-OBSpecExample.json",
    "the specification's example": f"{_SPEC}/08-sample-openbadgecredential.json",
    "its complete example": f"{_SPEC}/09-complete-openbadgecredential.json",
}


class Signer:
    """A key in memory, known by its did:key."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.did = did_key(self.private.public_key())
        self.verification_method = f"{self.did}#{encode_public_key(self.private.public_key())}"

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


def badges(world: World, folder: Path) -> None:
    """One badge of ours, then other people's."""
    form, earned, data = _an_award(world)
    signer = Signer()
    now = TickingClock().now
    raw_sign = rate(lambda: signer.sign(bytes(64)))
    signature, public = signer.sign(bytes(64)), signer.private.public_key()
    raw_verify = rate(lambda: public.verify(signature, bytes(64)))
    document = {k: v for k, v in json.loads(data).items() if k not in _OF_PLACE}
    document["issuer"] = {**document["issuer"], "id": signer.did}
    template = rate(lambda: sign_badge(form, earned, signer))  # type: ignore[arg-type]
    short = rate(lambda: add_proof(document, signer, now))
    peer = _peer(folder, document)
    print(f"\nOne badge of {len(data):,} bytes, eddsa-rdfc-2022, one core")
    show("raw Ed25519 signature", raw_sign)
    show("sign from its template, JSON and all", template, raw_sign, "raw")
    show("", template, peer.get("sign"), "@digitalbazaar/vc")
    show("sign a document (the short way)", short, raw_sign, "raw")
    show("raw Ed25519 verification", raw_verify)
    _verify("verify ours, every check", document, signer, raw_verify, peer)
    world.app.views.catch_up()
    verifier = world.app.verifying.verifier()
    full = rate(lambda: verifier.verify(data))
    show("verify ours with its DID document and list", full, raw_verify, "raw")
    for name, path in FOREIGN.items():
        if (VECTORS / path).is_file():
            foreign = json.loads((VECTORS / path).read_text())
            foreign = {k: v for k, v in foreign.items() if k not in _OF_PLACE}
            foreign["issuer"] = {**foreign["issuer"], "id": signer.did}
            _verify(name, foreign, signer, raw_verify, _peer(folder, foreign))


_OF_PLACE = {"proof", "credentialStatus", "refreshService", "termsOfUse"}
"""What would have to be fetched: the peer is measured without, and so are we."""


def _verify(
    name: str, document: Document, signer: Signer, raw: float, peer: dict[str, float]
) -> None:
    now = TickingClock().now
    text = json.dumps(add_proof(document, signer, now))
    verifier = Verifier(NoDocuments(), TickingClock().now.replace(year=2027))
    report = verifier.verify(text)
    checked = {check.id: check.status for check in report.checks}
    assert checked["proof.signature"] == "passed", report
    ours = rate(lambda: verifier.verify(text))
    show(f"{name} ({len(text):,} bytes)", ours, raw, "raw")
    show("", ours, peer.get("verify"), "@digitalbazaar/vc")


def memory(world: World, number: int = 100_000) -> None:
    """Sign and verify badges that all differ, and watch the process grow."""
    form, earned, _ = _an_award(world)
    signer = Signer()
    verifier = Verifier(NoDocuments(), TickingClock().now.replace(year=2027))
    grown = []
    for count in range(1, number + 1):
        badge = sign_badge(form, replace(earned, award=UUID(int=count)), signer)  # type: ignore[arg-type]
        verifier.verify(badge)
        if count in (number // 10, number):
            grown.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(f"\nMemory over {number:,} badges signed and verified")
    print(f"  most in use after a tenth {grown[0]:,.0f} MiB, after all {grown[1]:,.0f} MiB")


def _an_award(world: World) -> tuple[BadgeForm, Earned, bytes]:
    """The form and the words of an award made by a command, and its badge."""
    caught: list[Any] = []

    def catch(form: BadgeForm, earned: Earned, signer: Any) -> bytes:
        caught.append((form, earned))
        return sign_badge(form, earned, signer)

    awarding.sign_badge = catch  # type: ignore[attr-defined]
    try:
        award = world.award(world.person("educator", world.campus))
    finally:
        awarding.sign_badge = sign_badge  # type: ignore[attr-defined]
    data = world.app.publishing.badge(award)
    assert data is not None
    return *caught[0], data


def _peer(folder: Path, document: Document) -> dict[str, float]:
    """How often a second the peer signs and verifies the document; nothing without it."""
    node = shutil.which("node")
    installed = (ROOT / "tests/interop/node_modules/@digitalbazaar/vc").is_dir()
    if node is None or not installed or not VECTORS.is_dir():
        print("\nThe peer is not measured: it needs node, the vectors and a run of `make test`.")
        return {}
    file = folder / "badge.json"
    file.write_text(json.dumps(document))
    script = ROOT / "tests/interop/speed.mjs"
    command = [node, str(script), str(VECTORS / "contexts"), str(file), str(SECONDS)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(answer.stdout)
    return found
