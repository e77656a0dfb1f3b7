"""The public addresses of a deployment, from which every identifier that leaves it is made."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from keys.did import did_web, did_web_url


@dataclass(frozen=True)
class Site:
    """``base_url`` is where the deployment is reached, without a slash at its end; ``former`` are
    the base URLs that it had before, the last one first."""

    base_url: str
    former: tuple[str, ...] = ()

    @property
    def issuer(self) -> str:
        """The issuer's DID."""
        return did_web(self.base_url)

    @property
    def host(self) -> str:
        """Host and port as a request's Host names them."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def host_names(self) -> frozenset[str]:
        """The host names of all its sites."""
        return frozenset(urlsplit(site.base_url).hostname or "" for site in self.every)

    @property
    def every(self) -> tuple[Site, ...]:
        """The present one, and those that it was."""
        return (self, *self.earlier)

    @property
    def earlier(self) -> tuple[Site, ...]:
        """The sites that it was before."""
        return tuple(Site(url) for url in self.former)

    def at(self, host: str) -> Site:
        """The site whose Host a request names: a former one for its host, else the present one."""
        return next(
            (site for site in self.earlier if site.host == host.lower().removesuffix(":443")), self
        )

    def naming(self, url: str) -> Site | None:
        """The site, present or former, that ``url`` or a DID belongs to; None for a stranger's."""
        for site in self.every:
            own = (site.base_url, site.issuer, did_web_url(site.issuer))
            if url in own or url.startswith((f"{site.base_url}/", f"{site.issuer}#")):
                return site
        return None

    def status_list_at(self, url: str) -> tuple[Site, str] | None:
        """The site and the name of the status list at ``url``; None for any other address."""
        for site in self.every:
            prefix = site.status_list("")
            if url.startswith(prefix):
                return site, url.removeprefix(prefix)
        return None

    def badge(self, award: UUID | str) -> str:
        return f"{self.base_url}/badges/{award}"

    def endorsement(self, endorsement: UUID) -> str:
        return f"{self.base_url}/endorsements/{endorsement}"

    def badge_id(self, url: str) -> UUID | None:
        """The award whose badge is at ``url``, under any of our addresses; None for any other."""
        for site in self.every:
            prefix = f"{site.base_url}/badges/"
            if url.startswith(prefix):
                try:
                    return UUID(url.removeprefix(prefix).removesuffix("/refresh").partition(".")[0])
                except ValueError:
                    return None
        return None

    def achievement(self, micro_credential: UUID, number: int) -> str:
        """One version of a micro-credential."""
        return f"{self.base_url}/achievements/{micro_credential}/{number}"

    def status_list(self, name: str) -> str:
        return f"{self.base_url}/status/{name}"
