"""Passkeys (WebAuthn L3): made and used with the person's own check on the device, so that one is
two factors in itself. What a browser says is verified by `webauthn`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ledger.errors import Invalid

_NOT_IT = "this passkey could not be used; try again, or another way"


@dataclass(frozen=True)
class Party:
    """Who a passkey is for: this deployment, by its address."""

    base_url: str

    @property
    def id(self) -> str:
        """The host's name, to which passkeys are bound (WebAuthn L3 §5.1.2)."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Asserted:
    """What a passkey said, before it is known whose it is."""

    person: UUID
    credential: UUID
    answer: dict[str, Any]


def challenge_of(stamp: str) -> bytes:
    """The challenge that goes with a stamp, which the browser hands back beside the answer."""
    return sha256(stamp.encode()).digest()


def options_to_make(party: Party, stamp: str, person: UUID, name: str, held: list[bytes]) -> str:
    """What a browser is asked for to make a passkey, as JSON. ``held`` are ids of those that the
    person has."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name="Testamur",
        user_name=name,
        user_id=person.bytes,
        challenge=challenge_of(stamp),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in held],
    )
    return options_to_json(options)


def options_to_use(party: Party, stamp: str) -> str:
    """What a browser is asked for to use one, as JSON; which, its person chooses."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge_of(stamp),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def made(party: Party, stamp: str, answer: str) -> tuple[UUID, str]:
    """The credential of a new passkey and what is kept of it, as JSON. Raises Invalid."""
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=challenge_of(stamp),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise Invalid("passkey-not-right", _NOT_IT) from None
    value = {
        "id": bytes_to_base64url(verified.credential_id),
        "key": bytes_to_base64url(verified.credential_public_key),
    }
    return credential_of(verified.credential_id), json.dumps(value)


def asserted(answer: str) -> Asserted:
    """Whose passkey answered, as it says itself. Raises Invalid."""
    try:
        said = json.loads(answer)
        person = UUID(bytes=base64url_to_bytes(said["response"]["userHandle"]))
        return Asserted(person, credential_of(base64url_to_bytes(said["rawId"])), said)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Invalid("passkey-not-right", _NOT_IT) from None


def used(party: Party, stamp: str, said: Asserted, kept: str) -> int:
    """The counter of a passkey that was really used now. Raises Invalid.

    Whether the counter went on is decided with the account."""
    try:
        verified = verify_authentication_response(
            credential=said.answer,
            expected_challenge=challenge_of(stamp),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(json.loads(kept)["key"]),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise Invalid("passkey-not-right", _NOT_IT) from None
    return verified.new_sign_count


def id_of(kept: str) -> bytes:
    """The id by which an authenticator knows a passkey."""
    return base64url_to_bytes(json.loads(kept)["id"])


def credential_of(passkey: bytes) -> UUID:
    """By which the ledger knows it."""
    return UUID(bytes=sha256(passkey).digest()[:16])
