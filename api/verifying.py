"""Verifying what strangers hand in, in this deployment: with which documents, for how long.

One deadline holds for a whole verification, whatever it makes us fetch; what its documents cost is
bounded (``canonicalizers.py``), and an error that nobody foresaw is noted and leaves it open.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from api.canonicalizers import Canonicalizers
from api.deadline import Deadline
from api.fetch import GuardedFetcher
from api.logbook import OwnLog
from api.registry import KnownIssuer, issuer_policy, read_registry
from badges.document import Document, parse_document
from badges.errors import UnreachableDocument
from badges.loader import DocumentLoader, fetched_document
from badges.verification import IssuerPolicy, Verifier
from badges.verification.policy import LogPolicy, no_log
from keys.did import did_web_url
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from api.wiring import Testamur

logger = logging.getLogger("testamur")

SECONDS = 15.0
"""What a verification may take, from the first name that is looked up to the last byte."""


@dataclass(frozen=True)
class Bounds:
    """What one process has for the verification of strangers' documents."""

    fetcher: GuardedFetcher
    canonicalizers: Canonicalizers

    def close(self) -> None:
        self.canonicalizers.close()

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


def verifier_of(app: Testamur, loader: DocumentLoader | None, deadline: Deadline) -> Verifier:
    """A verifier for one verification, that recognises this deployment's own issuer."""
    known = read_registry(app.settings.issuers_file)
    known |= {site.issuer: KnownIssuer(app.issuer_name()) for site in app.site.every}
    own = OwnDocuments(app, app.bounds.fetcher.within(deadline))
    log = OwnLog(app.site, app.store, app.vault, app.log, app.receipt)
    return app.bounds.verifier(app.clock(), loader or own, deadline, issuer_policy(known), log)


def note_fault(error: Exception) -> None:
    """Log an error that a stranger's document led to and that nobody foresaw."""
    logger.error("a verification failed", exc_info=error)


@dataclass(frozen=True)
class OwnDocuments:
    """This deployment's own documents at hand; everybody else's through ``others``."""

    app: Testamur
    others: DocumentLoader

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument or MalformedDocument."""
        for site in self.app.site.every:
            if url == did_web_url(site.issuer):
                return self.app.did_document(site)
        if self.app.site.badge_id(url) is not None:
            return parse_document(own_badge(self.app, url))
        listed = self.app.site.status_list_at(url)
        if listed is not None:
            site, name = listed
            found = self.app.status_list(name, site) if name.isprintable() else None
            if found is None:
                raise UnreachableDocument(f"there is no status list {url}")
            return found
        return self.others.load(url)


def own_badge(app: Testamur, url: str) -> bytes:
    """Our own badge at an address. Raises UnreachableDocument."""
    award = app.site.badge_id(url)
    try:
        data = None if award is None else app.badge(award)
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
