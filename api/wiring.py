"""The composition root: wires the rooms together from the settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit
from uuid import UUID

from api.fetch import GuardedFetcher
from api.settings import Settings, SettingsError
from badges.baking import bake_svg
from badges.document import Document, parse_document
from badges.errors import UnreachableDocument
from badges.image import badge_svg
from badges.loader import DocumentLoader
from badges.proofs.data_integrity import add_proof
from badges.status_list import Bitstring, status_list_credential
from badges.verification import IssuerPolicy, Verifier
from keys.did import did_web_document, did_web_url
from keys.errors import KeysError
from keys.keystore import KeyStore
from keys.vault import Vault
from ledger.awards import Award
from ledger.commands import Commands, Desk
from ledger.commands.awards import badge_bytes
from ledger.evidence import EvidenceFolder
from ledger.issuing import IssuerSigner
from ledger.organizations import NETWORK_ID
from ledger.site import Site
from ledger.store import EventStore
from projections import ALL, Views, status_lists
from projections.organizations import name_of

STATUS_TTL = 300
"""Seconds for which a status list may be kept."""

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass
class Testamur:
    """One deployment, opened: its commands, its read models and what it publishes."""

    settings: Settings
    site: Site
    keys: KeyStore
    vault: Vault
    store: EventStore
    views: Views
    commands: Commands
    clock: Clock

    @classmethod
    def open(cls, settings: Settings, clock: Clock = system_clock) -> Self:
        """Open the deployment in the home folder. Raises SettingsError if there is none yet."""
        if not settings.key_file.exists():
            raise SettingsError(
                f"there is no ledger in {settings.home}; begin with `testamur demo` or "
                "`testamur found`"
            )
        try:
            keys = KeyStore(settings.key_file, settings.passphrase())
        except KeysError as error:
            raise SettingsError(str(error)) from None
        return cls._around(settings, keys, clock)

    @classmethod
    def create(cls, settings: Settings, clock: Clock = system_clock) -> Self:
        """Open the deployment, making its key file first when there is none.

        Raises SettingsError without a passphrase to close it with.
        """
        if not settings.key_file.exists():
            KeyStore.create(settings.key_file, settings.passphrase(), clock())
        return cls.open(settings, clock)

    @classmethod
    def _around(cls, settings: Settings, keys: KeyStore, clock: Clock) -> Self:
        site = Site(settings.base_url)
        vault = Vault(settings.vault_url, keys.vault_secret)
        store = EventStore(settings.events_url)
        evidence = EvidenceFolder(settings.home / "evidence")
        desk = Desk(store, vault, keys, evidence, site, clock, os.urandom)
        views = Views(settings.views_url, store, ALL)
        return cls(settings, site, keys, vault, store, views, Commands(desk), clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()
        self.views.close()
        self.vault.engine.dispose()

    def badge(self, award_id: UUID) -> bytes | None:
        """The signed badge as issued; None when its person was erased. Raises NotFound."""
        return badge_bytes(self.vault, self.store.load(Award, award_id, "award"))

    def baked_svg(self, award_id: UUID) -> bytes | None:
        """The badge's seal as an SVG with the badge baked into it; None when its person was
        erased. Raises NotFound."""
        data = self.badge(award_id)
        if data is None:
            return None
        badge = parse_document(data)
        return bake_svg(badge_svg(badge["name"], badge["issuer"]["name"]), data).encode()

    def did_document(self) -> Document:
        """The issuer's controller document, with every key."""
        return did_web_document(self.site.issuer, self.keys.issuer_keys())

    def status_list(self, name: str) -> Document | None:
        """A signed status list, the same bytes until a bit or the key changes."""
        with self.views.reading() as connection:
            row = status_lists.by_name(connection, name)
        if row is None:
            return None
        changed = datetime.fromisoformat(row.changed).replace(microsecond=0)
        signer = IssuerSigner(self.keys, self.site.issuer)
        since = max(changed, self.keys.active().created.replace(microsecond=0))
        unsigned = status_list_credential(
            self.site.status_list(name),
            self.site.issuer,
            row.purpose,
            Bitstring(row.bits),
            since,
            STATUS_TTL,
        )
        return add_proof(unsigned, signer, since)

    def issuer_name(self) -> str:
        """The network's name, or the address while there is none."""
        with self.views.reading() as connection:
            return name_of(connection, str(NETWORK_ID)) or self.site.base_url

    def verifier(self, loader: DocumentLoader | None = None) -> Verifier:
        """A verifier that recognises this deployment's own issuer."""
        own = OwnDocuments(self, GuardedFetcher(self.settings.is_development))
        policy = IssuerPolicy({self.site.issuer: self.issuer_name()})
        return Verifier(loader or own, self.clock(), policy)


@dataclass(frozen=True)
class OwnDocuments:
    """This deployment's own documents at hand; everybody else's through ``others``."""

    app: Testamur
    others: DocumentLoader

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument or MalformedDocument."""
        if url == did_web_url(self.app.site.issuer):
            return self.app.did_document()
        prefix = self.app.site.status_list("")
        if url.startswith(prefix):
            self.app.views.catch_up()
            found = self.app.status_list(url.removeprefix(prefix))
            if found is None:
                raise UnreachableDocument(f"there is no status list {url}")
            return found
        return self.others.load(url)


@dataclass(frozen=True)
class FolderDocuments:
    """Documents from a folder laid out as the web is: ``HOST/PATH``, or one site's ``PATH``.

    For checking badges where there is no network; nothing is ever fetched.
    """

    folder: Path

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument or MalformedDocument."""
        parts = urlsplit(url)
        path = parts.path.lstrip("/")
        root = self.folder.resolve()
        for name in (f"{quote(parts.netloc, safe='')}/{path}", path):
            for file in (root / name, root / f"{name}.json"):
                if file.resolve().is_relative_to(root) and file.is_file():
                    return parse_document(file.read_bytes())
        raise UnreachableDocument(f"{url} is not in {self.folder}")
