"""Another ledger's log, read over the web through the guarded fetcher."""

from __future__ import annotations

from dataclasses import dataclass

from api.fetch import GuardedFetcher
from badges.errors import UnreachableDocument


@dataclass(frozen=True)
class WebLog:
    """A log at an address such as ``https://ledger.example/log``."""

    address: str
    fetcher: GuardedFetcher

    def read(self, path: str) -> bytes:
        """Raises LookupError when the server has no such file, ConnectionError when it could not
        be asked: what was not reached is not missing."""
        try:
            return self.fetcher.fetch(f"{self.address.rstrip('/')}/{path}")
        except UnreachableDocument as error:
            if error.status in (404, 410):
                raise LookupError(path) from None
            raise ConnectionError(f"{self.address}: {error}") from None
