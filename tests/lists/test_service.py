"""Filling, signing and reviewing lists, as the people in their posts do it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from datahall import catalogue, ingestion, lists
from datahall.ingestion import Kind, SourceForm
from datahall.kit.ids import ListId, new_id
from datahall.lists import ChangeKind, ListKind, ListStatus, Mode, RowEdit, repository
from datahall.lists.changes import undo
from datahall.lists.desk import standings
from datahall.lists.errors import (
    AlreadyStarted,
    CellTooLong,
    DueInThePast,
    EditedMeanwhile,
    ListEmpty,
    ListIncomplete,
    ListNotFound,
    NothingToPrefill,
    PeriodNotOpen,
    PeriodUnreadable,
    RemarksRequired,
    TooManyRows,
    UnknownColumn,
    WrongStage,
)
from datahall.lists.service import reading, reviewing
from datahall.organisations import seed
from datahall.security import NotPermitted
from tests.factories import make_table
from tests.lists.factories import DUE, PERIOD, exclusion, open_period, start, system


def names(unit, version, column="name"):
    return [row.cells.get(column, "") for row in repository.rows_of(unit.conn, version.id)]


def hand_over(unit, clerk, signer, version):
    lists.hand_in(unit, clerk, version.id)
    return lists.sign(unit, signer, version.id)


@pytest.mark.usefixtures("period")
class TestStart:
    def test_begins_empty(self, unit, clerk):
        version = start(unit, clerk)
        assert (version.rows, version.status, version.number) == (0, ListStatus.FILLING, 1)

    def test_begins_from_the_version_last_published_of_an_earlier_period(
        self, unit, clerk, head, bureau
    ):
        first = start(unit, clerk, ListKind.SYSTEMS, system("甲"), system("乙"))
        hand_over(unit, clerk, head, first)
        lists.publish(unit, bureau, first.id)
        open_period(unit, bureau, "2027-Q1", due_on=date(2027, 3, 15))
        second = lists.start(unit, clerk, ListKind.SYSTEMS, "2027-Q1")
        assert (second.based_on, names(unit, second)) == (first.id, ["甲", "乙"])
        assert lists.compare(unit, clerk, second.id).changes == ()

    def test_twice_in_a_period_is_refused_until_it_is_published(self, unit, clerk, head, bureau):
        first = start(unit, clerk, ListKind.SYSTEMS, system())
        with pytest.raises(AlreadyStarted):
            start(unit, clerk)
        hand_over(unit, clerk, head, first)
        lists.publish(unit, bureau, first.id)
        second = start(unit, clerk)
        assert (second.number, second.rows) == (2, 1)

    @pytest.mark.parametrize("period", ["2026Q4", "2026-Q5", "本季度", "1999", ""])
    def test_of_an_unreadable_period_is_refused(self, unit, clerk, period):
        with pytest.raises(PeriodUnreadable):
            lists.start(unit, clerk, ListKind.SYSTEMS, period)

    def test_of_a_period_that_is_not_open_is_refused(self, unit, clerk):
        with pytest.raises(PeriodNotOpen):
            lists.start(unit, clerk, ListKind.SYSTEMS, "2030")

    def test_only_a_clerk_may(self, unit, head, bureau):
        for actor in (head, bureau):
            with pytest.raises(NotPermitted):
                start(unit, actor)


@pytest.mark.usefixtures("period")
class TestSave:
    def test_keeps_what_is_wrong_for_later(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, {"name": "甲", "online_on": "去年"})
        (row,) = lists.rows(unit, clerk, version.id)
        assert row.cells == {"name": "甲", "online_on": "去年"}
        told = {(one.column, one.code) for one in reading.faults(unit, version)}
        assert ("online_on", "lists.not_a_date") in told
        assert ("builder", "lists.required") in told

    def test_puts_a_new_row_behind_the_one_named(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system("甲"), system("丙"))
        first = lists.rows(unit, clerk, version.id)[0]
        between = [RowEdit(cells=system(name), after=first.id) for name in ("乙一", "乙二")]
        lists.save(unit, clerk, version.id, between, edit=version.edit)
        assert names(unit, version) == ["甲", "乙一", "乙二", "丙"]

    def test_saves_nothing_when_nothing_changed(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        (row,) = lists.rows(unit, clerk, version.id)
        again = lists.save(
            unit, clerk, version.id, [RowEdit(row=row.id, cells=row.cells)], edit=version.edit
        )
        assert again.version.edit == version.edit

    def test_two_editors_of_other_cells_both_get_theirs(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        (row,) = lists.rows(unit, clerk, version.id)
        lists.save(
            unit, clerk, version.id, [RowEdit(row=row.id, cells={"office": "社会事务科"})],
            edit=version.edit,
        )  # fmt: skip
        mine = RowEdit(row=row.id, cells={**row.cells, "tables": "４２"})
        lists.save(unit, clerk, version.id, [mine], edit=version.edit)
        (row,) = lists.rows(unit, clerk, version.id)
        assert (row.cells["office"], row.cells["tables"]) == ("社会事务科", "42")

    def test_the_second_editor_of_one_cell_is_told_both_and_nothing_is_saved(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        (row,) = lists.rows(unit, clerk, version.id)
        theirs = RowEdit(row=row.id, cells={"office": "科技科", "tables": "7"})
        after = lists.save(unit, clerk, version.id, [theirs], edit=version.edit).version
        mine = RowEdit(row=row.id, cells={"office": "信息科", "volume": "1 GB"})
        with pytest.raises(EditedMeanwhile) as refused:
            lists.save(unit, clerk, version.id, [mine], edit=version.edit)
        (fault,) = refused.value.faults
        assert fault.field == f"rows.{row.id}.office"
        assert fault.detail == {"mine": "信息科", "theirs": "科技科"}
        lists.save(unit, clerk, version.id, [mine], edit=after.edit)  # knowingly
        (row,) = lists.rows(unit, clerk, version.id)
        assert (row.cells["office"], row.cells["tables"], row.cells["volume"]) == (
            "信息科", "7", "1 GB"
        )  # fmt: skip

    def test_every_earlier_state_is_in_the_history(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system("甲"), system("乙"))
        states = [repository.rows_of(unit.conn, version.id)]
        first, second = states[0]
        for edits in (
            [RowEdit(row=first.id, cells={"name": "甲改", "office": ""})],
            [RowEdit(row=second.id), RowEdit(cells=system("丙"))],
            [RowEdit(row=first.id)],
        ):
            version = lists.save(unit, clerk, version.id, edits, edit=version.edit).version
            states.append(repository.rows_of(unit.conn, version.id))
        rows = states[-1]
        for save, expected in zip(
            reversed(repository.saves_of(unit.conn, version.id, since=1)),
            reversed(states[:-1]),
            strict=True,
        ):
            rows = undo(rows, save.changes)
            assert rows == expected

    def test_refuses_a_column_that_is_not_there(self, unit, clerk):
        version = start(unit, clerk)
        with pytest.raises(UnknownColumn):
            lists.save(unit, clerk, version.id, [RowEdit(cells={"colour": "红"})], edit=0)

    def test_refuses_a_cell_that_nobody_could_read(self, unit, clerk):
        version = start(unit, clerk)
        with pytest.raises(CellTooLong):
            lists.save(unit, clerk, version.id, [RowEdit(cells={"name": "长" * 4001})], edit=0)

    def test_a_stranger_and_a_signer_may_not(self, unit, clerk, head, stranger):
        version = start(unit, clerk)
        for actor in (head, stranger):
            with pytest.raises(NotPermitted):
                lists.save(unit, actor, version.id, [RowEdit(cells=system())], edit=0)

    def test_not_while_it_is_before_the_head(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        lists.hand_in(unit, clerk, version.id)
        with pytest.raises(WrongStage):
            lists.save(unit, clerk, version.id, [RowEdit(cells=system("乙"))], edit=1)


@pytest.mark.usefixtures("period")
class TestTake:
    def test_merges_by_name_and_keeps_the_row(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system("甲", office="一科"), system("乙"))
        before = lists.rows(unit, clerk, version.id)
        block = [{"name": " 甲 ", "tables": "9"}, {"name": "丙"}]
        saved = lists.take(unit, clerk, version.id, block)
        after = lists.rows(unit, clerk, version.id)
        assert [row.id for row in after[:2]] == [row.id for row in before]
        assert (after[0].cells["office"], after[0].cells["tables"]) == ("一科", "9")
        assert (saved.count(ChangeKind.ADDED), saved.count(ChangeKind.CHANGED)) == (1, 1)

    def test_replaces(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system("甲"), system("乙"))
        lists.take(unit, clerk, version.id, [system("乙"), system("丙")], mode=Mode.REPLACE)
        assert names(unit, version) == ["乙", "丙"]

    def test_appends_even_what_is_named_twice_and_tells_it(self, unit, clerk):
        version = start(unit, clerk, ListKind.SYSTEMS, system("甲"))
        saved = lists.take(unit, clerk, version.id, [system("甲")], mode=Mode.APPEND)
        told = [
            one for one in reading.faults(unit, saved.version) if one.code == "lists.told_twice"
        ]
        assert [(one.number, one.detail) for one in told] == [(2, {"other": 1})]

    def test_ten_thousand_rows_come_in_and_are_counted(self, unit, clerk):
        version = start(unit, clerk)
        block = [system(f"系统{n:05}") for n in range(10_000)]
        saved = lists.take(unit, clerk, version.id, block)
        assert (saved.version.rows, repository.count_rows(unit.conn, version.id)) == (
            10_000, 10_000,
        )  # fmt: skip
        assert lists.hand_in(unit, clerk, version.id).status is ListStatus.SIGN_OFF

    def test_more_rows_than_a_list_holds_are_refused(self, unit, clerk, monkeypatch):
        monkeypatch.setattr("datahall.lists.service.filling.MOST_ROWS", 3)
        version = start(unit, clerk, ListKind.SYSTEMS, system("甲"), system("乙"))
        with pytest.raises(TooManyRows):
            lists.take(unit, clerk, version.id, [system("丙"), system("丁")])


@pytest.mark.usefixtures("period")
class TestDraftRows:
    def test_of_systems_from_registered_sources(self, unit, clerk):
        form = SourceForm(name="社会救助系统", kind=Kind.POSTGRESQL, host="10.9.8.7", port="5432",
                          database="jz", user="hall", password="correct horse")  # fmt: skip
        source = ingestion.register_source(unit, clerk, form)
        catalogue.record_scan(unit, clerk, source.id, clerk.org, [make_table()])
        version = start(unit, clerk)
        lists.draft_rows(unit, clerk, version.id)
        (row,) = lists.rows(unit, clerk, version.id)
        assert row.cells["name"] == "社会救助系统"
        assert (row.cells["network"], row.cells["tables"], row.cells["connected"]) == (
            "外网", "1", "是"
        )  # fmt: skip
        with pytest.raises(NothingToPrefill):
            lists.draft_rows(unit, clerk, version.id)

    def test_of_data_from_scanned_tables(self, unit, clerk):
        form = SourceForm(name="户籍库", kind=Kind.CSV)
        source = ingestion.register_source(unit, clerk, form)
        catalogue.record_scan(unit, clerk, source.id, clerk.org, [make_table()], kind="postgresql")
        version = start(unit, clerk, ListKind.RESOURCES)
        lists.draft_rows(unit, clerk, version.id)
        (row,) = lists.rows(unit, clerk, version.id)
        assert row.cells["title"] == "常住人口基本信息"
        assert "公民身份号码、姓名" in row.cells["items"]
        assert row.cells["system"] == "户籍库"

    def test_knows_nothing_of_needs(self, unit, clerk):
        version = start(unit, clerk, ListKind.DEMANDS)
        with pytest.raises(NothingToPrefill):
            lists.draft_rows(unit, clerk, version.id)


@pytest.mark.usefixtures("period")
class TestWay:
    def test_to_publication(self, unit, clerk, cdo, bureau):
        version = start(unit, clerk, ListKind.EXCLUSIONS, exclusion())
        assert lists.hand_in(unit, clerk, version.id).status is ListStatus.SIGN_OFF
        signed = lists.sign(unit, cdo, version.id)
        assert (signed.status, signed.signed_by) == (ListStatus.REVIEW, "周明远（首席数据官）")
        assert lists.publish(unit, bureau, version.id).status is ListStatus.PUBLISHED
        tags = [event.tag for event in unit.events]
        assert tags == [
            "lists:period:open", "lists:list:start", "lists:list:save", "lists:list:hand_in",
            "lists:list:sign", "lists:list:publish",
        ]  # fmt: skip

    def test_is_not_begun_with_faults(self, unit, clerk):
        version = start(
            unit, clerk, ListKind.EXCLUSIONS, exclusion(article="", review_on="2020-01-01")
        )
        with pytest.raises(ListIncomplete) as refused:
            lists.hand_in(unit, clerk, version.id)
        assert [fault.code for fault in refused.value.faults] == [
            "lists.required", "lists.in_the_past",
        ]  # fmt: skip

    def test_is_not_begun_without_rows(self, unit, clerk):
        with pytest.raises(ListEmpty):
            lists.hand_in(unit, clerk, start(unit, clerk).id)

    def test_goes_back_with_remarks_on_cells_and_comes_again(self, unit, clerk, head, bureau):
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        (row,) = lists.rows(unit, clerk, version.id)
        hand_over(unit, clerk, head, version)
        lists.remark(unit, bureau, version.id, row.id, {"protection": "补等保级别", "name": ""})
        assert reading.remarks(unit, clerk, lists.read(unit, clerk, version.id)) == []
        returned = lists.return_(unit, bureau, version.id)
        assert (returned.status, returned.remarks) == (
            ListStatus.RETURNED, "有 1 处批注，见表中。",
        )  # fmt: skip
        (said,) = reading.standing(returned, reading.remarks(unit, clerk, returned))
        assert (said.column, said.text, said.org_name) == ("protection", "补等保级别", "市数管局")
        mine = RowEdit(row=row.id, cells={"protection": "三级"})
        lists.save(unit, clerk, version.id, [mine], edit=returned.edit)
        again = lists.hand_in(unit, clerk, version.id)
        assert (again.round, again.remarks) == (2, "")
        assert len(reading.remarks(unit, clerk, again)) == 1  # the history keeps it

    def test_wants_a_reason_to_go_back(self, unit, clerk, head):
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        lists.hand_in(unit, clerk, version.id)
        with pytest.raises(RemarksRequired):
            lists.return_(unit, head, version.id, remarks=" ")

    def test_each_step_is_its_posts(self, unit, clerk, head, bureau, stranger):
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        lists.hand_in(unit, clerk, version.id)
        for actor in (clerk, bureau, stranger):
            with pytest.raises(NotPermitted):
                lists.sign(unit, actor, version.id)
            with pytest.raises(NotPermitted):
                lists.return_(unit, actor, version.id, remarks="不行")
        lists.sign(unit, head, version.id)
        for actor in (clerk, head, stranger):
            with pytest.raises(NotPermitted):
                lists.publish(unit, actor, version.id)

    def test_a_next_version_supersedes_and_loses_nothing(self, unit, clerk, head, bureau):
        first = start(unit, clerk, ListKind.SYSTEMS, system("甲"), system("乙"))
        hand_over(unit, clerk, head, first)
        lists.publish(unit, bureau, first.id)
        second = start(unit, clerk)
        gone, kept = lists.rows(unit, clerk, second.id)
        edits = [
            RowEdit(row=gone.id),
            RowEdit(row=kept.id, cells={"office": "二科"}),
            RowEdit(cells=system("丙")),
        ]
        lists.save(unit, clerk, second.id, edits, edit=0)
        compared = lists.compare(unit, clerk, second.id)
        assert [(c.kind, dict(c.after).get("office", "")) for c in compared.changes] == [
            (ChangeKind.CHANGED, "二科"), (ChangeKind.ADDED, ""), (ChangeKind.REMOVED, ""),
        ]  # fmt: skip
        hand_over(unit, clerk, head, second)
        lists.publish(unit, bureau, second.id)
        assert lists.read(unit, clerk, first.id).status is ListStatus.SUPERSEDED
        assert names(unit, first) == ["甲", "乙"]
        assert [v.number for v in lists.history(unit, clerk, second.id)] == [2, 1]
        assert [s.name for s in lists.systems(unit.conn, clerk.org)] == ["乙", "丙"]


@pytest.mark.usefixtures("period")
class TestRead:
    def test_is_the_departments_and_the_authoritys(self, unit, clerk, bureau, stranger):
        version = start(unit, clerk)
        assert lists.read(unit, bureau, version.id).id == version.id
        with pytest.raises(ListNotFound):
            lists.read(unit, stranger, version.id)
        with pytest.raises(ListNotFound):
            lists.read(unit, clerk, ListId(new_id()))

    def test_compares_only_versions_of_one_list(self, unit, clerk, stranger):
        mine = start(unit, clerk)
        with pytest.raises(ListNotFound):
            lists.compare(unit, clerk, mine.id, before=start(unit, stranger).id)
        with pytest.raises(ListNotFound):
            lists.compare(unit, clerk, mine.id, before=start(unit, clerk, ListKind.DUTIES).id)


class TestPeriod:
    def test_is_opened_by_the_authority_with_a_day_to_come(self, unit, bureau, clerk):
        with pytest.raises(NotPermitted):
            open_period(unit, clerk)
        with pytest.raises(DueInThePast):
            open_period(unit, bureau, due_on=date(2026, 10, 15))
        open_period(unit, bureau)
        open_period(unit, bureau, due_on=DUE + timedelta(days=9))
        current = lists.current_round(unit.conn, date(2026, 10, 16))
        assert (current.period, current.due_on, current.kinds) == (
            PERIOD, DUE + timedelta(days=9), lists.three_lists(),
        )  # fmt: skip

    def test_shows_who_has_handed_in_and_who_is_late(self, unit, clerk, head, bureau):
        open_period(unit, bureau)
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        opened = lists.current_round(unit.conn, date(2026, 10, 16))
        before = standings(unit.conn, opened, DUE)
        assert not any(s.late for s in before)
        hand_over(unit, clerk, head, version)
        after = standings(unit.conn, opened, DUE + timedelta(days=1))
        mine = [s for s in after if s.org.id == clerk.org]
        assert [(s.kind, s.handed_in, s.late) for s in mine] == [
            (ListKind.SYSTEMS, True, False),
            (ListKind.RESOURCES, False, True),
            (ListKind.DEMANDS, False, True),
        ]
        assert all(s.late for s in after if s.org.id == seed.org_id("police"))

    def test_to_dos_reach_who_is_next(self, unit, clerk, head, bureau):
        open_period(unit, bureau)
        assert [t.kind for t in lists.todos(unit, clerk)] == ["清单填报"] * 3
        version = start(unit, clerk, ListKind.SYSTEMS, system())
        lists.hand_in(unit, clerk, version.id)
        assert len(lists.todos(unit, clerk)) == 2
        assert [t.kind for t in lists.todos(unit, head)] == ["清单签发"]
        lists.sign(unit, head, version.id)
        assert [(t.kind, t.org) for t in lists.todos(unit, bureau)] == [("清单审核", "市民政局")]
        lists.return_(unit, bureau, version.id, remarks="补部署位置")
        kinds = [(t.kind, t.note) for t in lists.todos(unit, clerk)]
        assert kinds[0] == ("清单退回", "补部署位置")


def test_who_signs_is_named_with_the_post(unit, clerk, head, cdo, period):
    del period
    version = start(unit, clerk, ListKind.SYSTEMS, system())
    lists.hand_in(unit, clerk, version.id)
    both = replace(head, roles=head.roles | cdo.roles)
    assert lists.sign(unit, both, version.id).signed_by == "周明远（部门负责人）"
    assert reviewing.decides(both, version) == ""
