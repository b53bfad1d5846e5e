import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import asyncpg
import orjson
import pytest
import sqlalchemy as sa

from datahall import ledger
from datahall.kit import db
from datahall.kit.crypto import Suite, new_signer
from datahall.kit.ids import OrgId, PersonId, new_id
from datahall.kit.uow import Unit
from datahall.ledger import merkle, service, tasks
from datahall.ledger.model import ActQuery
from datahall.ledger.tables import leaves, pending, records, tiles
from datahall.security import Actor, NotPermitted, Role
from tests.conftest import NOON

SIGNER = new_signer(Suite.INTL)
KEY = ledger.published_key(SIGNER)


def make_leaf(**changes):
    return ledger.Leaf(
        **{"kind": "test:bell:ring", "subject": "bell:a", "at": NOON, "by": "p1", **changes}
    )


def make_actor(*roles):
    return Actor(
        person=PersonId(new_id()), name="周明远", org=OrgId(new_id()), org_name="市审计局",
        roles=frozenset(roles),
    )  # fmt: skip


def append(conn, count=1, **changes):
    return ledger.append(conn, [make_leaf(**changes) for _ in range(count)])


class TestRecordActs:
    def test_act_and_leaf_commit_together(self, units):
        with units.open() as unit:
            ledger.record_refusal(unit, by="p1", act="POST /x", code="x.refused", on="item:1")
        with units.open() as unit:
            rows = unit.conn.execute(sa.select(records)).all()
            waiting = unit.conn.execute(sa.select(pending)).all()
        assert [(r.kind, r.subject, r.by) for r in rows] == [("ledger:act:refuse", "item:1", "p1")]
        assert [w.leaf for w in waiting] == [rows[0].leaf]

    def test_a_rolled_back_act_leaves_nothing(self, units):
        with pytest.raises(ZeroDivisionError), units.open() as unit:
            ledger.record_refusal(unit, by="p1", act="POST /x", code="x.refused")
            units.settle(unit)
            raise ZeroDivisionError
        with units.open() as unit:
            assert unit.conn.execute(sa.select(records)).all() == []
            assert unit.conn.execute(sa.select(pending)).all() == []


class TestSequence:
    def test_an_empty_log_has_no_checkpoint(self, conn):
        assert ledger.sequence(conn, SIGNER) is None

    def test_places_are_given_in_the_order_of_arrival(self, conn):
        first, second = append(conn, 3), append(conn, 2)
        ledger.sequence(conn, SIGNER)
        third = append(conn, 300)
        ledger.sequence(conn, SIGNER)
        placed = conn.execute(sa.select(leaves).order_by(leaves.c.index)).all()
        assert [row.leaf for row in placed] == first + second + third
        assert [row.index for row in placed] == list(range(305))
        assert service.waiting(conn) == 0

    def test_checkpoint_signs_the_root_over_all_leaves(self, conn):
        append(conn, 300)
        signed = ledger.sequence(conn, SIGNER)
        hashes = conn.scalars(sa.select(leaves.c.leaf_hash).order_by(leaves.c.index)).all()
        assert (signed.size, signed.root) == (300, merkle.root(Suite.INTL, hashes))
        assert ledger.Checkpoint.open(ledger.latest_checkpoint(conn).note, KEY) == signed

    def test_nothing_new_signs_nothing_new(self, conn):
        append(conn)
        signed = ledger.sequence(conn, SIGNER)
        assert ledger.sequence(conn, SIGNER) == signed
        assert len(service.checkpoints(conn)) == 1

    def test_takes_no_more_than_asked(self, conn):
        append(conn, 5)
        assert ledger.sequence(conn, SIGNER, most=3).size == 3
        assert ledger.sequence(conn, SIGNER, most=3).size == 5

    def test_the_loop_works_off_a_long_queue(self, units, monkeypatch):
        monkeypatch.setattr(service, "BATCH", 4)
        monkeypatch.setattr(service.sequence, "__kwdefaults__", {"at": None, "most": 4})
        with units.open() as unit:
            append(unit.conn, 10)
        tasks.sequence(units)
        with units.open() as unit:
            assert service.waiting(unit.conn) < 4
            assert ledger.latest_checkpoint(unit.conn).size >= 8

    def test_two_at_once_give_each_place_once(self, units):
        with units.open() as unit:
            append(unit.conn, 200)

        def some(_):
            with units.open() as unit:
                append(unit.conn, 7)
                ledger.sequence(unit.conn, SIGNER, most=20)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(some, range(12)))
        with units.open() as unit:
            ledger.sequence(unit.conn, SIGNER)
            assert ledger.verify_log(unit.conn, KEY).faults == []
            assert ledger.latest_checkpoint(unit.conn).size == 200 + 12 * 7

    def test_another_key_does_not_go_on_with_the_log(self, conn):
        append(conn)
        ledger.sequence(conn, SIGNER)
        append(conn)
        with pytest.raises(ledger.LogBroken):
            ledger.sequence(conn, new_signer(Suite.INTL))

    def test_nothing_is_signed_over_changed_hashes(self, conn):
        append(conn, 3)
        ledger.sequence(conn, SIGNER)
        conn.execute(sa.update(tiles).values(hashes=bytes(96)))
        append(conn)
        with pytest.raises(ledger.LogBroken):
            ledger.sequence(conn, SIGNER)


