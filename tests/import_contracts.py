"""The import contract of the capabilities, for import-linter (``pyproject.toml``)."""

from __future__ import annotations

from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class CapabilitiesInOrder(Contract):
    """A later capability uses an earlier one, never the reverse, in whichever room; and of another
    one's domain what its package exports, not the modules inside.

    Only what a module itself imports counts: everything may lead anywhere through what joins all.
    """

    rooms = fields.ListField(subfield=fields.StringField())
    order = fields.ListField(subfield=fields.StringField())
    exporting = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        wrong = sorted(self._wrong(graph))
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for words in check.metadata["wrong"]:
            output.print_error(words)

    def _wrong(self, graph: ImportGraph) -> Iterator[str]:
        for module in graph.modules:
            _, own = self._place(module)
            if own is None:
                continue
            for used in graph.find_modules_directly_imported_by(module):
                room, other = self._place(used)
                if other is None or other == own:
                    continue
                if self.order.index(other) > self.order.index(own):
                    yield f"{module} uses {used}: {own} comes before {other}"
                elif room in self.exporting and used != f"{room}.{other}":
                    yield f"{module} uses {used}: import it from {room}.{other}"

    def _place(self, module: str) -> tuple[str, str | None]:
        """The room and the capability to which a module belongs."""
        for room in self.rooms:
            if module.startswith(f"{room}."):
                name = module.removeprefix(f"{room}.").partition(".")[0]
                return room, name if name in self.order else None
        return "", None
