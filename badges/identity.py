"""The recipient of a badge as an IdentityObject, plain or hashed.

Source: Open Badges 3.0 §B.6 IdentityObject; requirements A13–A15. A salted hash hides an
e-mail address from a casual look only: whoever guesses the address can confirm it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from badges.document import as_list

_ALGORITHMS = {"sha256": hashlib.sha256, "md5": hashlib.md5}


def identity_hash(identifier: str, salt: str, algorithm: str = "sha256") -> str:
    """``algorithm$`` + hex of hash(identifier ‖ salt), both UTF-8."""
    digest = _ALGORITHMS[algorithm]((identifier + salt).encode()).hexdigest()
    return f"{algorithm}${digest}"


def recipient_matches(subject: dict[str, Any], identifier: str) -> bool | None:
    """Whether ``identifier`` (an e-mail address) is a recipient that ``subject`` names.

    None when the subject names nobody in a form that can be compared.
    """
    comparable = False
    for identity in as_list(subject.get("identifier")):
        if isinstance(identity, dict) and identity.get("identityType") == "emailAddress":
            comparable = True
            stated = str(identity.get("identityHash", ""))
            hashed, salt = bool(identity.get("hashed")), identity.get("salt", "")
            if identity_matches(stated, hashed, salt, identifier):
                return True
    if subject.get("id") == f"mailto:{identifier}":
        return True
    return False if comparable else None


def identity_matches(stated: str, hashed: bool, salt: object, identifier: str) -> bool:
    """Whether ``identifier`` is the one ``stated``: plain, or ``algorithm$`` and a hex digest."""
    if not hashed:
        return hmac.compare_digest(stated.encode(), identifier.encode())
    algorithm, _, digest = stated.partition("$")
    if algorithm not in _ALGORITHMS:
        return False
    expected = identity_hash(identifier, str(salt), algorithm)
    return hmac.compare_digest(f"{algorithm}${digest.lower()}".encode(), expected.encode())
