"""How much work it is to label the blank nodes of a dataset, counted before it begins.

RDFC-1.0 tells blank nodes apart by the statements that mention them (§4.6, the first-degree
hash). Where these are alike it tries every order of their neighbours (§4.8, hash n-degree quads),
which is exponential for a graph built to make it so (§7.1, dataset poisoning). The work that it may
do at most follows from the groups of nodes that are alike, without doing it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import factorial

from pyoxigraph import BlankNode, Quad

from badges.errors import MalformedDocument

_MOST_WORK = 200_000
"""Statements read while orders are tried; a quarter of a second. Two lists of a hundred equal
items take 80,000."""
_DEEPEST = 300
_STATEMENT = 100
"""Characters of an ordinary statement."""

_Group = list[BlankNode]


def refuse_poisoned(quads: Iterable[Quad]) -> None:
    """Raises MalformedDocument where telling the blank nodes apart could take too much work.

    Linear in the size of ``quads``, apart from a count that ends at the limit.
    """
    mentions: dict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in quads:
        parts = (quad.subject, quad.object, quad.graph_name)
        for node in {part for part in parts if isinstance(part, BlankNode)}:
            mentions[node].append(quad)
    looks = {node: _first_degree(node, stated) for node, stated in mentions.items()}
    times: dict[str, int] = defaultdict(int)
    for look in looks.values():
        times[look] += 1
    alike = {node: look for node, look in looks.items() if times[look] > 1}
    if alike:
        count = _Count(
            {node: _neighbours(node, mentions[node], alike) for node in alike},
            {
                node: 1 + len(mentions[node]) + len(look) // _STATEMENT
                for node, look in alike.items()
            },
        )
        for node in alike:
            count.visit(node, 1, set())


class _Count:
    """Adds up the calls of hash n-degree quads, and what each reads: a permutation of a group
    visits each of its nodes that is not yet on the way (§4.8.3, step 5)."""

    def __init__(self, groups: dict[BlankNode, list[_Group]], cost: dict[BlankNode, int]) -> None:
        self._groups = groups
        self._cost = cost
        self._work = 0

    def visit(self, node: BlankNode, times: int, way: set[BlankNode]) -> None:
        self._work += times * self._cost[node]
        if self._work > _MOST_WORK or len(way) > _DEEPEST:
            raise MalformedDocument(
                "the document is poisoned: too many of its nameless objects are alike, and"
                " telling them apart would take too long"
            )
        way.add(node)
        for group in self._groups[node]:
            ahead = [other for other in group if other not in way]
            orders = factorial(min(len(ahead), 12))  # of twelve it is beyond every limit
            for other in ahead:
                self.visit(other, times * orders, way)
        way.discard(node)


def _first_degree(node: BlankNode, stated: list[Quad]) -> str:
    """What the first-degree hash of a node is made over (§4.6.3)."""
    return "\n".join(
        sorted(
            " ".join(
                ("_:a" if part == node else "_:z") if isinstance(part, BlankNode) else str(part)
                for part in (quad.subject, quad.predicate, quad.object, quad.graph_name)
            )
            for quad in stated
        )
    )


def _neighbours(node: BlankNode, stated: list[Quad], alike: dict[BlankNode, str]) -> list[_Group]:
    """The nodes beside ``node`` in the groups whose orders are tried (§4.7, §4.8.3 step 3).

    Nodes that are like no other have their label by then, and end the search.
    """
    groups: dict[tuple[str, str, str], _Group] = defaultdict(list)
    for quad in stated:
        for position, other in (("s", quad.subject), ("o", quad.object), ("g", quad.graph_name)):
            if isinstance(other, BlankNode) and other != node and other in alike:
                groups[position, quad.predicate.value, alike[other]].append(other)
    return list(groups.values())
