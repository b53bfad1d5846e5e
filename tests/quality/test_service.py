"""What clerks do with rows that wait."""

import pytest

from datahall import quality, security, store
from datahall.quality import RowStatus, events
from datahall.security import NotPermitted, Role
from datahall.standards import CodeEntry, CodeList, adopt_code_list
from tests.conftest import NOON
from tests.factories import make_actor, make_field, make_fields
from tests.quality.conftest import BAD, LI, POLICE, WANG, person

CLERK = make_actor(Role.CLERK, org=POLICE)
BUREAU = make_actor(Role.BUREAU)
STRANGER = make_actor(Role.CLERK)


def refused(error):
    return pytest.raises(error)


class TestLook:
    def test_shows_every_value_masked_and_the_faults_beside_theirs(self, collected):
        collected.load(person(BAD))

        view = quality.look(collected.unit, CLERK, collected.only)
        assert [(c.field, c.value, len(c.faults)) for c in view.cells] == [
            ("gmsfhm", "341502********0018", 1),
            ("xm", "王**", 0),
            ("xb", "1", 0),
            ("ssxq", "341502", 0),
        ]
        assert view.label == ("王**", "341502********0018")

    def test_is_for_the_provider_and_the_bureau(self, collected):
        collected.load(person(BAD))

        quality.look(collected.unit, BUREAU, collected.only)
        with refused(NotPermitted):
            quality.look(collected.unit, STRANGER, collected.only)

    def test_knows_no_other_row(self, collected):
        with refused(quality.RowNotFound):
            quality.look(collected.unit, CLERK, collected.item.id)


class TestRepair:
    def test_a_corrected_row_lands(self, collected):
        collected.load(person(WANG, name=""))
        row = quality.repair(collected.unit, CLERK, collected.only, {"xm": "王德发"})

        assert (row.status, row.settled_at, row.settled_by) == (
            RowStatus.REPAIRED,
            NOON,
            CLERK.by,
        )
        assert collected.hall() == {WANG: "王德发"}

    def test_leaves_an_act_without_values(self, collected):
        collected.load(person(BAD, name=""))
        quality.repair(collected.unit, CLERK, collected.only, {"gmsfhm": WANG, "xm": "王德发"})

        (act,) = collected.unit.events
        assert isinstance(act, events.RowRepaired)
        assert act.fields == ("gmsfhm", "xm")
        assert WANG not in repr(act)

    def test_what_is_still_wrong_is_said_beside_its_field(self, collected):
        collected.load(person(BAD, name=""))
        with refused(quality.StillFaulty) as error:
            quality.repair(collected.unit, CLERK, collected.only, {"gmsfhm": BAD})

        assert {f.field: f.detail["message"] for f in error.value.faults} == {
            "gmsfhm": "校验位应为 7",
            "xm": "没有填",
        }
        assert collected.hall() == {}

    def test_a_correction_takes_no_other_rows_place(self, collected):
        collected.load(person(WANG), person(BAD, name="李秀英"))
        with refused(quality.KeyTaken):
            quality.repair(collected.unit, CLERK, collected.only, {"gmsfhm": WANG})

        assert collected.hall() == {WANG: "王德发"}

    def test_a_repeat_lands_under_a_key_of_its_own(self, collected):
        collected.load(person(WANG), person(WANG, name="李秀英"))
        with refused(quality.KeyTaken):
            quality.repair(collected.unit, CLERK, collected.only, {"xm": "李秀"})
        quality.repair(collected.unit, CLERK, collected.only, {"gmsfhm": LI})

        assert collected.hall() == {WANG: "王德发", LI: "李秀英"}

    def test_a_newer_version_of_a_row_replaces_the_one_in_the_hall(self, collected):
        collected.load(person(WANG))
        collected.load(person(WANG, name="王德", sex="7"))
        quality.repair(collected.unit, CLERK, collected.only, {"xb": "1"})

        assert collected.hall() == {WANG: "王德"}

    def test_happens_once(self, collected):
        collected.load(person(WANG, name=""))
        quality.repair(collected.unit, CLERK, collected.only, {"xm": "王"})
        with refused(quality.AlreadySettled):
            quality.repair(collected.unit, CLERK, collected.only, {"xm": "王"})

    @pytest.mark.parametrize("actor", [BUREAU, STRANGER, make_actor(Role.HEAD, org=POLICE)])
    def test_is_for_the_providers_clerk(self, collected, actor):
        collected.load(person(WANG, name=""))
        with refused(NotPermitted):
            quality.repair(collected.unit, actor, collected.only, {"xm": "王"})

    def test_survives_a_whole_load_that_still_brings_the_old_row(self, collected):
        """The source does not know the corrected key, so its row must not be taken for gone."""
        collected.load(person(BAD))
        quality.repair(collected.unit, CLERK, collected.only, {"gmsfhm": WANG})
        collected.load(person(BAD), whole=True)

        assert collected.hall() == {WANG: "王德发"}
        assert [row["status"] for row in collected.kept()] == [RowStatus.REPAIRED]

    def test_goes_when_the_source_drops_the_row(self, collected):
        collected.load(person(BAD), person(LI))
        quality.repair(collected.unit, CLERK, collected.only, {"gmsfhm": WANG})
        collected.load(person(LI), whole=True)

        assert collected.hall() == {LI: "王德发"}


