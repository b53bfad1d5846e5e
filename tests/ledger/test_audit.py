"""Whoever changes the stored log past the program is found out."""

from uuid import uuid4

import pytest
import sqlalchemy as sa

from datahall import ledger
from datahall.kit.crypto import Suite, new_signer
from datahall.ledger import tables
from datahall.ledger.audit import FaultKind
from datahall.ledger.model import ContentErased, leaf_of
from tests.conftest import NOON

SIGNER = new_signer(Suite.INTL)
KEY = ledger.published_key(SIGNER)


def append(conn, count):
    return ledger.append(
        conn,
        [
            ledger.Leaf(kind="test:bell:ring", subject="bell:a", at=NOON, by="p1", body={"n": n})
            for n in range(count)
        ],
    )


@pytest.fixture
def log(conn):
    """Two checkpoints, seven leaves and one that waits; the ids in order."""
    made = append(conn, 3)
    ledger.sequence(conn, SIGNER, at=NOON)
    made += append(conn, 4)
    ledger.sequence(conn, SIGNER, at=NOON)
    made += append(conn, 1)
    return made


def faults(conn, **known):
    return {fault.kind for fault in ledger.verify_log(conn, KEY, **known).faults}


def change(conn, table, where, **values):
    done = conn.execute(sa.update(table).where(where).values(**values))
    assert done.rowcount == 1


@pytest.mark.usefixtures("log")
def test_an_untouched_log_verifies(conn):
    verdict = ledger.verify_log(conn, KEY)
    assert (verdict.ok, verdict.size, verdict.checkpoints, verdict.waiting) == (True, 7, 2, 1)


def test_an_empty_log_verifies(conn):
    assert ledger.verify_log(conn, KEY).ok


def test_a_log_of_several_tiles_verifies(conn):
    for count in (200, 100, 300):
        append(conn, count)
        ledger.sequence(conn, SIGNER)
    seen = []
    assert ledger.verify_log(conn, KEY, progress=seen.append).ok
    assert seen == [256, 512]


class TestLeaves:
    def test_changed_record(self, conn, log):
        r = tables.records.c
        change(conn, tables.records, r.leaf == log[2], record=sa.func.replace(r.record, "p1", "p2"))
        assert FaultKind.CHANGED in faults(conn)

    def test_changed_waiting_record(self, conn, log):
        r = tables.records.c
        change(conn, tables.records, r.leaf == log[7], record=sa.func.replace(r.record, "p1", "p2"))
        assert faults(conn) == {FaultKind.CHANGED}

    def test_changed_record_with_a_hash_to_match(self, conn, log):
        """The forger computes the leaf hash anew, but cannot sign the root."""
        r, lv = tables.records.c, tables.leaves.c
        change(conn, tables.records, r.leaf == log[2], record=sa.func.replace(r.record, "p1", "p2"), by="p2")  # fmt: skip
        salt, record = conn.execute(sa.select(r.salt, r.record).where(r.leaf == log[2])).one()
        forged = ledger.model.entry_hash(Suite.INTL, salt, record.encode())
        change(conn, tables.leaves, lv.leaf == log[2], leaf_hash=forged)
        assert faults(conn) == {FaultKind.ROOT, FaultKind.TILE}

    def test_removed_record(self, conn, log):
        conn.execute(sa.delete(tables.records).where(tables.records.c.leaf == log[2]))
        assert faults(conn) == {FaultKind.REMOVED}

    def test_removed_leaf(self, conn, log):
        conn.execute(sa.delete(tables.leaves).where(tables.leaves.c.leaf == log[2]))
        assert {FaultKind.GAP, FaultKind.ROOT, FaultKind.UNLISTED} <= faults(conn)

    def test_removed_last_leaf(self, conn, log):
        conn.execute(sa.delete(tables.leaves).where(tables.leaves.c.leaf == log[6]))
        assert {FaultKind.SHORT, FaultKind.UNLISTED} <= faults(conn)

    @pytest.mark.usefixtures("log")
    def test_removed_waiting_leaf(self, conn):
        conn.execute(sa.delete(tables.pending))
        assert faults(conn) == {FaultKind.UNLISTED}

    def test_reordered_leaves(self, conn, log):
        lv = tables.leaves.c
        for leaf, place in ((log[1], 100), (log[2], 1), (log[1], 2)):
            change(conn, tables.leaves, lv.leaf == leaf, index=place)
        assert faults(conn) == {FaultKind.ROOT, FaultKind.TILE}

    def test_records_passed_off_as_each_others(self, conn, log):
        """Two leaves swap ids, so that a receipt asked for one would show the other."""
        lv, r = tables.leaves.c, tables.records.c
        for table, column in ((tables.leaves, lv.leaf), (tables.records, r.leaf)):
            spare = uuid4()
            for old, new in ((log[1], spare), (log[2], log[1]), (spare, log[2])):
                change(conn, table, column == old, leaf=new)
        assert faults(conn) == {FaultKind.CHANGED}

    @pytest.mark.usefixtures("log")
    def test_leaf_put_in_afterwards(self, conn):
        append(conn, 1)
        conn.execute(sa.text("insert into ledger_leaves select 7, leaf, leaf_hash from ledger_pending order by seq limit 1"))  # fmt: skip
        assert FaultKind.UNSIGNED in faults(conn)

    @pytest.mark.parametrize(
        "lie",
        [{"by": "p2"}, {"kind": "test:bell:mend"}, {"subject": "bell:b"}, {"subject": None}, {"at": NOON.replace(hour=5)}],
        ids=str,
    )  # fmt: skip
    def test_columns_by_which_acts_are_found_say_what_the_record_says(self, conn, log, lie):
        change(conn, tables.records, tables.records.c.leaf == log[2], **lie)
        assert faults(conn) == {FaultKind.CHANGED}


