"""The tree in tiles of 256 hashes, as in C2SP tlog-tiles: few rows, each final once full.  No I/O.

Tile (0, n) holds leaf hashes 256·n and on; each hash of level l + 1 is the root of a full tile of
level l.  What lies between is computed from them.
"""

from collections.abc import Callable, Sequence

from datahall.kit.crypto import Suite
from datahall.ledger.merkle import root

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH_BYTES = 32
TILE_BYTES = WIDTH * HASH_BYTES

Tile = tuple[int, int]  # level, index
ReadTile = Callable[[int, int], bytes]


def cut(hashes: bytes) -> list[bytes]:
    return [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]


class TilesBroken(RuntimeError):
    """Hashes are missing that the log must have."""


class TiledTree:
    """Hands out the complete subtrees of a tree that is kept in tiles."""

    def __init__(self, suite: Suite, read: ReadTile) -> None:
        self.suite = suite
        self._read = read
        self._kept: dict[Tile, bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        tile_level, inner = divmod(level, HEIGHT)
        first = index << inner
        tile = self.tile(tile_level, first // WIDTH)
        start = first % WIDTH * HASH_BYTES
        hashes = tile[start : start + (HASH_BYTES << inner)]
        if len(hashes) != HASH_BYTES << inner:
            raise TilesBroken(f"tile {tile_level}/{first // WIDTH} is too short")
        return root(self.suite, cut(hashes))

    def tile(self, level: int, index: int) -> bytes:
        if (level, index) not in self._kept:
            self._kept[level, index] = self._read(level, index)
        return self._kept[level, index]

    def grow(self, size: int, leaves: Sequence[bytes]) -> dict[Tile, bytes]:
        """The tiles that change when `leaves` join a tree of `size`; later reads see them."""
        changed: dict[Tile, bytes] = {}
        level, new = 0, list(leaves)
        while new:
            index, partial = divmod(size, WIDTH)
            begun = self.tile(level, index)[: partial * HASH_BYTES] if partial else b""
            if len(begun) != partial * HASH_BYTES:
                raise TilesBroken(f"tile {level}/{index} is too short")
            hashes, full = begun + b"".join(new), []
            for place in range(0, len(hashes), TILE_BYTES):
                tile = hashes[place : place + TILE_BYTES]
                changed[level, index + place // TILE_BYTES] = tile
                if len(tile) == TILE_BYTES:
                    full.append(root(self.suite, cut(tile)))
            level, size, new = level + 1, index, full
        self._kept |= changed
        return changed
