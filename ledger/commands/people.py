"""Commands on people: registering them, their roles, tokens and qualifications."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from keys.multikey import base64url_decode, base64url_encode
from ledger.achievements import MicroCredential
from ledger.commands.desk import Desk, Outcome, command
from ledger.errors import Invalid, NotPermitted
from ledger.people import AccessToken, Ground, Person
from ledger.permissions import ROLES
from ledger.record import Act

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_MARK = "tst_"
_TOKEN_BYTES = 16 + 32  # whose it is, and the secret
_LONGEST_TOKEN_LIFE = 3660


@dataclass(frozen=True)
class People:
    desk: Desk

    @command("person.register")
    def register(
        self, act: Act, name: str, email: str, home: UUID, roles: tuple[tuple[str, UUID], ...] = ()
    ) -> Outcome:
        """Register a person who works at ``home``, with first roles if any."""
        self.desk.authorize(act, "person.register", home)
        person = new_person(self.desk, act, home, name, email)
        for role, unit in roles:
            self._grant(act, person, role, unit)
        return Outcome.of(person, handle=person.handle)

    @command("role.grant")
    def grant_role(self, act: Act, person_id: UUID, role: str, unit: UUID) -> Outcome:
        """Give a person a role within ``unit``; nobody grants one to themselves."""
        person = self.desk.person(person_id)
        self._grant(act, person, role, unit)
        return Outcome.of(person)

    @command("role.revoke")
    def revoke_role(self, act: Act, person_id: UUID, role: str, unit: UUID) -> Outcome:
        """Take a role, and the tokens that stand for it, away."""
        self.desk.authorize(act, "role.revoke", unit)
        person = self.desk.person(person_id)
        person.revoke_role(act, role, unit)
        return Outcome.of(person)

    @command("token.issue")
    def issue_token(
        self, act: Act, person_id: UUID, role: str, unit: UUID, label: str, days: int = 90
    ) -> Outcome:
        """An API token for one role in one unit: one's own, or another's as administrator.

        The secret is in the first answer only; the ledger keeps its SHA-256.
        """
        if not 1 <= days <= _LONGEST_TOKEN_LIFE:
            raise Invalid("token-life", f"a token lives 1 to {_LONGEST_TOKEN_LIFE} days")
        self.desk.authority.authorize_for(act, "token.issue", person_id, unit)
        if act.caller.person == person_id and role != act.caller.role:
            raise NotPermitted("a token for oneself is for the role that one acts in")
        person = self.desk.person(person_id)
        token = act.new_id()
        secret = _MARK + base64url_encode(person_id.bytes + act.entropy(32))
        expires = act.at + timedelta(days=days)
        access = AccessToken(token_digest(secret), role, unit, expires)
        person.issue_token(act, token, access, self.desk.seal_text(person_id, "token.label", label))
        outcome = Outcome.of(person, token=str(token), expires=expires.isoformat())
        return Outcome(outcome.records, outcome.answer, told_once={"secret": secret})

    @command("token.revoke")
    def revoke_token(self, act: Act, person_id: UUID, token: UUID) -> Outcome:
        """End a token: one's own, or another's as administrator."""
        person = self.desk.person(person_id)
        self.desk.authority.authorize_for(act, "token.revoke", person_id, person.home)
        person.revoke_token(act, token)
        return Outcome.of(person)

    @command("assessor.qualify")
    def qualify(self, act: Act, person_id: UUID, micro_credential: UUID) -> Outcome:
        """Let an assessor review submissions for a micro-credential."""
        person = self.desk.person(person_id)
        micro = self.desk.store.look(MicroCredential, micro_credential, "micro-credential")
        self.desk.authorize(act, "assessor.qualify", micro.owner)
        person.qualify(act, micro_credential)
        return Outcome.of(person)

    @command("conflict.declare")
    def declare_conflict(self, act: Act, educator: UUID) -> Outcome:
        """An assessor declares a conflict of interest with an educator."""
        person = self._self(act, "conflict.declare")
        person.declare_conflict(act, self.desk.person(educator).id)
        return Outcome.of(person)

    @command("profile.publish")
    def publish_profile(self, act: Act, public: bool) -> Outcome:
        """An educator shows, or hides, their public profile."""
        person = self._self(act, "profile.publish")
        person.publish_profile(act, public)
        return Outcome.of(person)

    @command("person.erase")
    def erase(self, act: Act, person_id: UUID, ground: Ground) -> Outcome:
        """Decide that a person is forgotten; the deployment then destroys what is theirs.

        The deployment itself may, where a restored backup knows nothing of an erasure.
        """
        person = self.desk.store.load(Person, person_id, "person")
        if act.caller.role != "system":
            self.desk.authorize(act, "person.erase", person.home)
        if act.caller.person == person_id:
            raise NotPermitted("nobody erases themselves")
        person.erase(act, ground)
        return Outcome.of(person)

    def _grant(self, act: Act, person: Person, role: str, unit: UUID) -> None:
        if role not in ROLES:
            raise Invalid("unknown-role", f"no role {role!r}; there are {', '.join(ROLES)}")
        self.desk.authorize(act, "role.grant", unit)
        if act.caller.person == person.id:
            raise NotPermitted("nobody grants a role to themselves")
        person.grant_role(act, role, unit)

    def _self(self, act: Act, action: str) -> Person:
        if act.caller.person is None or act.caller.unit is None:
            raise NotPermitted("only a person may do this")
        self.desk.authorize(act, action, act.caller.unit)
        return self.desk.person(act.caller.person)


def new_person(desk: Desk, act: Act, home: UUID, name: str, email: str) -> Person:
    """A person with a data key of their own. Raises Invalid."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 200:
        raise Invalid("bad-name", "a name has 1 to 200 characters")
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Invalid("bad-email", "this is not an e-mail address")
    person = act.new_id()
    desk.vault.create(person)
    return Person.register(
        act,
        person,
        home=home,
        handle=base64.b32encode(act.entropy(10)).decode().lower(),
        name=desk.seal_text(person, "person.name", name),
        email=desk.seal_text(person, "person.email", email),
    )


def token_digest(secret: str) -> str:
    """How a token is kept: hex SHA-256. Its 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_holder(secret: str) -> UUID | None:
    """Whose token it says that it is; None for what is no token."""
    try:
        packed = base64url_decode(secret.removeprefix(_MARK))
    except ValueError:
        return None
    is_token = secret.startswith(_MARK) and len(packed) == _TOKEN_BYTES
    return UUID(bytes=packed[:16]) if is_token else None