class TestErased:
    def test_emptied_without_an_act(self, conn, log):
        change(conn, tables.records, tables.records.c.leaf == log[2], salt=None, record=None, by="", subject=None, erased_at=NOON)  # fmt: skip
        assert faults(conn) == {FaultKind.ERASED}

    def test_half_emptied(self, conn, log):
        change(conn, tables.records, tables.records.c.leaf == log[2], salt=None)
        assert faults(conn) == {FaultKind.CHANGED}

    def test_erased_though_the_content_is_still_there(self, conn, log):
        event = ContentErased(at=NOON, by="p9", leaf=log[2], kind="x", happened_at=NOON, basis="x")
        ledger.append(conn, [leaf_of(event)])
        assert faults(conn) == {FaultKind.CHANGED}

    @pytest.mark.parametrize("lie", [{"kind": "y"}, {"erased_at": NOON.replace(hour=5)}], ids=str)
    def test_what_remains_of_an_erased_record_is_held_to_the_act(self, conn, log, lie):
        change(conn, tables.records, tables.records.c.leaf == log[2], salt=None, record=None, by="", subject=None, erased_at=NOON)  # fmt: skip
        event = ContentErased(at=NOON, by="p9", leaf=log[2], kind="test:bell:ring", happened_at=NOON, basis="x")  # fmt: skip
        ledger.append(conn, [leaf_of(event)])
        assert faults(conn) == set()
        change(conn, tables.records, tables.records.c.leaf == log[2], **lie)
        assert faults(conn) == {FaultKind.CHANGED}


class TestSigned:
    @pytest.mark.usefixtures("log")
    def test_signed_by_another_key(self, conn):
        other = ledger.verify_log(conn, ledger.published_key(new_signer(Suite.INTL)))
        assert {fault.kind for fault in other.faults} == {FaultKind.SIGNATURE}

    @pytest.mark.usefixtures("log")
    def test_removed_checkpoint_is_missed_at_the_end(self, conn):
        conn.execute(sa.delete(tables.checkpoints).where(tables.checkpoints.c.size == 7))
        assert faults(conn) == {FaultKind.UNSIGNED}

    def test_a_log_cut_back_to_an_older_state_is_found_out_by_a_kept_checkpoint(self, conn, log):
        kept = ledger.Checkpoint.open(ledger.latest_checkpoint(conn).note, KEY)
        assert faults(conn, kept=kept) == set()
        conn.execute(sa.delete(tables.pending))
        conn.execute(sa.delete(tables.checkpoints).where(tables.checkpoints.c.size == 7))
        conn.execute(sa.delete(tables.leaves).where(tables.leaves.c.index >= 3))
        conn.execute(sa.delete(tables.records).where(tables.records.c.leaf.in_(log[3:])))
        conn.execute(sa.update(tables.tiles).values(hashes=sa.func.substring(tables.tiles.c.hashes, 1, 96)))  # fmt: skip

        assert faults(conn) == set()
        assert faults(conn, kept=kept) == {FaultKind.FORKED}

    @pytest.mark.usefixtures("log")
    def test_a_log_begun_anew_is_found_out_by_a_kept_checkpoint(self, conn):
        kept = ledger.Checkpoint(ledger.origin(), 3, bytes(32))
        assert faults(conn, kept=kept) == {FaultKind.FORKED}


BYTES = (tables.records.c.salt, tables.leaves.c.leaf_hash, tables.pending.c.leaf_hash, tables.tiles.c.hashes, tables.checkpoints.c.root)  # fmt: skip
TEXTS = (tables.records.c.record, tables.records.c.kind, tables.records.c.by, tables.records.c.subject, tables.checkpoints.c.note, tables.checkpoints.c.suite)  # fmt: skip


@pytest.mark.parametrize("column", [*BYTES, *TEXTS], ids=str)
def test_no_changed_byte_of_the_stored_log_is_overlooked(conn, column):
    append(conn, 2)
    ledger.sequence(conn, SIGNER, at=NOON)
    append(conn, 1)
    assert faults(conn) == set()
    table = column.table
    keys = list(table.primary_key.columns)
    for row in conn.execute(sa.select(*keys, column)).all():
        here = sa.and_(*(key == value for key, value in zip(keys, row, strict=False)))
        original = row[-1]
        whole = original.encode() if isinstance(original, str) else original
        for place in range(len(whole)):
            changed = whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :]
            try:
                value = changed.decode() if isinstance(original, str) else changed
            except UnicodeDecodeError:
                continue  # PostgreSQL stores no such text
            change(conn, table, here, **{column.name: value})
            assert faults(conn), f"{column} of {row[:-1]}: byte {place}"
        change(conn, table, here, **{column.name: original})
    assert faults(conn) == set()
