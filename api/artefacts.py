"""One award, several artefacts: JSON, a JWT, and pictures that either is baked into."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Literal

from badges.baking import bake_png, bake_svg
from badges.baking.png import PNG_SIGNATURE
from badges.document import parse_document, without_proof
from badges.image import Colours, badge_svg, framed_svg, png_of_svg
from badges.proofs.cryptosuites import ECDSA_RDFC_2019, EDDSA_JCS_2022
from badges.proofs.data_integrity import add_proof
from badges.proofs.vc_jwt import credential_as_jwt
from keys.lifecycle import Kind
from ledger.awards import IssuerSigner
from ledger.catalogue import Definition

Form = Literal["json", "jwt", "png", "svg", "pdf"]
Proof = Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ES256", "EdDSA"]
"""How an artefact is secured: the first is how an award is issued, the last two make a JWT."""

MEDIA_TYPES: dict[Form, str] = {
    "json": "application/vc+ld+json",
    "jwt": "text/plain",
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}


def proven(
    data: bytes, proof: Proof, signer: Callable[[Kind], IssuerSigner], now: datetime
) -> bytes:
    """A badge as it was issued, or the same credential under another kind of proof, made now."""
    if proof == "eddsa-rdfc-2022":
        return data
    unsigned = without_proof(parse_document(data))
    key = signer("P-256" if proof in ("ecdsa-rdfc-2019", "ES256") else "Ed25519")
    if proof in ("ES256", "EdDSA"):
        return credential_as_jwt(unsigned, key).encode()
    suite = EDDSA_JCS_2022 if proof == "eddsa-jcs-2022" else ECDSA_RDFC_2019
    return json.dumps(add_proof(unsigned, key, now, suite)).encode()


class Picture:
    """The picture of a micro-credential: the one that was chosen, or our own seal."""

    def __init__(
        self,
        definition: Definition,
        issuer: str,
        level: str,
        chosen: bytes | None,
        colours: Colours | None = None,
    ) -> None:
        self._png = chosen if chosen is not None and chosen.startswith(PNG_SIGNATURE) else None
        if self._png is not None:
            self.svg = framed_svg(self._png, definition.name)
        else:
            self.svg = (
                chosen.decode()
                if chosen
                else badge_svg(definition.name, issuer, level, definition.design, colours)
            )

    @cached_property
    def png(self) -> bytes:
        return self._png or png_of_svg(self.svg)

    def baked(self, form: Literal["png", "svg"], credential: bytes) -> bytes:
        """The picture with a credential in it."""
        if form == "png":
            return bake_png(self.png, credential)
        return bake_svg(self.svg, credential).encode()