class TestCallLeaves:
    async def _insert(self, dsn, made):
        connection = await asyncpg.connect(db.plain_dsn(dsn))
        await connection.execute(
            ledger.INSERT_CALLS,
            [leaf.leaf for leaf in made],
            [NOON for _ in made],
            ["gateway:call:answer" for _ in made],
            ["app:1" for _ in made],
            [leaf.salt for leaf in made],
            [leaf.record for leaf in made],
            [leaf.leaf_hash for leaf in made],
        )
        await connection.close()

    def test_a_batch_of_calls_is_as_good_as_acts(self, units, fresh_dsn):
        record = make_leaf(kind="gateway:call:answer", by="app:1").record()
        made = [ledger.call_leaf(dict(record)) for _ in range(5)]
        asyncio.run(self._insert(fresh_dsn, made))
        with units.open() as unit:
            ledger.sequence(unit.conn, SIGNER)
            assert ledger.verify_log(unit.conn, KEY).faults == []
            got = ledger.receipt(unit.conn, made[3].leaf)
            assert ledger.verify_receipt(got.to_json(), KEY).ok
            assert ledger.acts_of(unit.conn, "bell:a") == []  # calls are not acts


class TestReceipt:
    @pytest.mark.parametrize("suite", list(Suite))
    def test_every_leaf_has_one_that_verifies(self, conn, suite):
        signer = new_signer(suite)
        made = ledger.append(conn, [make_leaf() for _ in range(20)], suite=suite)
        ledger.sequence(conn, signer)
        for leaf in made:
            file = ledger.receipt(conn, leaf).to_json()
            assert ledger.verify_receipt(file, str(ledger.published_key(signer))).ok
            assert orjson.loads(file)["record"]["id"] == str(leaf)

    def test_an_old_leaf_is_proved_in_the_new_log(self, conn):
        [old] = append(conn)
        for _ in range(5):
            append(conn, 3)
            ledger.sequence(conn, SIGNER)
        verdict = ledger.verify_receipt(ledger.receipt(conn, old).to_json(), KEY)
        assert verdict.ok
        assert verdict.checkpoint.size == 16

    def test_a_waiting_leaf_gets_its_place_on_demand(self, conn):
        append(conn, 3)
        [leaf] = append(conn)
        with pytest.raises(ledger.NotSequenced):
            ledger.receipt(conn, leaf)
        assert ledger.receipt(conn, leaf, signer=SIGNER).index == 3

    def test_unknown_leaf(self, conn):
        with pytest.raises(ledger.LeafNotFound):
            ledger.receipt(conn, uuid4())


class TestConsistency:
    def test_between_all_checkpoints(self, conn):
        signed = []
        for _ in range(6):
            append(conn, 3)
            signed.append(ledger.sequence(conn, SIGNER))
        for old in signed:
            for new in signed:
                if old.size <= new.size:
                    path = ledger.consistency(conn, old.size, new.size)
                    assert merkle.extends(Suite.INTL, old.size, new.size, old.root, new.root, path)

    def test_not_beyond_the_log(self, conn):
        append(conn, 3)
        ledger.sequence(conn, SIGNER)
        for old, new in ((0, 4), (3, 2), (-1, 3)):
            with pytest.raises(service.NoCheckpoint):
                ledger.consistency(conn, old, new)

    def test_a_receipt_from_before_is_still_current(self, conn):
        append(conn, 3)
        seen = ledger.sequence(conn, SIGNER)
        append(conn, 3)
        ledger.sequence(conn, SIGNER)
        assert service.size_since(conn, seen) == 6
        other = ledger.Checkpoint(seen.origin, seen.size, bytes(32))
        assert service.size_since(conn, other) is None
        assert service.size_since(conn, ledger.Checkpoint(seen.origin, 7, bytes(32))) is None


