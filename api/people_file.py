"""People from a spreadsheet: what each line would do, and doing it.

The columns are ``name``, ``email``, ``unit`` (its name, its place such as ``East / Oak``, or its
id) and ``roles``, parted by semicolons; a role counts at the person's unit unless it says where:
``assessor @ Harmony``. Whoever has the address already is given the roles that they lack and keeps
all else, so that the same file can be sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from api import spreadsheet
from api.spreadsheet import Line
from api.wiring import Testamur
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import LedgerError, NotFound
from ledger.people import GrantRole, Person, RegisterPerson, RoleWithin
from ledger.people.persons import refuse_beside
from ledger.people.texts import Email, Name
from ledger.policy import ROLES, Role
from ledger.value import Value
from projections import unseal_all
from projections.people import organizations, persons

COLUMNS = ("name", "email", "unit", "roles")
MOST = 500
"""Lines that one request takes: each person costs some milliseconds."""

Outcome = Literal["create", "change", "nothing", "refuse"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_NAME, _EMAIL = TypeAdapter(Name), TypeAdapter(Email)


class Row(Value):
    """What one line does: it would be done as long as ``done`` is false. Refused, ``code`` is the
    problem's and ``why`` says it; changed, ``roles`` are those that are added."""

    number: int
    name: str
    email: str
    unit: str
    roles: tuple[str, ...]
    outcome: Outcome
    person: UUID | None = None
    code: str = ""
    why: str = ""
    done: bool = False


@dataclass(frozen=True)
class _Planned:
    row: Row
    command: RegisterPerson | None = None
    grants: tuple[GrantRole, ...] = ()


