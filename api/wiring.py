"""The composition root: constructs a deployment's parts from the settings, and nothing else."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self
from uuid import UUID

from api.accounts import Accounts
from api.accounts.letters import Letters, letters_of
from api.accounts.oidc import Provider, provider_of
from api.canonicalizers import Canonicalizers
from api.capabilities import COMMANDS, EDITIONS, PROCESSES, READ_MODELS, VALUES
from api.directory import Directory
from api.erasure import Erasing
from api.fetch import GuardedFetcher
from api.founding import founding, look_for_deployment, open_keys, receive, recognise
from api.publishing import Publishing
from api.review_drafts import ReviewDrafts
from api.settings import Settings, SettingsError
from api.shared_openings import SharedOpenings
from api.unfinished import UploadFolder
from api.uploading import Uploading
from api.verification_jobs import VerificationJobs
from api.verifying import Bounds, Verifying
from api.viewing import Viewing
from keys.keystore import KeyStore
from keys.vault import Vault
from ledger.assessment import Reading
from ledger.bus import CommandBus, Present
from ledger.context import Entropy
from ledger.deployment import Deployment
from ledger.errors import LedgerError
from ledger.files import FileFolder, FileStore, ObjectStore
from ledger.people import GrantedAuthority
from ledger.policy import Policy
from ledger.preparer import Preparer
from ledger.site import Site
from ledger.store import EventStore
from ledger.transparency import VerifierKey, log_origin
from projections import Views
from projections.process_facts import ProcessFacts
from projections.processes import ProcessRunner
from projections.transparency import LogKey, TransparencyLog

logger = logging.getLogger("testamur")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass
class Testamur:
    """One deployment, opened."""

    settings: Settings
    site: Site
    keys: KeyStore
    vault: Vault
    store: EventStore
    evidence: ObjectStore
    images: FileStore
    views: Views
    log: TransparencyLog
    bus: CommandBus
    authority: GrantedAuthority
    """May they? As the aggregates are now."""

    reading: Reading
    directory: Directory
    processes: ProcessRunner
    erasing: Erasing
    uploading: Uploading
    publishing: Publishing
    verifying: Verifying
    bounds: Bounds
    accounts: Accounts
    letters: Letters
    provider: Provider | None
    """A district's own provider, by which people sign in; None where none is named."""

    viewing: Viewing
    drafts: ReviewDrafts
    openings: SharedOpenings
    jobs: VerificationJobs
    entropy: Entropy

    @classmethod
    def open(cls, settings: Settings, clock: Clock = system_clock) -> Self:
        """Open the ledger in the home folder.

        Raises SettingsError when there is none, or when what lies there is not all that its
        founding event names.
        """
        keys = open_keys(settings)
        app = cls.around(settings, keys, clock, recognise(settings, keys))
        try:
            _refuse_other_rules(app.bus.policy())
        except SettingsError:
            app.close()
            raise
        app._finish_erasures()
        return app

    @classmethod
    def create(cls, settings: Settings, clock: Clock = system_clock) -> Self:
        """Found a ledger in an empty home folder. Raises SettingsError for any other place."""
        with founding(settings, clock) as (keys, deployment):
            return cls.around(settings, keys, clock, deployment)

    @classmethod
    def receiving(cls, settings: Settings, folder: Path, clock: Clock = system_clock) -> Self:
        """Open the home folder of a ledger whose events are still in an archive, in ``folder``.

        Raises SettingsError when key file, vault and address are not those of that ledger, or the
        database is not empty; LogError for an archive that cannot be read.
        """
        keys, deployment = receive(settings, folder)
        return cls.around(settings, keys, clock, deployment)

    @classmethod
    def inspected(cls, settings: Settings, clock: Clock = system_clock) -> Self:
        """Open what is in the home folder for an audit, which tells itself what is wrong there.

        Raises SettingsError only for what leaves nothing to look at.
        """
        keys = open_keys(settings)
        return cls.around(settings, keys, clock, look_for_deployment(settings))

    @classmethod
    def around(
        cls, settings: Settings, keys: KeyStore, clock: Clock, deployment: Deployment | None = None
    ) -> Self:
        """The parts of a ledger put together, with a key store that is open already.

        Nothing is compared. Without ``deployment``, the address is the one that is set and the
        log's name follows from it: so an audit opens what may have been tampered with.
        """
        site = deployment.site if deployment else Site(settings.base_url)
        vault = Vault(settings.vault_url, keys.vault_secret)
        store = EventStore(settings.events_url, VALUES)
        evidence, images = (FileFolder(settings.home / name) for name in ("evidence", "images"))
        bounds = Bounds(GuardedFetcher(settings.is_development), Canonicalizers())
        views = Views(settings.views_url, store, READ_MODELS)
        origin = (
            VerifierKey.parse(deployment.log)
            if deployment
            else VerifierKey(log_origin(settings.base_url), keys.note_key("log"))
        )
        log_key = LogKey(origin, partial(keys.sign_note, "log"))
        log = TransparencyLog(settings.log_url, store, log_key, clock)
        preparer = Preparer(
            vault=vault,
            keys=keys,
            evidence=evidence,
            images=images,
            verifier=bounds.of_strangers,
            entropy=os.urandom,
            ledger_time=store.newest,
        )
        paths: dict[UUID, tuple[UUID, ...]] = {}
        authority = GrantedAuthority(Present(store), paths)
        bus = CommandBus(
            store,
            preparer,
            clock,
            COMMANDS,
            EDITIONS[-1],
            lambda work: GrantedAuthority(work, paths),
        )
        publishing = Publishing(
            site, keys, vault, store, images, views, log, clock, settings.colours
        )
        uploads = UploadFolder(settings.home / "evidence" / "unfinished")
        accounts = Accounts.open(settings, keys.vault_secret)
        letters = letters_of(settings, accounts.engine, vault, store, site, clock)
        erasing = Erasing(settings.erasures_file, vault, store, views, evidence, uploads, accounts)
        processes = [*PROCESSES, erasing.process(), letters.process()]
        return cls(
            settings=settings,
            site=site,
            keys=keys,
            vault=vault,
            store=store,
            evidence=evidence,
            images=images,
            views=views,
            log=log,
            bus=bus,
            authority=authority,
            directory=Directory(views, vault),
            reading=Reading(store, vault, evidence, authority),
            processes=ProcessRunner(
                settings.log_url, store, bus, ProcessFacts(store, views), processes, clock
            ),
            erasing=erasing,
            uploading=Uploading(uploads, vault, store, evidence, bus),
            publishing=publishing,
            verifying=Verifying(publishing, bounds, settings.issuers_file),
            bounds=bounds,
            accounts=accounts,
            letters=letters,
            provider=provider_of(settings, site.base_url),
            viewing=Viewing(),
            drafts=ReviewDrafts(accounts.engine, vault),
            openings=SharedOpenings(accounts.engine),
            jobs=VerificationJobs(accounts.engine),
            entropy=os.urandom,
        )

    @property
    def clock(self) -> Clock:
        """The clock by which commands are dated."""
        return self.bus.clock

    def use_clock(self, clock: Clock) -> None:
        """Go on by another clock: a story is told, and from now on it is today."""
        self.bus.clock = self.log.clock = self.publishing.clock = clock
        self.processes.clock = self.letters.clock = clock

    def _finish_erasures(self) -> None:
        """What was cut short, and whom a backup brought back. It stops no start: whatever fails
        is tried by the next, and told by every audit."""
        try:
            self.processes.catch_up("erasures")
            self.erasing.carry_out_all(self.bus)
        except LedgerError:
            logger.exception("an erasure could not be finished")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()
        self.views.close()
        self.processes.close()
        self.log.close()
        self.vault.engine.dispose()
        self.accounts.close()
        self.bounds.close()
        self.viewing.close()


def _refuse_other_rules(in_force: Policy) -> None:
    """Raises SettingsError for rules that this software does not know."""
    newest = EDITIONS[-1].edition
    if in_force.edition > newest:
        raise SettingsError(
            f"edition {in_force.edition} of the rules is in force, and this software knows none "
            f"after {newest}: start a newer one"
        )
    if in_force not in EDITIONS:
        raise SettingsError(
            f"the rules in force as edition {in_force.edition} are not those that this software "
            "knows under that number: start the software that adopted them"
        )
