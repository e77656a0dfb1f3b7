"""What the things of a ledger are called, as it can be told today: people, units, and
micro-credentials; and whose a submission or an award is."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from api.wiring import Testamur
from projections import unseal
from projections.assessment import queues
from projections.awards import register
from projections.catalogue import micro_credentials
from projections.people import persons
from projections.people.organizations import name_of


class Names:
    """Finds each once. Names are told as they are now, also of what is long past."""

    def __init__(self, app: Testamur) -> None:
        self._app = app
        self._found: dict[str, str] = {}

    def of(self, thing: UUID | str) -> str:
        """What a thing is called; empty for what has no name."""
        key = str(thing)
        if key not in self._found:
            names = ("persons", "organizations", "micro-credentials", "submissions", "awards")
            with self._app.views.reading(*names) as connection:
                self._found[key] = self._look_up(connection, key)
        return self._found[key]

    def of_person(self, person: UUID | None) -> str:
        """Who it is; the deployment for nobody. An erased person has a piece of their id."""
        if person is None:
            return "the deployment"
        return self.of(person) or f"({str(person)[:8]}, erased)"

    def within(self, text: str) -> str:
        """A text with names in place of the ids in it that have one."""
        return " ".join(self._named(word) for word in text.split(" "))

    def _named(self, word: str) -> str:
        try:
            return self.of(UUID(word)) or word
        except ValueError:
            return word

    def _look_up(self, connection: Connection, thing: str) -> str:
        if (person := persons.by_id(connection, thing)) is not None:
            return unseal(self._app.vault, person.name) or f"({thing[:8]}, erased)"
        if (unit := name_of(connection, thing)) is not None:
            return unit
        if (version := micro_credentials.version(connection, thing, None)) is not None:
            return micro_credentials.definition_of(version).name
        if (award := register.by_id(connection, thing)) is not None:
            return self._whose(connection, award.micro_credential, award.person)
        if (submission := queues.by_id(connection, thing)) is not None:
            return self._whose(connection, submission.micro_credential, submission.educator)
        return ""

    def _whose(self, connection: Connection, micro_credential: str, person: str) -> str:
        what = self._look_up(connection, micro_credential)
        return f"{what}, {self._look_up(connection, person) or f'({person[:8]}, erased)'}"