class _Refused(Exception):
    """Why a line is refused."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def preview(app: Testamur, caller: Caller, data: bytes, most: int = MOST) -> list[Row]:
    """What each line would do. Raises Invalid (``bad-table``) for what is no such table."""
    return [planned.row for planned in _plan(app, caller, data, most)]


def carry_out(app: Testamur, asked: Request, data: bytes, most: int = MOST) -> list[Row]:
    """Do it, line by line: one that is refused stops no other. Raises Invalid as ``preview``."""
    return [_done(app, asked, planned) for planned in _plan(app, asked.caller, data, most)]


def written(app: Testamur, homes: list[str]) -> Iterator[bytes]:
    """The people at these units as such a table, that can be sent back."""
    return spreadsheet.write(COLUMNS, _lines(app, homes))


def _done(app: Testamur, asked: Request, planned: _Planned) -> Row:
    row = planned.row
    as_they = Request(asked.caller)
    try:
        if planned.command is not None:
            made = app.bus.execute(as_they, planned.command)
            return row.model_copy(update={"done": True, "person": made.id})
        for grant in planned.grants:
            app.bus.execute(as_they, grant)
    except LedgerError as error:
        refused = {"outcome": "refuse", "code": error.code, "why": str(error)}
        return row.model_copy(update=refused)
    return row.model_copy(update={"done": row.outcome == "change"})


def _plan(app: Testamur, caller: Caller, data: bytes, most: int) -> Iterator[_Planned]:
    lines = spreadsheet.read(data, COLUMNS, most)
    with app.views.reading("organizations") as connection:
        units = _Units(organizations.tree(connection))
    seen: set[str] = set()
    for line in lines:
        try:
            yield _planned(app, caller, units, line, seen)
        except _Refused as refused:
            yield _Planned(_row(line, "refuse", code=refused.code, why=refused.why))


def _planned(app: Testamur, caller: Caller, units: _Units, line: Line, seen: set[str]) -> _Planned:
    name, email = _checked(_NAME, line.cells["name"]), _checked(_EMAIL, line.cells["email"])
    if email.casefold() in seen:
        raise _Refused("twice", "an earlier line has the same address")
    seen.add(email.casefold())
    home = units.find(line.cells["unit"])
    roles = [_role(units, text, home) for text in line.cells["roles"].split(";") if text.strip()]
    _must_fit(app, caller, home, roles)
    holder = app.vault.holder_of(email)
    person = _registered(app, holder) if holder is not None else None
    if person is None:
        command = RegisterPerson(name=name, email=email, home=home, roles=tuple(roles))
        return _Planned(_row(line, "create", roles=_words(units, roles)), command)
    if caller.unit not in app.authority.path(person.home):
        raise _Refused("email-taken", "somebody outside your part has this address")
    missing = [role for role in roles if (role.role, role.unit) not in person.grants]
    _exclude(missing, {held for held, _ in person.grants})
    if person.id == caller.person and missing:
        raise _Refused("not-permitted", "nobody grants a role to themselves")
    outcome: Outcome = "change" if missing else "nothing"
    row = _row(line, outcome, roles=_words(units, missing), person=person.id)
    return _Planned(row, None, tuple(GrantRole(person=person.id, role=r) for r in missing))


def _registered(app: Testamur, person: UUID) -> Person | None:
    """None where the registration came to nothing."""
    try:
        return app.store.read(Person, person, "person")
    except NotFound:
        return None


def _must_fit(app: Testamur, caller: Caller, home: UUID, roles: list[RoleWithin]) -> None:
    try:
        app.bus.require(caller, RegisterPerson.NAME, home)
        for role in roles:
            app.bus.require(caller, GrantRole.NAME, role.unit)
    except LedgerError as error:
        raise _Refused(error.code, str(error)) from None
    if len(roles) != len(set(roles)):
        raise _Refused("role-already-held", "a role stands there twice")
    _exclude(roles, set())


def _exclude(roles: list[RoleWithin], held: set[str]) -> None:
    together = set(held)
    for role in roles:
        try:
            refuse_beside(role.role, together)
        except LedgerError as error:
            raise _Refused(error.code, str(error)) from None
        together.add(role.role)


def _checked(kind: TypeAdapter[str], text: str) -> str:
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        cause = error.errors()[0].get("ctx", {}).get("error")
        if isinstance(cause, LedgerError):
            raise _Refused(cause.code, str(cause)) from None
        raise
    except LedgerError as error:
        raise _Refused(error.code, str(error)) from None


def _role(units: _Units, text: str, home: UUID) -> RoleWithin:
    words, _, where = text.partition("@")
    role = "-".join(words.casefold().split())
    if role not in ROLES:
        raise _Refused("role-unknown", f"there is no role of that name; roles: {', '.join(ROLES)}")
    unit = units.find(where) if where.strip() else home
    known: Role = role  # type: ignore[assignment]
    return RoleWithin(role=known, unit=unit)


def _row(
    line: Line,
    outcome: Outcome,
    *,
    roles: tuple[str, ...] | None = None,
    person: UUID | None = None,
    code: str = "",
    why: str = "",
) -> Row:
    given = tuple(role.strip() for role in line.cells["roles"].split(";") if role.strip())
    return Row.rebuilt(
        number=line.number,
        name=line.cells["name"],
        email=line.cells["email"],
        unit=line.cells["unit"],
        roles=given if roles is None else roles,
        outcome=outcome,
        person=person,
        code=code,
        why=why,
    )


def _words(units: _Units, roles: list[RoleWithin]) -> tuple[str, ...]:
    return tuple(f"{role.role} @ {units.name(role.unit)}" for role in roles)


class _Units:
    """The tree of units, by how people write them."""

    def __init__(self, tree: Mapping[str, organizations.Unit]) -> None:
        self._tree = tree
        self._by_words: dict[str, list[str]] = {}
        for unit in tree.values():
            for words in {unit.name, " / ".join(unit.path), unit.id}:
                self._by_words.setdefault(_squeezed(words), []).append(unit.id)

    def find(self, words: str) -> UUID:
        found = self._by_words.get(_squeezed(words), [])
        if not found:
            raise _Refused("unit-unknown", "there is no unit of that name")
        if len(found) > 1:
            raise _Refused("unit-ambiguous", "several units have that name: write East / Oak")
        return UUID(found[0])

    def name(self, unit: UUID) -> str:
        return self._tree[str(unit)].name


def _squeezed(words: str) -> str:
    return " / ".join(" ".join(part.casefold().split()) for part in words.split("/"))


def _lines(app: Testamur, homes: list[str]) -> Iterator[tuple[str, str, str, str]]:
    after = ""
    with app.views.reading("organizations", "persons") as connection:
        tree = organizations.tree(connection)
        while rows := persons.page(connection, homes, after, 500):
            opened = unseal_all(app.vault, [box for row in rows for box in (row.name, row.email)])
            roles = persons.roles_of_these(connection, [row.id for row in rows])
            for row, name, email in zip(rows, opened[::2], opened[1::2], strict=True):
                held = "; ".join(
                    f"{role.role} @ {' / '.join(tree[role.unit].path)}" for role in roles[row.id]
                )
                if name is not None and email is not None:
                    yield name, email, " / ".join(tree[row.home].path), held
            after = rows[-1].id
