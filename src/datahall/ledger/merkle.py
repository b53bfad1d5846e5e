"""The tree of RFC 6962 over leaf hashes: roots, inclusion and consistency proofs.  No I/O.

A proof is made from complete subtrees only, which never change once complete; `Subtrees`
hands them out wherever they are kept.
"""

from collections.abc import Callable, Sequence

from datahall.kit.crypto import Suite, hash_

Subtrees = Callable[[int, int], bytes]
"""(level, index) → root of the complete subtree over leaves [index·2^level, (index+1)·2^level)."""


def leaf_hash(suite: Suite, entry: bytes) -> bytes:
    return hash_(suite, b"\x00" + entry)


def node_hash(suite: Suite, left: bytes, right: bytes) -> bytes:
    return hash_(suite, b"\x01" + left + right)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def root(suite: Suite, hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in linear time."""
    if not hashes:
        return hash_(suite, b"")
    edge = Frontier(suite)
    for leaf in hashes:
        edge.append(leaf)
    return edge.root()


class Frontier:
    """The right edge of a growing tree: enough to append leaves and know every root."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.size = 0
        self._peaks: list[bytes] = []  # roots of the complete subtrees, largest first

    @classmethod
    def at(cls, suite: Suite, size: int, subtrees: Subtrees) -> "Frontier":
        """The edge of the first `size` leaves of a tree that is kept elsewhere."""
        edge = cls(suite)
        edge.size = size
        edge._peaks = [subtrees(level, index) for level, index in _peaks(0, size)]
        return edge

    def append(self, leaf: bytes) -> None:
        peak, rest = leaf, self.size
        while rest & 1:  # as many complete subtrees close as the size has trailing ones
            peak = node_hash(self.suite, self._peaks.pop(), peak)
            rest >>= 1
        self._peaks.append(peak)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return hash_(self.suite, b"")
        whole = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            whole = node_hash(self.suite, peak, whole)
        return whole


def _peaks(start: int, size: int) -> list[tuple[int, int]]:
    """(level, index) of the complete subtrees that cover `size` leaves from an aligned start."""
    found = []
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


def _range_root(suite: Suite, subtrees: Subtrees, start: int, end: int) -> bytes:
    """The hash of leaves [start, end) as RFC 6962 groups them, `start` being aligned."""
    hashes = [subtrees(level, index) for level, index in _peaks(start, end - start)]
    whole = hashes.pop()
    while hashes:
        whole = node_hash(suite, hashes.pop(), whole)
    return whole


def inclusion(suite: Suite, subtrees: Subtrees, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(suite, subtrees, middle, end))
            end = middle
        else:
            path.append(_range_root(suite, subtrees, start, middle))
            start = middle
    return path[::-1]


def consistency(suite: Suite, subtrees: Subtrees, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with that of `old` (RFC 6962 §2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with {old}")
    if old in {0, new}:
        return []
    path, start, end, whole = [], 0, new, True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_root(suite, subtrees, middle, end))
            end = middle
        else:
            path.append(_range_root(suite, subtrees, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(suite, subtrees, start, end))
    return path[::-1]


def includes(
    suite: Suite, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether `path` leads from `leaf` at `index` to the root of `size` leaves (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, whole = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            whole = node_hash(suite, sibling, whole)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            whole = node_hash(suite, whole, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and whole == root


def extends(
    suite: Suite, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether `path` shows that the new tree begins with the old one (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == hash_(suite, b"")
    rest = list(path)
    if old & (old - 1) == 0:
        rest.insert(0, old_root)
    if not rest:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    begun = whole = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            begun, whole = node_hash(suite, sibling, begun), node_hash(suite, sibling, whole)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            whole = node_hash(suite, whole, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and begun == old_root and whole == new_root
