"""@digitalbazaar/vc accepts what we issue, sees a revocation, and refuses a changed character."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.artefacts import Proof
from badges.contexts import known_contexts
from badges.loader import NoDocuments
from badges.verification import Verifier
from ledger.awards import IssueEndorsement, RenewAward, RevokeAward
from ledger.people import NETWORK_ID
from tests.conformance.contexts import same_terms
from tests.conftest import Vectors
from tests.interop.conftest import ask
from tests.world import World, definition

pytestmark = pytest.mark.xdist_group("interop")


def test_a_badge_is_accepted_then_seen_revoked_and_refused_when_altered(
    judges: Path, node: str, vectors: Vectors, served: tuple[World, int], copy_to: Any
) -> None:
    world, _port = served
    award = world.award()
    other = world.award(
        micro=world.publish(
            definition(name="Niño “ßpecial”", criteria="One \u2028 other line", valid_months=199)
        )
    )
    data, special = world.app.publishing.badge(award), world.app.publishing.badge(other)
    assert data is not None
    assert special is not None
    contexts = str(vectors.folder / "contexts")
    good, odd = copy_to("good.json", data), copy_to("odd.json", special)
    altered = copy_to("altered.json", data.replace(b"Checking for U", b"Checking for V", 1))
    found = ask(node, "verify.mjs", contexts, good, odd, altered)
    assert found[good] == {
        "verified": True,
        "proof": True,
        "status": True,
        "revoked": False,
        "errors": [],
    }
    assert found[odd]["verified"] is True, found[odd]
    assert found[altered]["verified"] is False
    assert found[altered]["proof"] is False, found[altered]

    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    found = ask(node, "verify.mjs", contexts, good, odd)
    assert (found[good]["proof"], found[good]["revoked"]) == (True, True), found[good]
    assert (found[odd]["proof"], found[odd]["revoked"]) == (True, False), found[odd]


@pytest.mark.parametrize("proof", ["eddsa-jcs-2022", "ecdsa-rdfc-2019"])
def test_other_proofs_are_accepted_and_their_tampered_twins_refused(
    judges: Path,
    node: str,
    vectors: Vectors,
    served: tuple[World, int],
    copy_to: Any,
    proof: Proof,
) -> None:
    world, _port = served
    data = world.app.publishing.artefact(world.award(), "json", proof)
    assert data is not None
    good, twin = copy_to("good.json", data), copy_to("twin.json", data.replace(b"Check", b"Chuck"))
    found = ask(node, "verify.mjs", str(vectors.folder / "contexts"), good, twin)
    assert found[good]["verified"] is True, found[good]
    assert found[twin]["proof"] is False


def test_renewed_badges_and_endorsements_are_accepted(
    judges: Path, node: str, vectors: Vectors, served: tuple[World, int], copy_to: Any
) -> None:
    world, _port = served
    award = world.award(micro=world.publish(definition(name="Ends", valid_months=240)))
    world.do(world.manager, RenewAward(award=award, note="Still practised."))
    word = IssueEndorsement(
        endorser=NETWORK_ID,
        target=world.app.site.badge(award),
        kind="award",
        comment="Well done.",
    )
    given = world.do(world.administrator, word)
    renewed = copy_to("renewed.json", world.app.publishing.badge(award))
    endorsement = copy_to("endorsement.json", world.app.publishing.endorsement(given.id))
    found = ask(node, "verify.mjs", str(vectors.folder / "contexts"), renewed, endorsement)
    assert found[renewed]["verified"] is True, found[renewed]
    assert found[endorsement]["verified"] is True, found[endorsement]


def test_jose_accepts_our_tokens(judges: Path, node: str, world: World, copy_to: Any) -> None:
    token = world.app.publishing.artefact(world.award(), "jwt", "ES256")
    assert token is not None
    did = copy_to("did.json", json.dumps(world.app.publishing.did_document()))
    good = copy_to("good.jwt", token)
    twin = copy_to("twin.jwt", token.replace(b".eyJ", b".eyK", 1))
    found = ask(node, "jwt.mjs", did, good, twin)
    assert found[good]["verified"] is True, found[good]
    assert found[good]["payload"]["iss"] == world.app.site.issuer
    assert found[twin]["verified"] is False


def test_we_accept_what_a_holder_discloses_and_refuse_its_tampered_twin(
    judges: Path, node: str, vectors: Vectors, world: World, copy_to: Any
) -> None:
    """ecdsa-sd-2023: signed and derived by theirs, checked by ours."""
    document = json.loads(world.app.publishing.badge(world.award()) or b"")
    del document["proof"], document["credentialStatus"]
    file = copy_to("unsigned.json", json.dumps(document))
    contexts = str(vectors.folder / "contexts")
    made = ask(node, "disclose.mjs", contexts, file, "/id", "/credentialSubject/id", "/name")
    verifier = Verifier(NoDocuments(), world.clock() + timedelta(days=1000))
    derived = json.dumps(made["derived"])
    assert "evidence" not in made["derived"]
    assert verifier.verify(derived).verified, verifier.verify(derived)
    assert verifier.verify(json.dumps(made["base"])).outcome == "unsupported"
    name = made["derived"]["name"]
    assert verifier.verify(derived.replace(f'"{name}"', '"Other"')).outcome == "altered"
    hidden = {k: v for k, v in made["derived"].items() if k != "name"}
    assert not verifier.verify(json.dumps(hidden)).verified


def test_the_older_status_list_context_is_its_authors(judges: Path, node: str) -> None:
    package = judges / "node_modules/@digitalbazaar/vc-status-list-context/js/context.js"
    script = f"console.log(JSON.stringify(require({str(package)!r})))"
    answer = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    official = json.loads(answer.stdout)["@context"]
    assert same_terms(known_contexts()["https://w3id.org/vc/status-list/2021/v1"], official)


def test_old_badges_are_accepted_after_a_rotation(
    judges: Path, node: str, vectors: Vectors, served: tuple[World, int], copy_to: Any
) -> None:
    world, _port = served
    before = world.app.publishing.badge(world.award())
    world.app.keys.rotate(world.clock())
    after = world.app.publishing.badge(world.award(micro=world.publish(definition(name="Next"))))
    assert before is not None
    assert after is not None
    files = [copy_to("before.json", before), copy_to("after.json", after)]
    found = ask(node, "verify.mjs", str(vectors.folder / "contexts"), *files)
    assert [found[file]["verified"] for file in files] == [True, True], found