class TestActs:
    def test_of_a_subject_in_the_order_they_happened(self, conn):
        wanted = append(conn, 3, subject="bell:b")
        append(conn, 1, subject="bell:c")
        ledger.sequence(conn, SIGNER)
        wanted += append(conn, 1, subject="bell:b", body={"loud": True})
        acts = ledger.acts_of(conn, "bell:b")
        assert [act.leaf for act in acts] == wanted
        assert [act.index for act in acts] == [0, 1, 2, None]
        assert acts[-1].body == {"loud": True}

    def test_audit_is_for_the_auditor(self, unit):
        with pytest.raises(NotPermitted):
            service.audit(unit, make_actor(Role.SYSTEM_ADMIN, Role.BUREAU), ActQuery())

    def test_audit_finds_by_person_kind_and_time_and_turns_pages(self, unit):
        auditor = make_actor(Role.AUDIT_ADMIN)
        append(unit.conn, 3, by="p2")
        [wanted] = append(unit.conn, by="p3", kind="test:bell:mend", at=NOON - timedelta(days=1))

        def found(**query):
            return service.audit(unit, auditor, ActQuery(**query))

        assert len(found(by="p2")) == 3
        assert [a.leaf for a in found(kind="test:bell:mend")] == [wanted]
        assert [a.leaf for a in found(until=NOON)] == [wanted]
        first = found(by="p2", most=2)
        assert len(first) == 2
        assert len(found(by="p2", most=2, before=first[-1].leaf)) == 1


class TestErase:
    def test_content_goes_and_the_log_still_verifies(self, unit):
        kept, gone, after = append(unit.conn, 3)
        ledger.sequence(unit.conn, SIGNER)
        ledger.erase(
            unit, make_actor(Role.SECURITY_ADMIN), gone, basis="《个人信息保护法》第四十七条"
        )
        ledger.record_acts(unit, unit.events)
        ledger.sequence(unit.conn, SIGNER)

        row = unit.conn.execute(sa.select(records).where(records.c.leaf == gone)).one()
        assert (row.record, row.salt, row.by, row.subject) == (None, None, "", None)
        verdict = ledger.verify_log(unit.conn, KEY)
        assert (verdict.faults, verdict.erased, verdict.size) == ([], 1, 4)
        with pytest.raises(ledger.RecordErased):
            ledger.receipt(unit.conn, gone)
        for leaf in (kept, after):
            assert ledger.verify_receipt(ledger.receipt(unit.conn, leaf).to_json(), KEY).ok

    def test_what_is_erased_is_recorded_with_its_basis(self, unit):
        [gone] = append(unit.conn)
        ledger.erase(unit, make_actor(Role.SECURITY_ADMIN), gone, basis="行政裁定")
        [event] = unit.events
        assert (event.tag, event.leaf, event.basis) == ("ledger:record:erase", gone, "行政裁定")

    def test_only_the_security_administrator_may(self, unit):
        [leaf] = append(unit.conn)
        with pytest.raises(NotPermitted):
            ledger.erase(unit, make_actor(Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN), leaf, basis="x")

    def test_not_twice(self, unit):
        [leaf] = append(unit.conn)
        actor = make_actor(Role.SECURITY_ADMIN)
        ledger.erase(unit, actor, leaf, basis="x")
        with pytest.raises(ledger.LeafNotFound):
            ledger.erase(unit, actor, leaf, basis="x")


def test_units_of_the_program_keep_acts(units):
    """`bootstrap.units` wires the sink: what a unit records is in the ledger."""
    with units.open() as unit:
        assert isinstance(unit, Unit)
        ledger.record_refusal(unit, by="p1", act="GET /y", code="y.refused", on="y:1")
    with units.open() as unit:
        [act] = ledger.acts_of(unit.conn, "y:1")
    assert act.body == {"act": "GET /y", "code": "y.refused", "on": "y:1"}
