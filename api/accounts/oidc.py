"""A district's own provider: OpenID Connect Core 1.0 with code and PKCE (RFC 7636), and its
back-channel logout. What it says is believed once its signature, audience and nonce were checked.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.fetch import GuardedFetcher
from api.settings import Settings
from badges.errors import BadgesError
from ledger.errors import Invalid, Unavailable
from ledger.people import RoleWithin

_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
_LEEWAY = 60
_KEPT = 600.0
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class Begun:
    """A way to the provider and back, which only the browser that began it can end."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Identity:
    """Who somebody is at the provider. ``address`` only where the provider verified it."""

    issuer: str
    subject: str
    address: str | None
    groups: tuple[str, ...]


@dataclass
class Provider:
    """One provider, by the operator's settings."""

    issuer: str
    client_id: str
    secret: str
    name: str
    redirect: str
    fetcher: GuardedFetcher
    rule: Mapping[str, RoleWithin] = field(default_factory=dict)
    links_by_address: bool = False
    _read: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def begin(self, again: bool = False) -> Begun:
        """Where the browser goes now. ``again``: the provider is to ask who it is once more.

        Raises Unavailable."""
        state, nonce, verifier = (generate_token(48) for _ in range(3))
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
            **({"max_age": "0", "prompt": "login"} if again else {}),
        }
        address = f"{self._metadata['authorization_endpoint']}?{urlencode(query)}"
        return Begun(address, state, nonce, verifier)

    def end(self, code: str, nonce: str, verifier: str) -> Identity:
        """Who came back with a code. Raises Invalid, Unavailable."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect,
            "code_verifier": verifier,
        }
        basic = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "Basic " + base64.b64encode(basic.encode()).decode(),
        }
        try:
            told = self.fetcher.post(
                self._metadata["token_endpoint"], urlencode(form).encode(), headers
            )
            tokens: dict[str, Any] = json.loads(told)
            claims = self._claims(
                tokens["id_token"], {None, "JWT"}, {"nonce": {"essential": True, "value": nonce}}
            )
        except (BadgesError, ValueError, KeyError, TypeError):
            raise Invalid(
                "provider-refused", "your district's provider did not confirm it"
            ) from None
        return self._identity(self._with_more(claims, str(tokens.get("access_token", ""))))

    def ended(self, logout_token: str) -> tuple[str, str]:
        """The subject that a logout token signs out, and the token's id (OpenID Connect
        Back-Channel Logout 1.0 §2.6). Raises Invalid."""
        claims = self._claims(
            logout_token,
            {"logout+jwt"},
            {"jti": {"essential": True}, "events": {"essential": True}},
        )
        events = claims["events"]
        if not isinstance(events, dict) or _LOGOUT not in events or "nonce" in claims:
            raise Invalid("provider-refused", "this is no logout token")
        if not claims.get("sub"):
            raise Invalid("provider-refused", "a logout token must name its subject here")
        return str(claims["sub"]), str(claims["jti"])

    def roles_for(self, groups: tuple[str, ...]) -> tuple[RoleWithin, ...]:
        """The roles that the operator's rule gives to groups."""
        return tuple(dict.fromkeys(role for name, role in self.rule.items() if name in groups))

    def _claims(
        self, token: str, types: Collection[str | None], asked: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What a token says whose header has one of these types, so that none stands for another
        (RFC 8725 §3.11)."""
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            iat={"essential": True},
            **asked,
        )
        try:
            found = jwt.decode(token, self._keys(fresh=False), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            try:  # the provider may have a new key
                found = jwt.decode(token, self._keys(fresh=True), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                raise Invalid("provider-refused", "the signature is not the provider's") from None
        try:
            registry.validate(found.claims)
        except JoseError:
            raise Invalid("provider-refused", "what the provider says is not for us") from None
        if found.header.get("typ") not in types:
            raise Invalid("provider-refused", "the provider sent another kind of token")
        azp = found.claims.get("azp")
        if azp is not None and azp != self.client_id:
            raise Invalid("provider-refused", "what the provider says is not for us")
        return dict(found.claims)

    def _with_more(self, claims: dict[str, Any], token: str) -> dict[str, Any]:
        """What the provider tells of somebody beside the ID token, if it is of the same subject."""
        address = self._metadata.get("userinfo_endpoint")
        if not address or not token or ("groups" in claims and "email" in claims):
            return claims
        try:
            told = self.fetcher.fetch_as(address, {"Authorization": f"Bearer {token}"})
            more = json.loads(told)
        except (BadgesError, ValueError):
            return claims
        same = isinstance(more, dict) and more.get("sub") == claims.get("sub")
        return {**more, **claims} if same else claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        groups = claims.get("groups", ())
        if not claims.get("sub"):
            raise Invalid("provider-refused", "your district's provider does not say who it is")
        verified = claims.get("email_verified") is True
        return Identity(
            issuer=self.issuer,
            subject=str(claims["sub"]),
            address=str(claims["email"]) if verified and claims.get("email") else None,
            groups=tuple(str(each) for each in groups) if isinstance(groups, list) else (),
        )

    @property
    def _metadata(self) -> dict[str, Any]:
        found = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise Unavailable("provider-away", "the provider calls itself something else")
        return found

    def _keys(self, fresh: bool) -> KeySet:
        return KeySet.import_key_set(self._get(self._metadata["jwks_uri"], fresh))  # type: ignore[arg-type]

    def _get(self, url: str, fresh: bool = False) -> dict[str, Any]:
        until, kept = self._read.get(url, (0.0, {}))
        if not fresh and monotonic() < until:
            return kept
        try:
            told = json.loads(self.fetcher.fetch(url))
        except (BadgesError, ValueError):
            raise Unavailable(
                "provider-away", "your district's provider does not answer; try again soon"
            ) from None
        if not isinstance(told, dict):
            raise Unavailable("provider-away", "your district's provider answers something else")
        self._read[url] = (monotonic() + _KEPT, told)
        return told


def provider_of(settings: Settings, base_url: str) -> Provider | None:
    """The provider that the settings name; None for none."""
    if not settings.oidc_issuer:
        return None
    parts = urlsplit(settings.oidc_issuer)
    known = frozenset({f"{parts.scheme}://{parts.netloc}"})
    secret = settings.oidc_client_secret
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=secret.get_secret_value() if secret else "",
        name=settings.oidc_name,
        redirect=f"{base_url}/sign-in/oidc/callback",
        fetcher=GuardedFetcher(settings.is_development, known=known),
        rule=settings.oidc_rule,
        links_by_address=settings.oidc_links_by_address,
    )
