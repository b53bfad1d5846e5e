"""The tree against the vectors of RFC 6962's reference implementation and a naive oracle."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.kit.crypto import Suite, hash_
from datahall.ledger import merkle
from datahall.ledger.merkle import Frontier, consistency, extends, includes, inclusion

# certificate-transparency-go, merkletree tests: eight leaves and the root after each of them.
ENTRIES = [
    bytes.fromhex(h)
    for h in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(Suite.INTL, entry) for entry in ENTRIES]


def naive_root(suite, leaves):
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return hash_(suite, b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(suite, naive_root(suite, leaves[:k]), naive_root(suite, leaves[k:]))


def numbered(suite, count):
    return [merkle.leaf_hash(suite, str(n).encode()) for n in range(count)]


def subtrees(suite, leaves):
    def read(level, index):
        covered = leaves[index << level : (index + 1) << level]
        assert len(covered) == 1 << level, "a proof asked for a subtree that is not complete"
        return naive_root(suite, covered)

    return read


class TestVectors:
    def test_empty_tree(self):
        assert merkle.root(Suite.INTL, []) == sha256(b"").digest()

    @pytest.mark.parametrize("size", range(1, 9))
    def test_roots(self, size):
        assert merkle.root(Suite.INTL, LEAVES[:size]).hex() == ROOTS[size - 1]

    def test_inclusion_of_leaf_0_in_8(self):
        path = inclusion(Suite.INTL, subtrees(Suite.INTL, LEAVES), 0, 8)
        assert [h.hex() for h in path] == [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]

    def test_inclusion_of_leaf_5_in_8(self):
        path = inclusion(Suite.INTL, subtrees(Suite.INTL, LEAVES), 5, 8)
        assert [h.hex() for h in path] == [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]

    def test_consistency_of_6_and_8(self):
        path = consistency(Suite.INTL, subtrees(Suite.INTL, LEAVES), 6, 8)
        assert [h.hex() for h in path] == [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]


@pytest.mark.parametrize("suite", list(Suite))
def test_every_root_is_that_of_the_definition(suite):
    leaves = numbered(suite, 70)
    assert [merkle.root(suite, leaves[:n]) for n in range(71)] == [
        naive_root(suite, leaves[:n]) for n in range(71)
    ]


def test_the_edge_of_a_kept_tree_goes_on_as_if_never_put_away():
    leaves = numbered(Suite.INTL, 40)
    for size in range(40):
        edge = Frontier.at(Suite.INTL, size, subtrees(Suite.INTL, leaves))
        for leaf in leaves[size:]:
            edge.append(leaf)
        assert edge.root() == naive_root(Suite.INTL, leaves)


def test_every_leaf_of_every_tree_is_proved_included():
    leaves = numbered(Suite.INTL, 40)
    read = subtrees(Suite.INTL, leaves)
    for size in range(1, 41):
        root = naive_root(Suite.INTL, leaves[:size])
        for index in range(size):
            path = inclusion(Suite.INTL, read, index, size)
            assert includes(Suite.INTL, leaves[index], index, size, path, root)


def test_every_pair_of_trees_is_proved_consistent():
    leaves = numbered(Suite.INTL, 40)
    read = subtrees(Suite.INTL, leaves)
    roots = [naive_root(Suite.INTL, leaves[:n]) for n in range(41)]
    for new in range(41):
        for old in range(new + 1):
            path = consistency(Suite.INTL, read, old, new)
            assert extends(Suite.INTL, old, new, roots[old], roots[new], path)


@given(st.data())
def test_a_proof_speaks_for_one_leaf_at_one_place_in_one_tree(data):
    size = data.draw(st.integers(2, 200))
    index = data.draw(st.integers(0, size - 1))
    leaves = numbered(Suite.INTL, size)
    root = naive_root(Suite.INTL, leaves)
    path = inclusion(Suite.INTL, subtrees(Suite.INTL, leaves), index, size)
    wrong_index = data.draw(st.integers(-1, size).filter(lambda n: n != index))
    spoiled = data.draw(st.integers(0, len(path) - 1))
    other = [*path[:spoiled], sha256(path[spoiled]).digest(), *path[spoiled + 1 :]]

    assert includes(Suite.INTL, leaves[index], index, size, path, root)
    assert not includes(Suite.INTL, leaves[index], wrong_index, size, path, root)
    assert not includes(Suite.INTL, sha256(leaves[index]).digest(), index, size, path, root)
    assert not includes(Suite.INTL, leaves[index], index, size, other, root)
    assert not includes(Suite.INTL, leaves[index], index, size, path[:-1], root)
    assert not includes(Suite.INTL, leaves[index], index, size, [*path, root], root)


@given(st.data())
def test_a_rewritten_history_is_not_consistent(data):
    new = data.draw(st.integers(2, 120))
    old = data.draw(st.integers(1, new - 1))
    before = numbered(Suite.INTL, new)
    changed = data.draw(st.integers(0, old - 1))
    after = [*before]
    after[changed] = sha256(b"something else").digest()
    path = consistency(Suite.INTL, subtrees(Suite.INTL, after), old, new)
    old_root = naive_root(Suite.INTL, before[:old])

    assert not extends(Suite.INTL, old, new, old_root, naive_root(Suite.INTL, after), path)
    honest = consistency(Suite.INTL, subtrees(Suite.INTL, before), old, new)
    assert not extends(Suite.INTL, old, new, old_root, naive_root(Suite.INTL, after), honest)
    assert not extends(
        Suite.INTL, old, new, old_root, naive_root(Suite.INTL, before), [*honest, old_root]
    )
