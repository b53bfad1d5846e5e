import string
from dataclasses import dataclass
from datetime import timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from datahall.kit.crypto import Suite
from datahall.kit.events import Event
from datahall.ledger.model import SALT_BYTES, call_leaf, canonical, entry_hash, leaf_of
from tests.conftest import NOON

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(string.ascii_letters, max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Window:
    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted(Event):
    tag: ClassVar[str] = "test:house:paint"
    house: UUID
    colour: Colour
    price: Decimal
    windows: tuple[Window, ...] = ()
    rooms: frozenset[str] = frozenset()

    @property
    def subject(self) -> str:
        return f"house:{self.house}"


@given(st.dictionaries(st.text(string.ascii_letters), JSON))
def test_reading_a_canonical_record_and_writing_it_gives_the_same_bytes(record):
    text = canonical(record)
    assert canonical(orjson.loads(text)) == text


def test_record_of_an_act_is_plain_and_sorted():
    event = Painted(
        at=NOON.astimezone(timezone(timedelta(0))),
        by="p1",
        house=UUID(int=1),
        colour=Colour.RED,
        price=Decimal("1.50"),
        windows=(Window(closes=20, opens=8),),
        rooms=frozenset({"b", "a"}),
    )
    leaf = leaf_of(event)
    assert (leaf.kind, leaf.subject, leaf.by) == (
        "test:house:paint", "house:00000000-0000-0000-0000-000000000001", "p1",
    )  # fmt: skip
    assert canonical(leaf.body).decode() == (
        '{"colour":"red","house":"00000000-0000-0000-0000-000000000001","price":"1.50",'
        '"rooms":["a","b"],"windows":[{"closes":20,"opens":8}]}'
    )


class TestCallLeaf:
    def test_hash_is_over_salt_and_record(self):
        made = call_leaf({"kind": "call", "at": NOON}, suite=Suite.SM)
        assert made.leaf_hash == entry_hash(Suite.SM, made.salt, made.record.encode())
        assert len(made.salt) == SALT_BYTES

    def test_record_names_its_leaf(self):
        made = call_leaf({"kind": "call"})
        assert orjson.loads(made.record) == {"kind": "call", "id": str(made.leaf)}

    def test_equal_records_have_unequal_hashes(self):
        assert call_leaf({"kind": "call"}).leaf_hash != call_leaf({"kind": "call"}).leaf_hash
