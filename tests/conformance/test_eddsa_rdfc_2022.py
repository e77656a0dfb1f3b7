"""Signing reproduces the published signatures, with every value on the way to them."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges.canonical import canonical_nquads
from badges.document import parse_time
from badges.proofs.cryptosuites import EDDSA_RDFC_2022
from badges.proofs.data_integrity import add_proof, verify_proof
from keys.multikey import base58_encode, decode_public_key, encode_public_key, multibase_decode
from tests.conftest import Vectors


class PublishedKey:
    """Signs with a test key that a specification publishes."""

    def __init__(self, seed: bytes, verification_method: str) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verification_method = verification_method

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


def test_every_intermediate_value_of_the_w3c_vectors(vectors: Vectors) -> None:
    folder = "w3c-vc-di-eddsa/eddsa-rdfc-2022/"
    unsigned = vectors.json("w3c-vc-di-eddsa/unsigned.json")
    signed = vectors.json(folder + "signedDataInt.json")
    options = vectors.json(folder + "proofConfigDataInt.json")
    pair = vectors.json("w3c-vc-di-eddsa/keyPair.json")

    document_canon = canonical_nquads(unsigned)
    proof_canon = canonical_nquads(options)
    assert document_canon == vectors.text(folder + "canonDocDataInt.txt")
    assert proof_canon == vectors.text(folder + "proofCanonDataInt.txt")
    document_hash = hashlib.sha256(document_canon.encode()).hexdigest()
    proof_hash = hashlib.sha256(proof_canon.encode()).hexdigest()
    assert document_hash == vectors.text(folder + "docHashDataInt.txt").strip()
    assert proof_hash == vectors.text(folder + "proofHashDataInt.txt").strip()
    key = decode_public_key(pair["publicKeyMultibase"])
    combined = EDDSA_RDFC_2022.hash_data(unsigned, options, key)
    assert combined.hex() == vectors.text(folder + "combinedHashDataInt.txt").strip()

    seed = multibase_decode(pair["privateKeyMultibase"])[2:]
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(combined)
    assert signature.hex() == vectors.text(folder + "sigHexDataInt.txt").strip()
    assert "z" + base58_encode(signature) == vectors.text(folder + "sigBTC58DataInt.txt").strip()
    assert "z" + base58_encode(signature) == signed["proof"]["proofValue"]

    assert verify_proof(signed, signed["proof"], key)


def test_the_implementation_guides_badge_is_reproduced_exactly(vectors: Vectors) -> None:
    guide = vectors.json("ob3-spec/ob3-guide-signed.json")
    published = vectors.json("ob3-spec/ob3-guide-key-and-hashes.json")
    proof = guide["proof"]
    unsigned = {name: value for name, value in guide.items() if name != "proof"}
    signer = PublishedKey(bytes.fromhex(published["secretKeySeedHex"]), proof["verificationMethod"])
    assert encode_public_key(signer.private.public_key()) == published["publicKeyMultibase"]

    signed = add_proof(unsigned, signer, parse_time(proof["created"]))

    options = {name: value for name, value in proof.items() if name != "proofValue"}
    combined = EDDSA_RDFC_2022.hash_data(unsigned, options, signer.private.public_key()).hex()
    assert combined == published["proofHash"] + published["docHash"]
    assert signed == guide
    assert multibase_decode(signed["proof"]["proofValue"]).hex() == published["signatureHex"]


def test_one_changed_character_is_refused(vectors: Vectors) -> None:
    guide = vectors.json("ob3-spec/ob3-guide-signed.json")
    key = decode_public_key(
        vectors.json("ob3-spec/ob3-guide-key-and-hashes.json")["publicKeyMultibase"]
    )
    assert verify_proof(guide, guide["proof"], key)
    guide["name"] = "Teamwork badge"
    assert not verify_proof(guide, guide["proof"], key)


def test_the_openbadges_repository_canonical_forms(vectors: Vectors) -> None:
    """The specification repository's own canonical text of the guide's document."""
    guide = vectors.json("ob3-spec/ob3-guide-signed.json")
    unsigned = {name: value for name, value in guide.items() if name != "proof"}
    published = vectors.text("ob3-spec/test-vectors/obv3p0/document-canon.txt")
    ours = canonical_nquads(unsigned)
    assert sorted(ours.splitlines()) == sorted(published.splitlines())
