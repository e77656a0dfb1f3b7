"""The Merkle tree of RFC 6962 §2.1 over SHA-256: roots and proofs, computed and checked.

Whoever computes a proof reads hashes of whole subtrees through a :data:`Nodes`; whoever checks
one needs nothing but the proof (RFC 9162 §2.1.3.2 and §2.1.4.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

HASH = 32
"""Bytes of a hash."""

EMPTY_ROOT = hashlib.sha256(b"").digest()

Nodes = Callable[[int, int], bytes]
"""The hash of the whole subtree at ``(level, index)``: over the leaves from ``index * 2**level``
up to ``(index + 1) * 2**level``."""


def leaf_hash(entry: bytes) -> bytes:
    """MTH of one entry (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def parent_hash(left: bytes, right: bytes) -> bytes:
    """MTH of two subtrees (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over subtrees of one size, the last of which may be smaller.

    A list of leaf hashes is the plain case.
    """
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:  # an odd one at the end rises unchanged, as RFC 6962 splits
        odd = row[-1:] if len(row) % 2 else []
        row = [parent_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + odd
    return row[0]


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """MTH of the leaves from ``start`` up to ``end``, in a tree where the range is a subtree."""
    size = end - start
    if size == 0:
        return EMPTY_ROOT
    level = size.bit_length() - 1
    if size == 1 << level:
        return nodes(level, start >> level)
    middle = start + (1 << level)
    return parent_hash(range_root(nodes, start, middle), range_root(nodes, middle, end))


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) from the leaf's sibling to the root's child (RFC 6962 §2.1.1).

    Raises ValueError when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]) (RFC 6962 §2.1.2); empty for equal sizes and from the empty tree.

    Raises ValueError when ``old`` is the larger.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} does not grow to one of {new}")
    if old in (0, new):
        return []
    start, end, path, whole = 0, new, [], True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(nodes, start, end))
    return path[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the leaf hash is at ``index`` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
    for item in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = parent_hash(item, found)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            found = parent_hash(found, item)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of ``new`` leaves begins with the one of ``old`` (RFC 9162 §2.1.4.2)."""
    if old == 0:
        return old_root == EMPTY_ROOT and not proof and new >= 0
    if old == new:
        return old_root == new_root and not proof
    if old > new or not proof:
        return False
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for item in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = parent_hash(item, before), parent_hash(item, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = parent_hash(after, item)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
