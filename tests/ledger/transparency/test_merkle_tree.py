"""The Merkle tree, its tiles and proofs: against Certificate Transparency's own numbers, and
against the definition written down once more."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.transparency.tiles import (
    ENTRIES,
    WIDTH,
    Edge,
    Tile,
    bundle_of,
    entries_of,
    nodes_from,
    root_from,
    tiles_of,
)
from ledger.transparency.tree import (
    HASH,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def definition(hashes: Sequence[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 defines it, from leaf hashes."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    left, right = definition(hashes[:split]), definition(hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree of that many leaves, in tiles."""

    def __init__(self, size: int) -> None:
        self.leaves = [leaf_hash(b"%d" % number) for number in range(size)]
        self.edge = Edge()
        self.tiles: dict[Tile, bytes] = {}
        for leaf in self.leaves:
            self.tiles |= dict(self.edge.append(leaf))
        self.tiles |= dict(self.edge.tiles())

    def read(self, tile: Tile) -> bytes:
        whole = self.tiles.get(Tile(tile.level, tile.number))
        if whole is not None:
            return whole[: tile.width * HASH]
        widest = max(
            (t for t in self.tiles if (t.level, t.number) == (tile.level, tile.number)),
            key=lambda t: t.width,
        )
        return self.tiles[widest][: tile.width * HASH]


BIG = Tree(70_000)


def test_roots_are_those_of_certificate_transparency() -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in CT_LEAVES]
    edge = Edge()
    for size, root in enumerate(CT_ROOTS):
        assert root_of(leaves[:size]).hex() == root
        assert edge.root().hex() == root
        if size < len(leaves):
            edge.append(leaves[size])


def test_the_specification_s_example_of_tiles() -> None:
    """C2SP tlog-tiles: a tree of 70,000."""
    bundles = [t for t in tiles_of(70_000) if t.level == ENTRIES]
    tiles = [t for t in tiles_of(70_000) if t.level != ENTRIES]
    assert [len(bundles), bundles[-1].path] == [274, "tile/entries/273.p/112"]
    assert len([t for t in tiles if t.level == 0 and t.width == WIDTH]) == 273
    assert [t for t in tiles if t.width < WIDTH] == [
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert set(tiles) == set(BIG.tiles)
    assert list(tiles_of(256)) == [Tile(ENTRIES, 0), Tile(0, 0), Tile(1, 0, 1)]
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(0, 273, 112).path == "tile/0/273.p/112"


@given(st.integers(0, 10**9), st.integers(1, WIDTH))
def test_paths_are_read_back(number: int, width: int) -> None:
    for level in (ENTRIES, 0, 7):
        tile = Tile(level, number, width)
        assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    ["", "1", "0001", "000/001", "x001", "001.p/0", "001.p/256", "001.p/01", "../001", "x000/001"],
)
def test_other_ways_to_write_a_path_are_refused(path: str) -> None:
    assert Tile.parse(f"tile/0/{path}") is None
    assert Tile.parse(f"tile/00/{path or '000'}") is None


@given(st.integers(0, 70_000))
def test_any_root_comes_out_of_the_tiles(size: int) -> None:
    assert root_from(BIG.read, size) == root_of(BIG.leaves[:size])


@given(st.integers(0, 600))
def test_roots_follow_the_definition(size: int) -> None:
    assert root_of(BIG.leaves[:size]) == definition(BIG.leaves[:size])


@given(st.data())
def test_proofs_hold_and_their_neighbours_do_not(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70_000), "size")
    index = data.draw(st.integers(0, size - 1), "index")
    nodes, root = nodes_from(BIG.read, size), root_from(BIG.read, size)
    proof = inclusion_proof(nodes, index, size)
    leaf = BIG.leaves[index]
    assert verify_inclusion(leaf, index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
    assert not verify_inclusion(leaf, index + 1, size, proof, root)
    assert not verify_inclusion(leaf, index, size, [*proof, leaf], root)
    assert not proof or not verify_inclusion(leaf, index, size, proof[:-1], root)

    old = data.draw(st.integers(0, size), "old")
    before = root_from(BIG.read, old)
    proof = consistency_proof(nodes, old, size)
    assert verify_consistency(old, size, before, root, proof)
    if 0 < old < size:
        assert not verify_consistency(old, size, leaf_hash(b"other"), root, proof)
        assert not verify_consistency(old, size, before, leaf_hash(b"other"), proof)
        assert not verify_consistency(old, size, before, root, proof[:-1])
        assert not verify_consistency(old, size, before, root, [*proof, leaf])


def test_bundles_are_read_back_and_cut_ones_refused() -> None:
    bundle = bundle_of(b"".join(BIG.leaves[:3]))
    assert entries_of(bundle) == BIG.leaves[:3]
    for cut in (1, 33, len(bundle) - 1):
        with pytest.raises(ValueError, match="cut short"):
            entries_of(bundle[:cut])
