"""The public addresses of a deployment, from which every identifier that leaves it is made."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from keys.did import did_web


@dataclass(frozen=True)
class Site:
    """``base_url`` is where the deployment is reached, without a slash at its end."""

    base_url: str

    @property
    def issuer(self) -> str:
        """The issuer's DID."""
        return did_web(self.base_url)

    def badge(self, award: UUID | str) -> str:
        return f"{self.base_url}/badges/{award}"

    def endorsement(self, endorsement: UUID) -> str:
        return f"{self.base_url}/endorsements/{endorsement}"

    def badge_id(self, url: str) -> UUID | None:
        """The award whose badge is at ``url``; None for any other address."""
        prefix = f"{self.base_url}/badges/"
        if not url.startswith(prefix):
            return None
        try:
            return UUID(url.removeprefix(prefix).removesuffix("/refresh").partition(".")[0])
        except ValueError:
            return None

    def is_public(self, url: str) -> bool:
        """Whether an address is that of the issuer or an achievement, which concern nobody."""
        return url == self.issuer or url.startswith(f"{self.base_url}/achievements/")

    def achievement(self, micro_credential: UUID, number: int) -> str:
        """One version of a micro-credential."""
        return f"{self.base_url}/achievements/{micro_credential}/{number}"

    def status_list(self, name: str) -> str:
        return f"{self.base_url}/status/{name}"
