"""The verification report: each way in which a badge can be wrong, named by its own check."""

from __future__ import annotations

import contextlib
import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from badges.errors import BadgesError
from badges.loader import NoDocuments
from badges.proofs.data_integrity import add_proof
from badges.status_list import Bitstring
from keys import did_key_document, did_web_document
from keys.lifecycle import IssuerKey
from tests.badges.issuers import DID_URL, ISSUER, LIST, NOW, Key, Shelf, check, signed_list
from tests.conftest import examples


def test_a_good_badge_passes_every_check(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    found = check(add_proof(unsigned, issuer, NOW), shelf)
    assert found.pop("answer") == found.pop("outcome") == "verified"
    assert set(found.values()) == {"passed"}


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for i, item in enumerate(value) for leaf in _leaves(item, (*path, i))]
    return [path]


def test_one_changed_character_anywhere_is_refused(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    """Every text of the badge in turn, proof included, with its last character changed."""
    good = add_proof(unsigned, issuer, NOW)
    leaves = _leaves(good)
    assert len(leaves) > 60
    for path in leaves:
        document = copy.deepcopy(good)
        place = document
        for step in path[:-1]:
            place = place[step]
        old = place[path[-1]]
        place[path[-1]] = (
            (not old) if isinstance(old, bool) else old[:-1] + ("a" if old[-1] != "a" else "b")
        )
        assert check(document, shelf)["answer"] != "verified", path


@pytest.mark.parametrize(
    "member",
    [
        "name",
        "validFrom",
        "issuer",
        "credentialSubject",
        "evidence",
        "credentialStatus",
        "awardedDate",
        "proof",
    ],
)
def test_a_missing_member_is_refused(unsigned: Any, issuer: Key, shelf: Shelf, member: str) -> None:
    document = add_proof(unsigned, issuer, NOW)
    del document[member]
    assert check(document, shelf)["answer"] == "not verified"


@settings(
    max_examples=examples(50),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_part_exchanged_for_anything_is_answered_and_never_verified(
    unsigned: Any, issuer: Key, shelf: Shelf, data: st.DataObject
) -> None:
    """Signed anew after the exchange, too: then only what stays a good badge may pass."""
    good = add_proof(unsigned, issuer, NOW)
    paths = _leaves(good) + [(name,) for name in good] + [("credentialStatus", "type")]
    path = data.draw(st.sampled_from(sorted(paths, key=str)))
    odd = data.draw(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=5)
        | st.lists(st.integers(), max_size=2)
        | st.just({})
        | st.just({"id": 5, "type": [7]})
    )
    document = copy.deepcopy(good)
    place = document
    for step in path[:-1]:
        place = place[step]
    same = place[path[-1]] == odd
    place[path[-1]] = odd
    assert same or check(document, shelf)["answer"] != "verified", path
    document.pop("proof")
    with contextlib.suppress(BadgesError):
        check(add_proof(document, issuer, NOW), shelf)


def test_an_added_member_is_refused(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    good = add_proof(unsigned, issuer, NOW)
    for extra in (
        {"description": "More."},
        {"validUntil": None},
        {"motto": "x"},
        {"validUntil": "2099-01-01T00:00:00Z"},
    ):
        assert check({**good, **extra}, shelf)["answer"] == "not verified", extra


def test_a_revoked_bit(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    bits = Bitstring()
    bits[7] = True
    shelf.documents[LIST] = signed_list(issuer, bits)
    found = check(add_proof(unsigned, issuer, NOW), shelf)
    assert found["status.revocation"] == "failed"
    assert found["proof.signature"] == "passed"


def test_the_worst_of_several_status_entries_counts(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    bits = Bitstring()
    bits[7] = True
    shelf.documents[LIST] = signed_list(issuer, bits)
    revoked = unsigned["credentialStatus"]
    fine = {**revoked, "id": f"{LIST}#8", "statusListIndex": "8"}
    for entries in ([revoked, fine], [fine, revoked]):
        badge = add_proof({**unsigned, "credentialStatus": entries}, issuer, NOW)
        assert check(badge, shelf)["status.revocation"] == "failed"


def test_a_list_that_cannot_be_reached_is_neither_pass_nor_no(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    del shelf.documents[LIST]
    found = check(add_proof(unsigned, issuer, NOW), shelf)
    assert found["status.revocation"] == "not-reached"
    assert found["answer"] == "undetermined"


def test_an_issuer_that_cannot_be_reached_is_neither_pass_nor_no(
    unsigned: Any, issuer: Key
) -> None:
    found = check(add_proof(unsigned, issuer, NOW), NoDocuments())
    assert found["issuer.resolve"] == "not-reached"
    assert found["answer"] == "undetermined"


def test_a_list_by_another_hand_is_refused(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    badge = add_proof(unsigned, issuer, NOW)
    other = Key()
    for forged in (
        signed_list(other, Bitstring()),
        {**signed_list(issuer, Bitstring()), "validFrom": "2020-01-01T00:00:00Z"},
        {"id": LIST},
    ):
        shelf.documents[LIST] = forged
        assert check(badge, shelf)["status.revocation"] == "failed"


def test_another_issuers_list_can_revoke_but_not_acquit(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    """The issuer named its address: so a revocation is believed, and its absence is not."""
    badge, other, bits = add_proof(unsigned, issuer, NOW), Key(), Bitstring()
    shelf.documents[LIST] = signed_list(other, bits, issuer=other.did)
    assert check(badge, shelf)["outcome"] == "status-unreachable"
    bits[7] = True
    shelf.documents[LIST] = signed_list(other, bits, issuer=other.did)
    assert check(badge, shelf)["outcome"] == "revoked"


def test_a_foreign_key_cannot_sign_for_the_issuer(unsigned: Any, shelf: Shelf) -> None:
    found = check(add_proof(unsigned, Key(), NOW), shelf)
    assert found["proof.purpose"] == "failed"
    assert found["answer"] == "not verified"


def test_a_key_that_is_not_listed_for_assertions(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    shelf.documents[DID_URL]["assertionMethod"] = []
    assert check(add_proof(unsigned, issuer, NOW), shelf)["proof.purpose"] == "failed"


def test_a_compromised_key_stops_from_its_time(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    key = IssuerKey(issuer.id, NOW, NOW, compromised_from=NOW)
    shelf.documents[DID_URL] = did_web_document(ISSUER, [key])
    shelf.documents[LIST] = signed_list(issuer, Bitstring())
    before = check(add_proof(unsigned, issuer, NOW - timedelta(days=1)), shelf)
    assert before["key.validity"] == "passed"
    assert check(add_proof(unsigned, issuer, NOW), shelf)["key.validity"] == "failed"


def test_a_proof_from_the_future(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    badge = add_proof(unsigned, issuer, NOW + timedelta(days=1))
    assert check(badge, shelf)["key.validity"] == "failed"


def test_expired_and_not_yet_valid(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    badge = add_proof({**unsigned, "validUntil": "2026-05-01T00:00:00Z"}, issuer, NOW)
    assert check(badge, shelf)["answer"] == "verified"
    later = check(badge, shelf, NOW + timedelta(days=60))
    assert (later["dates.valid-until"], later["proof.signature"]) == ("failed", "passed")
    early = add_proof({**unsigned, "validFrom": "2026-04-02T01:00:00+02:00"}, issuer, NOW)
    assert check(early, shelf)["dates.valid-from"] == "failed"
    assert check(early, shelf, NOW + timedelta(days=1))["dates.valid-from"] == "passed"


def test_the_recipient_is_a_question_of_its_own(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    badge = add_proof(unsigned, issuer, NOW)
    found = check(badge, shelf, recipient="somebody@else.example")
    assert (found["recipient.match"], found["outcome"]) == ("failed", "other-person")
    assert found["proof.signature"] == found["status.revocation"] == "passed"


def test_a_self_signed_look_alike_is_intact_but_unknown(unsigned: Any, shelf: Shelf) -> None:
    forger = Key()
    del unsigned["credentialStatus"]
    unsigned["issuer"] |= {"id": forger.did, "name": "Issuer"}
    found = check(add_proof(unsigned, forger, NOW), shelf)
    assert found["proof.signature"] == "passed"
    assert found["issuer.recognized"] == "warning"


def test_an_unknown_cryptosuite_is_not_called_invalid(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    badge = add_proof(unsigned, issuer, NOW)
    badge["proof"]["cryptosuite"] = "dilithium-2031"
    found = check(badge, shelf)
    assert (found["proof.signature"], found["answer"]) == ("not-reached", "undetermined")


@pytest.mark.parametrize(
    "proof",
    [
        {},
        [],
        "x",
        {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"},
        {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "verificationMethod": 7,
            "proofValue": "z1",
        },
    ],
)
def test_malformed_proofs_are_answered(unsigned: Any, shelf: Shelf, proof: Any) -> None:
    assert check({**unsigned, "proof": proof}, shelf)["answer"] != "verified"


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"@context": []}', "\x00", '{"id": {}}'])
def test_what_is_no_credential_is_answered(text: str, shelf: Shelf) -> None:
    assert check(text, shelf)["answer"] == "not verified"


def test_a_did_document_of_another_name_is_refused(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    shelf.documents[DID_URL] |= {"id": "did:web:other.example.org"}
    assert check(add_proof(unsigned, issuer, NOW), shelf)["issuer.resolve"] == "failed"


def test_did_key_needs_nobody(unsigned: Any) -> None:
    key = Key()
    del unsigned["credentialStatus"]
    unsigned["issuer"]["id"] = key.did
    assert did_key_document(key.did)["id"] == key.did
    assert check(add_proof(unsigned, key, NOW), NoDocuments())["answer"] == "verified"
