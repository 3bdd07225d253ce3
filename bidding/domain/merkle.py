"""Merkle trees over leaf hashes, as in Certificate Transparency.

Leaves and nodes are hashed under different first bytes, so that neither can be passed off as the other. A tree of n
leaves splits at the largest power of two below n.

Source: RFC 6962, section 2.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """The leaf of `data`."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two others."""
    return hashlib.sha256(_NODE + left + right).digest()


class MerkleFrontier:
    """The root of leaves that come one by one; it remembers one hash per level, however many there were."""

    def __init__(self) -> None:
        self.count = 0
        self._full: list[bytes] = []  # roots of complete subtrees, the largest first: one per bit of `count`

    def push(self, leaf: bytes) -> None:
        """Add the next leaf."""
        node, count = leaf, self.count
        while count & 1:
            node = node_hash(self._full.pop(), node)
            count >>= 1
        self._full.append(node)
        self.count += 1

    def root(self) -> bytes:
        """The root so far; the hash of nothing where there is no leaf."""
        if not self._full:
            return hashlib.sha256().digest()
        *others, root = self._full
        for subtree in reversed(others):
            root = node_hash(subtree, root)
        return root


class MerkleTree:
    """All levels of a tree, for proofs. A node without a neighbour moves up unchanged, which is RFC 6962's split."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            level = self._levels[-1]
            above = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
            self._levels.append(above + level[len(above) * 2 :])

    def path(self, index: int) -> tuple[bytes, ...]:
        """The hashes that lead from leaf `index` to the root, from the bottom up."""
        path = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return tuple(path)


def root_of_path(leaf: bytes, index: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """The root of a tree of `count` leaves in which `path` leads up from `leaf` at `index`; None where it cannot."""
    if not 0 <= index < count:
        return None
    node, last = leaf, count - 1
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = node_hash(sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        index, last = index >> 1, last >> 1
    return node if last == 0 else None
