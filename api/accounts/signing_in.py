"""Signing in: what somebody shows, and whose it is. Known and unknown addresses are answered alike,
in words and in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from api.accounts import passkeys, passwords, second_step
from api.accounts.passkeys import Party
from api.accounts.sessions import Browser
from api.wiring import Testamur
from ledger.bus import Request
from ledger.context import SYSTEM, Caller
from ledger.errors import Invalid, LedgerError, NotFound, RuleBroken
from ledger.people import Account, LockAccount, Person, SignIn


class NoRole(RuleBroken):
    """Whoever it is holds no role here now."""

    def __init__(self) -> None:
        super().__init__("no-role", "you hold no role here now; ask an administrator for one")


class Wrong(Invalid):
    """Not what lets anybody in; which part was wrong is not said."""

    def __init__(self, words: str = "the address or the password is not right") -> None:
        super().__init__("not-let-in", words)


class TooMany(Invalid):
    """Too many attempts failed, for this address or from this place."""

    def __init__(self) -> None:
        super().__init__("too-many-tries", "too many attempts failed; try again later")


@dataclass(frozen=True)
class Shown:
    """What somebody showed: a credential of a person's. ``tried`` names the address under which
    failures are counted."""

    person: UUID
    credential: UUID
    how: str
    tried: str
    second: UUID | None = None
    count: int = 0


def account_of(app: Testamur, person: UUID) -> Account | None:
    """How a person lets themselves in; None for somebody who never began."""
    try:
        return app.store.read(Account, Account.id_for(person), "account")
    except NotFound:
        return None


def key_of(app: Testamur, address: str) -> str:
    """Under which failures of an address are counted, whosever it is."""
    return app.accounts.stamps.digest_of("address", address.strip().casefold())


def show_password(app: Testamur, address: str, password: str) -> Shown:
    """Raises Wrong, TooMany, Unavailable."""
    tried, now = key_of(app, address), app.clock()
    locked = app.accounts.failures.locked_until(tried, now)
    person = app.vault.holder_of(address) if "@" in address else None
    account = account_of(app, person) if person else None
    credential = account.of_kind("password") if account else None
    kept = app.vault.kept(person, "password") if person and credential else None
    right = passwords.matches(password, kept)  # always, so that it takes as long
    if locked is not None:
        raise TooMany
    if not right or person is None or credential is None:
        app.accounts.failures.note(tried, now)
        raise Wrong
    return Shown(person, credential, "password", tried)


def needs_second_step(app: Testamur, shown: Shown) -> bool:
    """Whether a password alone lets that person in no more."""
    account = account_of(app, shown.person)
    return shown.how == "password" and account is not None and has_second_step(account)


def has_second_step(account: Account) -> bool:
    """Whether one-time codes are set up."""
    return account.of_kind("one-time-codes") is not None


def show_code(app: Testamur, shown: Shown, code: str) -> Shown:
    """The second step: a one-time or a recovery code. Raises Wrong, TooMany."""
    now = app.clock()
    if app.accounts.failures.locked_until(shown.tried, now):
        raise TooMany
    account = account_of(app, shown.person)
    vault, stamps = app.vault, app.accounts.stamps
    if account is not None:
        if second_step.use_code(vault, stamps, shown.person, code, now):
            return replace(shown, second=account.of_kind("one-time-codes"))
        if second_step.use_paper(vault, stamps, shown.person, code, now):
            return replace(shown, second=account.of_kind("recovery-codes"))
    app.accounts.failures.note(shown.tried, now)
    raise Wrong("the code is not right, or was used before")


def show_passkey(app: Testamur, stamp: str, answer: str) -> Shown:
    """``stamp`` is the challenge's, found to be ours and unused. Raises Invalid."""
    said = passkeys.asserted(answer)
    account = account_of(app, said.person)
    held = account.credentials.get(said.credential) if account else None
    kept = app.vault.open(held.value) if held and held.value and held.kind == "passkey" else None
    if kept is None:
        raise Invalid("passkey-not-right", "this passkey is not known here; use another way")
    count = passkeys.used(Party(app.site.base_url), stamp, said, kept.decode())
    return Shown(said.person, said.credential, "passkey", "", count=count)


def let_in(app: Testamur, shown: Shown, browser: Browser, role: Caller | None = None) -> Caller:
    """Record that somebody signed in; gives the role that they act in: ``role`` if they hold it
    still, else the first of theirs. Raises LedgerError."""
    caller = role or first_role(app, shown.person)
    failures = app.accounts.failures
    command = SignIn(
        credential=shown.credential,
        second=shown.second,
        count=shown.count,
        failed=failures.count(shown.tried) if shown.tried else 0,
        place=f"{browser.agent} · {browser.address}",
    )
    app.bus.execute(Request(caller), command)
    if shown.tried:
        failures.clear(shown.tried)
    return caller


def first_role(app: Testamur, person: UUID) -> Caller:
    """The first of a person's roles, in a settled order. Raises NoRole."""
    grants = sorted(app.store.read(Person, person, "person").grants)
    if not grants:
        raise NoRole
    role, unit = grants[0]
    return Caller(person, role, unit)


def note_locked(app: Testamur, address: str) -> None:
    """Record that an account is locked: afterwards, so that it takes as long for one that is
    nobody's."""
    now = app.clock()
    until = app.accounts.failures.locked_until(key_of(app, address), now)
    person = app.vault.holder_of(address) if until and "@" in address else None
    account = account_of(app, person) if person else None
    if until is None or account is None or account.locked_until == until:
        return
    try:
        app.bus.execute(Request(SYSTEM), LockAccount(account=account.id, until=until))
    except LedgerError:
        return  # it is locked all the same
