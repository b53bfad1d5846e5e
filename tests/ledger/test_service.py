import pytest
import sqlalchemy as sa

from datahall import ledger
from datahall.ledger.tables import pending, records
from tests.conftest import NOON


def leaf(**changes):
    return ledger.Leaf(
        **{"kind": "test:bell:ring", "subject": "bell:a", "at": NOON, "by": "p1", **changes}
    )


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
