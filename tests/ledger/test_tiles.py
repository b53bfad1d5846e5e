import random

import pytest

from datahall.kit.crypto import Suite
from datahall.ledger import merkle
from datahall.ledger.merkle import Frontier
from datahall.ledger.tiles import HASH_BYTES, TILE_BYTES, TiledTree, TilesBroken, cut

LEAVES = [merkle.leaf_hash(Suite.INTL, str(n).encode()) for n in range(256 * 256 + 700)]


def grown(steps):
    """The tiles of a tree that grew to each size of `steps`, a new reader each time."""
    kept, size = {}, 0

    def read(level, index):
        return kept[level, index]

    for step in steps:
        tree = TiledTree(Suite.INTL, read)
        kept |= tree.grow(size, LEAVES[size:step])
        size = step
    return kept


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000, 256 * 256, len(LEAVES)])
def test_roots_from_tiles_are_the_roots_over_leaves(size):
    kept = grown([size // 3, size // 2, size])
    tree = TiledTree(Suite.INTL, lambda level, index: kept[level, index])
    assert Frontier.at(Suite.INTL, size, tree).root() == merkle.root(Suite.INTL, LEAVES[:size])


def test_in_how_many_steps_it_grew_does_not_show():
    steps = sorted(random.Random(7).sample(range(1, 3000), 60))
    assert grown([*steps, 3000]) == grown([3000])


def test_tiles_are_as_specified():
    kept = grown([256 * 256 + 5])
    assert len(kept[0, 0]) == TILE_BYTES
    assert cut(kept[0, 256]) == LEAVES[65536:65541]
    assert cut(kept[1, 0])[3] == merkle.root(Suite.INTL, LEAVES[768:1024])
    assert cut(kept[2, 0]) == [merkle.root(Suite.INTL, LEAVES[:65536])]
    assert sorted(kept) == [*((0, n) for n in range(257)), (1, 0), (2, 0)]


def test_every_proof_can_be_made_from_tiles():
    size = 777
    kept = grown([size])
    tree = TiledTree(Suite.INTL, lambda level, index: kept[level, index])
    root = merkle.root(Suite.INTL, LEAVES[:size])
    for index in range(size):
        path = merkle.inclusion(Suite.INTL, tree, index, size)
        assert merkle.includes(Suite.INTL, LEAVES[index], index, size, path, root)
    for old in range(size + 1):
        path = merkle.consistency(Suite.INTL, tree, old, size)
        before = merkle.root(Suite.INTL, LEAVES[:old])
        assert merkle.extends(Suite.INTL, old, size, before, root, path)


def test_a_lost_hash_is_noticed():
    kept = grown([300])
    kept[0, 1] = kept[0, 1][:-HASH_BYTES]
    tree = TiledTree(Suite.INTL, lambda level, index: kept[level, index])
    with pytest.raises(TilesBroken):
        tree(0, 299)
    with pytest.raises(TilesBroken):
        tree.grow(300, LEAVES[300:301])
