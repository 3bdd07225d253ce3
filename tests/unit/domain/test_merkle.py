"""Merkle trees: the root that the standard defines, and paths that prove what they should and nothing else."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.merkle import MerkleFrontier, MerkleTree, leaf_hash, node_hash, root_of_path

_leaves = st.integers(1, 70).map(lambda count: [leaf_hash(bytes([number])) for number in range(count)])


def root(leaves: list[bytes]) -> bytes:
    frontier = MerkleFrontier()
    for leaf in leaves:
        frontier.push(leaf)
    return frontier.root()


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(power for power in (2**exponent for exponent in range(8)) if power < len(leaves))
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def test_known_root() -> None:
    """The eight entries that implementations of Certificate Transparency are tested with have their known root."""
    entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]

    known = root([leaf_hash(bytes.fromhex(entry)) for entry in entries])

    assert known.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(_leaves)
def test_root(leaves: list[bytes]) -> None:
    """Leaves that come one by one have the root that the standard defines; none at all have the hash of nothing."""
    assert root(leaves) == by_definition(leaves)
    assert root([]) == by_definition([])


@given(_leaves, st.data())
def test_path(leaves: list[bytes], data: st.DataObject) -> None:
    """The path of a leaf leads to the root, and from no other leaf, place, size or path."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = MerkleTree(leaves).path(index)

    assert root_of_path(leaves[index], index, len(leaves), path) == root(leaves)
    assert root_of_path(leaf_hash(b"another"), index, len(leaves), path) != root(leaves)
    assert root_of_path(leaves[index], index, len(leaves), (*path, leaves[0])) is None
    assert root_of_path(leaves[index], len(leaves), len(leaves), path) is None
    if path:
        assert root_of_path(leaves[index], index, len(leaves), path[:-1]) is None
        flipped = (bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:])
        assert root_of_path(leaves[index], index, len(leaves), flipped) != root(leaves)
        other = data.draw(st.integers(0, len(leaves) - 1).filter(lambda place: place != index))
        assert root_of_path(leaves[index], other, len(leaves), path) != root(leaves)
