"""Verifying what strangers hand in, in this deployment: with which documents, for how long.

One deadline holds for a whole verification, whatever it makes us fetch; what its documents cost is
bounded (``canonicalizers.py``), and an error that nobody foresaw is noted and leaves it open.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from api.canonicalizers import Canonicalizers
from api.checking import Checking
from api.deadline import Deadline
from api.fetch import GuardedFetcher
from api.logbook import OwnLog
from api.publishing import Publishing
from api.readers import Readers
from api.reading import Reading
from api.registry import KnownIssuer, issuer_policy, read_registry
from badges.document import Document, parse_document
from badges.errors import UnreachableDocument
from badges.loader import DocumentLoader, fetched_document
from badges.verification import IssuerPolicy, Verifier
from badges.verification.policy import LogPolicy, no_log
from keys.did import did_web_url
from ledger.errors import LedgerError

logger = logging.getLogger("testamur")

SECONDS = 15.0
"""What a verification may take, from the first name that is looked up to the last byte."""


@dataclass(frozen=True)
class Bounds:
    """What one process has for the verification of strangers' documents."""

    fetcher: GuardedFetcher
    canonicalizers: Canonicalizers
    readers: Readers = field(default_factory=Readers)

    def close(self) -> None:
        self.canonicalizers.close()
        self.readers.close()

    def verifier(
        self,
        now: datetime,
        loader: DocumentLoader,
        deadline: Deadline,
        policy: IssuerPolicy | None = None,
        log: LogPolicy = no_log,
    ) -> Verifier:
        """A verifier for one verification, with documents from ``loader``."""
        canonicalize = self.canonicalizers.within(deadline)
        policy = policy or IssuerPolicy()
        return Verifier(loader, now, policy, log, canonicalize, on_fault=note_fault)

    def of_strangers(self, now: datetime) -> Verifier:
        """A verifier for what commands take from others: with nothing but the open web."""
        deadline = Deadline.after(SECONDS)
        return self.verifier(now, self.fetcher.within(deadline), deadline)


@dataclass(frozen=True)
class Verifying:
    """Makes verifiers that recognise this deployment's own issuer."""

    publishing: Publishing
    bounds: Bounds
    issuers_file: Path

    @property
    def checking(self) -> Checking:
        """Checks whatever is handed in, our own badges without going out."""
        return Checking(
            Reading(self.bounds.readers), lambda end: self.verifier(deadline=end), self.fetched
        )

    def fetched(self, url: str, deadline: Deadline) -> bytes:
        """What lies at an address: of ours, the badge that the page is about. Raises
        UnreachableDocument."""
        page = url.partition("#")[0].partition("?")[0]
        badge = page.removesuffix("/share").removesuffix("/embed")
        if self.publishing.site.badge_id(badge) is not None:
            return own_badge(self.publishing, badge)
        return self.bounds.fetcher.within(deadline).fetch(url)

    def verifier(
        self, loader: DocumentLoader | None = None, deadline: Deadline | None = None
    ) -> Verifier:
        """For one verification, that ends at ``deadline``, or else in 15 seconds."""
        deadline = deadline or Deadline.after(SECONDS)
        own = self.publishing
        known = read_registry(self.issuers_file)
        known |= {site.issuer: KnownIssuer(own.issuer_name()) for site in own.site.every}
        documents = OwnDocuments(own, self.bounds.fetcher.within(deadline))
        log = OwnLog(own.site, own.store, own.vault, own.log, own.receipt)
        return self.bounds.verifier(
            own.clock(), loader or documents, deadline, issuer_policy(known), log
        )


def note_fault(error: Exception) -> None:
    """Log an error that a stranger's document led to and that nobody foresaw."""
    logger.error("a verification failed", exc_info=error)


@dataclass(frozen=True)
class OwnDocuments:
    """This deployment's own documents at hand; everybody else's through ``others``."""

    own: Publishing
    others: DocumentLoader

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument or MalformedDocument."""
        for site in self.own.site.every:
            if url == did_web_url(site.issuer):
                return self.own.did_document(site)
        if self.own.site.badge_id(url) is not None:
            return parse_document(own_badge(self.own, url))
        listed = self.own.site.status_list_at(url)
        if listed is not None:
            site, name = listed
            found = self.own.status_list(name, site) if name.isprintable() else None
            if found is None:
                raise UnreachableDocument(f"there is no status list {url}")
            return found
        return self.others.load(url)


def own_badge(own: Publishing, url: str) -> bytes:
    """Our own badge at an address. Raises UnreachableDocument."""
    award = own.site.badge_id(url)
    try:
        data = None if award is None else own.badge(award)
    except LedgerError as error:
        raise UnreachableDocument(str(error)) from None
    if data is None:
        raise UnreachableDocument("it was erased")
    return data


@dataclass(frozen=True)
class FolderDocuments:
    """Documents from a folder laid out as the web is: ``HOST/PATH``, or one site's ``PATH``.

    For checking badges where there is no network; nothing is ever fetched.
    """

    folder: Path

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument or MalformedDocument."""
        try:
            data = self._found(url)
        except (OSError, ValueError):  # no URL, or no name that a file could have
            data = None
        if data is None:
            raise UnreachableDocument(f"{url!r} is not in {self.folder}")
        return fetched_document(data)

    def _found(self, url: str) -> bytes | None:
        parts = urlsplit(url)
        path = parts.path.lstrip("/")
        root = self.folder.resolve()
        for name in (f"{quote(parts.netloc, safe='')}/{path}", path):
            for file in (root / name, root / f"{name}.json"):
                if file.resolve().is_relative_to(root) and file.is_file():
                    return file.read_bytes()
        return None
