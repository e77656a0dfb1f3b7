"""Deployment: what a ledger is known by, named by its first event.

Whoever opens a ledger compares all of it with what lies in the home folder, so that a file that is
missing, or another's, is a fault that is told and never a new beginning that looks healthy.
"""

from __future__ import annotations

from typing import Self
from uuid import NAMESPACE_URL, UUID, uuid5

from keys.vault import Sealed
from ledger.errors import RuleBroken
from ledger.record import Act, Record
from ledger.site import Site

DEPLOYMENT_ID = uuid5(NAMESPACE_URL, "testamur:deployment")
"""The stream of the one deployment that a ledger has: founding a second one is a conflict."""


class Deployment(Record):
    """The addresses of a ledger, its log, its key store and its vault."""

    class Founded(Record.Created):
        address: str
        log: str
        keys: UUID
        vault: Sealed

    class Moved(Record.Event):
        address: str

        def apply(self, deployment: Deployment) -> None:
            deployment.addresses.append(self.address)

    def __init__(self, *, address: str, log: str, keys: UUID, vault: Sealed) -> None:
        self.addresses = [address]
        """The base URLs that it had, in order; the last is the present one."""
        self.log = log
        """The log's verifier key, with its name, for ever."""
        self.keys = keys
        """The id of its key file."""
        self.vault = vault
        """What only its vault opens."""

    @property
    def site(self) -> Site:
        """Its public addresses now."""
        *before, now = self.addresses
        return Site(now, tuple(dict.fromkeys(url for url in reversed(before) if url != now)))

    @classmethod
    def found(cls, act: Act, address: str, log: str, keys: UUID, vault: Sealed) -> Self:
        """A ledger's first event."""
        return cls.begin(
            cls.Founded, act, DEPLOYMENT_ID, address=address, log=log, keys=keys, vault=vault
        )

    def move(self, act: Act, address: str) -> None:
        """To another base URL; what was issued under the earlier ones goes on being served there.

        Raises RuleBroken for the present address, and for another path on a host that it had:
        requests are told apart by their Host.
        """
        if address == self.addresses[-1]:
            raise RuleBroken("address-is-ours", f"the ledger is at {address} already")
        site = self.site
        for known in site.every:
            if known.host == Site(address).host and known.base_url != address:
                raise RuleBroken(
                    "address-is-ours",
                    f"{known.base_url} is an address of this ledger; a second one on the same "
                    "host cannot be told from it",
                )
        self.happened(self.Moved, act, address=address)
