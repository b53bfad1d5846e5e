"""What people do with tickets, and who may."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from datahall import catalogue, drift
from datahall.catalogue import ItemStatus, ScannedColumn
from datahall.catalogue import repository as entries
from datahall.drift import (
    AskedAlready,
    ClockHasRunOut,
    ExtensionTooLong,
    NotAtThisStep,
    NothingAsked,
    Outcome,
    Status,
    TicketNotFound,
    WordsRequired,
)
from datahall.kit.ids import SourceId, new_id
from datahall.security import NotPermitted, Role
from tests.conftest import NOON
from tests.factories import POLICE, add_org, make_actor, make_columns, make_item, make_table

CLERK = make_actor(Role.CLERK, org=POLICE)
HEAD = make_actor(Role.HEAD, org=POLICE)
BUREAU = make_actor(Role.BUREAU)
SOURCE = SourceId(new_id())
NOTE = ScannedColumn(name="bz", type="text", comment="备注", position=90)


@pytest.fixture
def scan(unit):
    """Scan the table with these columns, an hour after the scan before."""

    def made(*columns):
        unit.now += timedelta(hours=1)
        tables = [make_table(*columns)] if columns else []
        return drift.record_scan(unit, CLERK, SOURCE, POLICE.id, tables, kind="postgresql")

    return made


@pytest.fixture
def id(unit, scan):
    """The ticket of a published entry whose table has one column more."""
    add_org(unit.conn, id=POLICE.id)
    scan(*make_columns())
    (table,) = catalogue.inventory(unit.conn, SOURCE)
    item = make_item(
        status=ItemStatus.PUBLISHED, published_at=NOON, code="101001/1", table=table.id
    )
    entries.add(unit.conn, item)
    scan(*make_columns(), NOTE)
    (view,) = drift.tickets(unit, CLERK)
    return view.ticket.id


ACTS = {
    "explain": partial(drift.explain, words="不共享"),
    "agree": drift.agree,
    "return": partial(drift.return_, words="再写"),
}
SEEING = {Role.CLERK, Role.REPRESENTATIVE, Role.HEAD, Role.CDO, Role.BUREAU}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("home", [True, False], ids=["home", "elsewhere"])
def test_grid(unit, id, act, role, home):
    """Only the clerk explains, only the head agrees or returns, and only at home."""
    if act != "explain":
        drift.explain(unit, CLERK, id, words="不共享")
    wanted = Role.CLERK if act == "explain" else Role.HEAD
    actor = make_actor(role, org=POLICE if home else None)
    if role is wanted and home:
        assert ACTS[act](unit, actor, id).steps[-1].name == actor.name
        return
    sees = role is Role.BUREAU or (home and role in SEEING)
    with pytest.raises(NotPermitted if sees else TicketNotFound):
        ACTS[act](unit, actor, id)


class TestExplain:
    def test_ends_the_ticket_when_the_head_agrees(self, unit, id, scan):
        drift.explain(unit, CLERK, id, words="内部备注，不共享")
        (todo,) = drift.todos(unit, HEAD)
        assert (todo.kind, todo.note) == ("变更说明", "内部备注，不共享")
        assert drift.todos(unit, CLERK) == []
        drift.return_(unit, HEAD, id, words="写明是什么备注")
        drift.explain(unit, CLERK, id, words="窗口受理的内部备注，不共享")
        closed = drift.agree(unit, HEAD, id)
        assert (closed.status, closed.outcome) == (Status.CLOSED, Outcome.EXPLAINED)
        assert [s.title for s in closed.steps] == [
            "扫描发现 1 处变更", "说明不改", "退回说明", "说明不改", "说明后同意不改",
        ]  # fmt: skip
        assert [e.tag for e in unit.events if e.tag.startswith("drift:")] == [
            "drift:ticket:open", "drift:ticket:explain", "drift:ticket:return",
            "drift:ticket:explain", "drift:ticket:close",
        ]  # fmt: skip
        scan(*make_columns(), NOTE)  # what was agreed to is not asked again
        assert drift.tickets(unit, CLERK) == []

    def test_of_less_than_there_is_has_to_be_given_again(self, unit, id, scan):
        drift.explain(unit, CLERK, id, words="内部备注")
        scan(*make_columns()[:-1], NOTE)
        view = drift.ticket(unit, CLERK, id)
        assert view.ticket.status is Status.OPEN
        assert len(view.ticket.changes) == 2

    def test_needs_words(self, unit, id):
        with pytest.raises(WordsRequired):
            drift.explain(unit, CLERK, id, words=" \n")
        drift.explain(unit, CLERK, id, words="不共享")
        with pytest.raises(WordsRequired):
            drift.return_(unit, HEAD, id, words="")

    def test_comes_before_agreeing(self, unit, id):
        with pytest.raises(NotAtThisStep):
            drift.agree(unit, HEAD, id)


class TestExtension:
    def test_moves_the_last_day_when_the_authority_agrees(self, unit, id):
        drift.ask_extension(unit, CLERK, id, days=5, words="等上级部门明确口径")
        assert drift.ticket(unit, CLERK, id).reading.due_on.isoformat() == "2026-10-30"
        (todo,) = drift.todos(unit, BUREAU)
        assert (todo.kind, todo.note) == ("延期审批", "等上级部门明确口径")
        drift.decide_extension(unit, BUREAU, id, granted=True)
        reading = drift.ticket(unit, CLERK, id).reading
        assert (reading.due_on.isoformat(), reading.extension_days) == ("2026-11-06", 5)
        assert drift.todos(unit, BUREAU) == []

    def test_moves_nothing_when_it_does_not(self, unit, id):
        drift.ask_extension(unit, CLERK, id, days=1, words="来不及")
        drift.decide_extension(unit, BUREAU, id, granted=False)
        assert drift.ticket(unit, CLERK, id).reading.extension_days == 0
        with pytest.raises(AskedAlready):
            drift.ask_extension(unit, CLERK, id, days=1, words="还是来不及")
        with pytest.raises(NothingAsked):
            drift.decide_extension(unit, BUREAU, id, granted=True)

    @pytest.mark.parametrize("days", [-1, 0, 6, 999])
    def test_is_as_long_as_the_law_allows(self, unit, id, days):
        with pytest.raises(ExtensionTooLong):
            drift.ask_extension(unit, CLERK, id, days=days, words="来不及")

    def test_is_asked_for_in_time_and_with_a_reason(self, unit, id):
        with pytest.raises(WordsRequired):
            drift.ask_extension(unit, CLERK, id, days=5, words=" ")
        unit.now += timedelta(days=30)
        with pytest.raises(ClockHasRunOut):
            drift.ask_extension(unit, CLERK, id, days=5, words="来不及")

    @pytest.mark.parametrize("role", list(Role))
    def test_is_the_clerks_to_ask_and_the_authoritys_to_give(self, unit, id, role):
        actor = make_actor(role, org=POLICE)
        if role is not Role.CLERK:
            with pytest.raises((NotPermitted, TicketNotFound)):
                drift.ask_extension(unit, actor, id, days=5, words="来不及")
        drift.ask_extension(unit, CLERK, id, days=5, words="来不及")
        if role is not Role.BUREAU:
            with pytest.raises((NotPermitted, TicketNotFound)):
                drift.decide_extension(unit, actor, id, granted=True)


class TestClock:
    def test_counts_ten_working_days_from_the_scan(self, unit, id):
        view = drift.ticket(unit, CLERK, id)
        assert (view.reading.limit_days, view.reading.due_on.isoformat()) == (10, "2026-10-30")
        unit.now += timedelta(days=30)
        assert drift.ticket(unit, CLERK, id).reading.left_days < 0

    def test_stops_when_the_ticket_ends(self, unit, id, scan):
        scan(*make_columns())
        unit.now += timedelta(days=30)
        assert drift.ticket(unit, CLERK, id).reading.left_days > 0


def test_a_table_that_went_and_came_back(unit, id, scan):
    scan()
    assert drift.ticket(unit, CLERK, id).stops
    scan(*make_columns(), NOTE)
    assert not drift.ticket(unit, CLERK, id).stops
    scan(*make_columns())
    assert drift.ticket(unit, CLERK, id).ticket.outcome is Outcome.RESTORED


def test_a_draft_that_was_never_published_gets_no_ticket(unit, scan):
    scan(*make_columns())
    (table,) = catalogue.inventory(unit.conn, SOURCE)
    entries.add(unit.conn, replace(make_item(), table=table.id))
    scan(*make_columns(), NOTE)
    assert drift.tickets(unit, CLERK) == []


def test_the_guessed_key_of_a_file_is_no_drift(unit):
    for key in ("gmsfhm", "xm"):
        unit.now += timedelta(hours=1)
        made = drift.record_scan(
            unit, CLERK, SOURCE, POLICE.id, [make_table(primary_key=(key,))], kind="csv"
        )
        assert made.changes == ()