class TestRelease:
    def test_lets_the_row_land_as_it_is(self, collected):
        collected.load(person(BAD))
        row = quality.release(collected.unit, CLERK, collected.only, " 户籍底册如此 ")

        assert (row.status, row.note) == (RowStatus.RELEASED, "户籍底册如此")
        assert collected.hall() == {BAD: "王德发"}
        assert collected.unit.events[0].rules == ("gmsfhm:id_card",)

    def test_wants_a_reason(self, collected):
        collected.load(person(BAD))
        with refused(quality.NoteRequired):
            quality.release(collected.unit, CLERK, collected.only, "  ")

    @pytest.mark.parametrize(
        "rows", [[person(None)], [person(WANG), person(WANG, name="李")]], ids=["key", "repeat"]
    )
    def test_refuses_what_the_hall_cannot_hold(self, collected, rows):
        collected.load(*rows)
        with refused(quality.NotReleasable):
            quality.release(collected.unit, CLERK, collected.only, "急用")

    def test_refuses_a_value_without_its_type(self, unit, collect):
        fields = (*make_fields(), make_field("rq", type="D", length=None))
        other = collect(unit, fields=fields, title="另一项")
        other.load(person() | {"rq": "昨天"})
        with refused(quality.NotReleasable):
            quality.release(unit, CLERK, other.only, "急用")

    def test_stays_when_a_whole_load_brings_the_same_row(self, collected):
        collected.load(person(BAD))
        quality.release(collected.unit, CLERK, collected.only, "户籍底册如此")
        collected.load(person(BAD), whole=True)

        assert collected.hall() == {BAD: "王德发"}


class TestDiscard:
    def test_keeps_the_row_out_for_good(self, collected):
        collected.load(person(BAD))
        quality.discard(collected.unit, CLERK, collected.only, "测试数据")
        collected.load(person(BAD))

        assert [row["status"] for row in collected.kept()] == [RowStatus.DISCARDED]
        assert collected.hall() == {}

    def test_wants_a_reason(self, collected):
        collected.load(person(BAD))
        with refused(quality.NoteRequired):
            quality.discard(collected.unit, CLERK, collected.only, "")


class TestReplay:
    def test_lands_what_the_rules_of_today_let_pass(self, unit, collect):
        local = make_field("lb", title="类别", length=2, code_list="六安示例")
        adopt_code_list(unit, BUREAU, codes("01"))
        other = collect(unit, fields=(*make_fields(), local), title="另一项")
        other.load(person() | {"lb": "09"}, person(LI) | {"lb": "10"})
        adopt_code_list(unit, BUREAU, codes("01", "09"))

        done = quality.replay(unit, CLERK, other.item.id, [r["id"] for r in other.kept()])

        assert (done.landed, done.still_waiting) == (1, 1)
        assert other.hall() == {WANG: "王德发"}
        assert sorted(r["status"] for r in other.kept()) == [RowStatus.REPAIRED, RowStatus.WAITING]

    def test_never_lands_a_repeat_over_the_row_that_has_its_key(self, collected):
        collected.load(person(WANG), person(WANG, name="李秀英"))
        done = quality.replay(collected.unit, CLERK, collected.item.id, [collected.only])

        assert (done.landed, done.still_waiting) == (0, 1)
        assert collected.hall() == {WANG: "王德发"}

    def test_is_for_the_providers_clerk(self, collected):
        with refused(NotPermitted):
            quality.replay(collected.unit, STRANGER, collected.item.id, [])


def codes(*known: str) -> CodeList:
    return CodeList(
        code="六安示例", name="示例", entries=tuple(CodeEntry(code, code) for code in known)
    )


class TestLists:
    def test_a_department_sees_its_own_and_the_bureau_all(self, collected):
        collected.load(person(BAD), person(LI))
        unit = collected.unit

        (own,) = quality.standings(unit, CLERK)
        assert (own.waiting, own.landed, own.waiting_rate) == (1, 1, 0.5)
        assert len(quality.standings(unit, BUREAU)) == 1
        assert quality.standings(unit, STRANGER) == []

    def test_rows_are_found_by_reason_and_status(self, collected):
        collected.load(person(BAD, name=""), person(LI, name=""), person(WANG))
        find = lambda **by: quality.listing(collected.unit, CLERK, collected.item.id, **by)  # noqa: E731

        assert find().total == 2
        assert find().reasons == (
            ("xm:required", "姓名 必填", 2),
            ("gmsfhm:id_card", "公民身份号码", 1),
        )
        assert find(reason="gmsfhm:id_card").total == 1
        assert find(status=RowStatus.DISCARDED).rows == ()

    def test_results_are_of_the_last_whole_load(self, collected):
        collected.load(person(BAD), person(WANG), whole=True)
        collected.load(person(LI, name=""))

        at, found = quality.results(collected.unit, CLERK, collected.item.id)
        assert at == NOON
        assert (found[0].field, found[0].rule, found[0].failing, found[0].checked) == (
            "gmsfhm",
            "id_card",
            1,
            2,
        )
        assert found[0].pass_rate == 0.5
        assert {r.failing for r in found[1:]} == {0}

    def test_waiting_rows_are_a_to_do_of_the_clerk_alone(self, collected):
        collected.load(person(BAD))
        unit = collected.unit

        (todo,) = quality.todos(unit, CLERK)
        assert todo.url == f"/quality/items/{collected.item.id}"
        assert quality.todos(unit, BUREAU) == quality.todos(unit, STRANGER) == []
        quality.discard(unit, CLERK, collected.only, "测试")
        assert quality.todos(unit, CLERK) == []


def test_a_busy_dataset_lets_nobody_land_anything(collected, engine):
    """A loader in another session holds the dataset."""
    collected.load(person(WANG, name=""))
    with engine.connect() as other, other.begin():
        store.lock(other, collected.dataset)
        with refused(store.DatasetBusy):
            quality.repair(collected.unit, CLERK, collected.only, {"xm": "王"})


def test_policy_names_the_acts():
    assert {"quality:view", "quality:repair"} <= set(security.POLICY)
