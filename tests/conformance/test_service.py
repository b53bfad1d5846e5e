"""Binding, judging and claiming, with the acts that follow them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from datahall import bootstrap, catalogue, conformance, ledger, standards, supply_demand
from datahall.catalogue import EntryInvalid, ItemNotFound, ItemStatus, Sharing
from datahall.catalogue import repository as entries
from datahall.conformance import (
    Binding,
    BindingUnknown,
    BoundMeanwhile,
    FieldNotFound,
    InReview,
    NothingLikely,
    Shown,
    repository,
    service,
)
from datahall.kit.clock import local_date
from datahall.kit.uow import Unit, Units
from datahall.organisations import seed
from datahall.security import NotPermitted, Role
from datahall.standards import BoundFields, SensitiveKind
from tests.conftest import NOON
from tests.factories import add_actor, add_city, make_field, make_item

POLICE, CIVIL, BUREAU = (seed.org_id(k) for k in ("police", "civil_affairs", "bureau"))
FIELDS = (
    make_field("gmsfhm", title="身份证号", length=18, is_key=True, required=True),
    make_field("xb", title="性别", length=2),
    make_field("hjdz", title="户籍地址", length=200),
    make_field("beizhu", title="备注"),
)


@pytest.fixture
def unit(conn):
    """A unit whose questions are answered, and whose acts are followed by `settle`."""
    add_city(conn)
    return Unit(conn=conn, now=NOON, answerers=bootstrap.ANSWERERS)


@pytest.fixture
def units(engine):
    """To settle with the program's own subscribers; nothing commits."""
    return Units(engine=engine, sink=ledger.record_acts, subscribers=bootstrap.SUBSCRIBERS)


@pytest.fixture
def people(unit):
    return {
        "clerk": add_actor(unit.conn, Role.CLERK, Role.HEAD, Role.REPRESENTATIVE, org=POLICE),
        "civil": add_actor(unit.conn, Role.CLERK, Role.HEAD, Role.REPRESENTATIVE, org=CIVIL),
        "bureau": add_actor(unit.conn, Role.BUREAU, org=BUREAU),
    }


@pytest.fixture
def hall(unit, units, people):
    return Hall(unit, units, people)


class Hall:
    """A few use cases in one transaction."""

    def __init__(self, unit, units, people):
        self.unit, self.units, self.people = unit, units, people

    def draft(self, who="clerk", **about):
        given = {"fields": FIELDS, "provider": self.people[who].org}
        item = make_item(**given | about)
        entries.add(self.unit.conn, item)
        return item.id

    def bind(self, id, who="clerk", **elements):
        wanted = [
            Binding(
                field=name,
                element=(code or "").rstrip("!") or None,
                is_source=str(code).endswith("!"),
            )
            for name, code in elements.items()
        ]
        return conformance.bind(self.unit, self.people[who], id, wanted)

    def publish(self, id, who="clerk"):
        clerk = self.people[who]
        catalogue.submit(self.unit, clerk, id)
        catalogue.agree(self.unit, clerk, id)
        catalogue.publish(self.unit, self.people["bureau"], id)
        self.settle()

    def settle(self):
        self.units.settle(self.unit)
        self.unit.events.clear()


class TestLook:
    def test_suggests_for_unbound_fields_with_reasons(self, hall):
        sheet = conformance.look(hall.unit, hall.people["clerk"], hall.draft())
        best = {p.field.name: p.matches[0].element.code for p in sheet.places if p.matches}
        assert best["gmsfhm"] == "DE01002"
        assert best["xb"] == "DE01003"
        assert best["hjdz"] == "DE03003"
        assert "beizhu" not in best
        assert sheet.likely == 3

    def test_not_what_somebody_refused(self, hall):
        id, clerk = hall.draft(), hall.people["clerk"]
        conformance.reject(hall.unit, clerk, id, "xb", "DE01003")
        (sex,) = (p for p in conformance.look(hall.unit, clerk, id).places if p.field.name == "xb")
        assert "DE01003" not in [m.element.code for m in sex.matches]

    def test_a_draft_is_nobody_elses(self, hall):
        with pytest.raises(ItemNotFound):
            conformance.look(hall.unit, hall.people["civil"], hall.draft())


class TestBind:
    def test_brings_rules_grade_kind_and_code_table(self, hall):
        made = hall.bind(hall.draft(), gmsfhm="DE01002", xb="DE01003")
        number, sex = made.field("gmsfhm"), made.field("xb")
        assert (number.rules, number.grade, number.sensitive) == (
            ("id_card",), 3, SensitiveKind.ID_CARD,
        )  # fmt: skip
        assert sex.code_list == "GB/T 2261.1"

    def test_of_a_published_entry_begins_its_next_version(self, hall):
        id = hall.draft()
        hall.publish(id)
        made = hall.bind(id, xb="DE01003")
        assert (made.version, made.status) == (2, ItemStatus.DRAFT)
        assert catalogue.get(hall.unit.conn, id).field("xb").element is None

    def test_released_on_the_page_of_a_published_entry(self, hall):
        id, clerk = hall.draft(), hall.people["clerk"]
        hall.bind(id, xb="DE01003")
        hall.publish(id)
        edit = conformance.look(hall.unit, clerk, id).item.edit
        released = [Binding(field="xb", element=None)]
        made = conformance.bind(hall.unit, clerk, id, released, edit=edit)
        assert (made.version, made.field("xb").element) == (2, None)

    def test_all_that_is_likely_at_once(self, hall):
        id = hall.draft()
        done = conformance.bind_likely(hall.unit, hall.people["clerk"], id)
        assert {b.field for b in done} == {"gmsfhm", "xb", "hjdz"}
        with pytest.raises(NothingLikely):
            conformance.bind_likely(hall.unit, hall.people["clerk"], id)

    def test_released(self, hall):
        id = hall.draft()
        hall.bind(id, xb="DE01003")
        assert hall.bind(id, xb=None).field("xb").element is None

    def test_refuses(self, hall):
        id, clerk = hall.draft(), hall.people["clerk"]
        with pytest.raises(BindingUnknown):
            hall.bind(id, xb="DE99999")
        with pytest.raises(FieldNotFound):
            hall.bind(id, nothing="DE01003")
        with pytest.raises(ItemNotFound):
            hall.bind(id, who="civil", xb="DE01003")
        catalogue.submit(hall.unit, clerk, id)
        with pytest.raises(InReview):
            hall.bind(id, xb="DE01003")

    def test_what_a_colleague_bound_meanwhile_is_not_undone(self, hall):
        id, clerk = hall.draft(), hall.people["clerk"]
        seen = conformance.look(hall.unit, clerk, id).item.edit
        hall.bind(id, xb="DE01003")
        other = [Binding(field="hjdz", element="DE03003")]
        made = conformance.bind(hall.unit, clerk, id, other, edit=seen)
        assert (made.field("xb").element, made.field("hjdz").element) == ("DE01003", "DE03003")
        with pytest.raises(BoundMeanwhile):
            conformance.bind(
                hall.unit, clerk, id, [Binding(field="xb", element="DE01004")], edit=seen
            )
        assert catalogue.versions(hall.unit, clerk, id)[0].field("xb").element == "DE01003"

    def test_another_department_sees_and_does_not_bind(self, hall):
        id = hall.draft()
        hall.publish(id)
        conformance.look(hall.unit, hall.people["civil"], id)
        with pytest.raises(NotPermitted):
            hall.bind(id, who="civil", xb="DE01003")
        with pytest.raises(NotPermitted):
            conformance.reject(hall.unit, hall.people["civil"], id, "xb", "DE01003")

    def test_a_grade_too_high_for_the_sharing_is_told(self, hall):
        id = hall.draft(sharing=Sharing.UNCONDITIONAL, share_condition="")
        with pytest.raises(EntryInvalid) as refused:
            hall.bind(id, gmsfhm="DE01002")
        assert "sharing" in [f.field for f in refused.value.faults]


class TestJudge:
    def tally(self, hall):
        return repository.tallies(hall.unit.conn).get(POLICE)

    def test_what_is_in_force_is_counted(self, hall):
        id = hall.draft()
        hall.bind(id, gmsfhm="DE01002", xb="DE01003")
        assert self.tally(hall) is None
        hall.publish(id)
        tally = self.tally(hall)
        assert (tally.fields, tally.bound, tally.conforming) == (4, 2, 1)  # 性别 has length 2
        (wrong,) = repository.standings(hall.unit.conn, org=POLICE, shown=Shown.DEVIATING, limit=10)
        assert [d.words for d in wrong.deviations] == ["长度 2，数据元是 1"]
        (bound,) = hall.unit.ask(BoundFields(element="DE01002"))
        assert (bound.item, bound.deviations) == (id, ())

    def test_a_new_version_takes_the_place_of_the_old(self, hall):
        id = hall.draft()
        hall.publish(id)
        hall.bind(id, gmsfhm="DE01002")
        hall.publish(id)
        assert (self.tally(hall).fields, self.tally(hall).bound) == (4, 1)

    def test_withdrawn_it_is_no_longer_counted(self, hall):
        id = hall.draft()
        hall.publish(id)
        catalogue.withdraw(hall.unit, hall.people["bureau"], id, remarks="职责划出")
        hall.settle()
        assert self.tally(hall) is None

    def test_a_new_version_of_the_element_changes_the_standing_on_its_day(self, hall):
        id, bureau = hall.draft(), hall.people["bureau"]
        hall.bind(id, xb="DE01003")
        hall.publish(id)
        tomorrow = local_date(NOON) + timedelta(days=1)
        standards.revise_element(hall.unit, bureau, "DE01003", length=2)
        standards.publish_element(hall.unit, bureau, "DE01003", effective_on=tomorrow)
        hall.settle()
        assert self.tally(hall).conforming == 0
        next_day = Unit(conn=hall.unit.conn, now=NOON + timedelta(days=1))
        assert service.judge_again(next_day) == 1
        assert self.tally(hall).conforming == 1
        assert service.judge_again(next_day) == 0

    def test_an_element_that_ended_is_a_deviation(self, hall):
        id, bureau = hall.draft(), hall.people["bureau"]
        hall.bind(id, gmsfhm="DE01002")
        hall.publish(id)
        standards.retire_element(hall.unit, bureau, "DE01002", reason="测试")
        hall.settle()
        (bound,) = hall.unit.ask(BoundFields(element="DE01002"))
        assert bound.deviations == ("数据元已废止",)

    def test_entries_from_before_are_caught_up_with(self, hall):
        id = hall.draft()
        hall.publish(id)
        repository.drop(hall.unit.conn, id)
        assert service.catch_up(hall.unit) == 1
        assert service.catch_up(hall.unit) == 0
        assert self.tally(hall).fields == 4


class TestClaims:
    def test_a_binding_alone_claims_nothing(self, hall):
        id = hall.draft()
        hall.bind(id, hjdz="DE03003")
        hall.publish(id)
        assert standards.source_of(hall.unit.conn, "DE03003") is None

    def test_publication_makes_the_claim(self, hall):
        id = hall.draft()
        hall.bind(id, hjdz="DE03003!")
        assert standards.source_of(hall.unit.conn, "DE03003") is None
        hall.publish(id)
        source = standards.source_of(hall.unit.conn, "DE03003")
        assert (source.org, source.item) == (POLICE, id)

    def test_a_second_opens_a_case_and_both_are_told(self, hall):
        case = self.contested(hall)
        assert {p.org for p in case.parties} == {POLICE, CIVIL}
        for who in ("clerk", "civil"):
            (told,) = (
                t for t in supply_demand.todos(hall.unit, hall.people[who]) if t.kind == "知会"
            )
            assert case.code in told.title

    def test_consumers_of_the_loser_are_told_which_source_to_use(self, hall, monkeypatch):
        case = self.contested(hall)
        lost = next(p for p in case.parties if p.org == CIVIL)
        consumer = add_actor(hall.unit.conn, Role.CLERK, org=seed.org_id("social_security"))
        other = add_actor(hall.unit.conn, Role.CLERK, org=seed.org_id("health_insurance"))
        grants = {
            lost.item: [
                Granted(consumer.org, lost.item, "hjdz"),
                Granted(other.org, lost.item, "xb"),  # another field: not concerned
            ]
        }
        monkeypatch.setattr(
            "datahall.supply_demand.repository.grants.alive",
            lambda _conn, item, _day: grants.get(item, []),
        )
        for who in ("clerk", "civil"):
            standards.make_statement(hall.unit, hall.people[who], case.id, "陈述")
        standards.decide(
            hall.unit, hall.people["bureau"], case.id, winner=POLICE, reason="法定登记机关"
        )
        hall.settle()
        (told,) = (t for t in supply_demand.todos(hall.unit, consumer) if t.kind == "知会")
        assert "数源已定为市公安局" in told.note
        assert (
            told.url == f"/catalogue/items/{next(p.item for p in case.parties if p.org == POLICE)}"
        )
        assert supply_demand.todos(hall.unit, other) == []

    def contested(self, hall):
        for who in ("clerk", "civil"):
            id = hall.draft(who, title=f"{who}的目录")
            hall.bind(id, who, hjdz="DE03003!")
            hall.publish(id, who)
        (case,) = standards.rulings_on(hall.unit.conn, "DE03003")
        return case


class Granted:
    """What `tell_ruling` reads of a grant."""

    def __init__(self, consumer, item, field):
        self.consumer, self.item_title = consumer, "社会救助对象信息"
        self.fields = (type("Given", (), {"name": field})(),)
        self.item = item


def test_every_act_is_recorded(hall):
    id, clerk = hall.draft(), hall.people["clerk"]
    hall.bind(id, xb="DE01003!")
    conformance.reject(hall.unit, clerk, id, "hjdz", "DE03003")
    tags = [type(e).tag for e in hall.unit.events]
    assert tags[-2:] == ["conformance:fields:bind", "conformance:suggestion:reject"]
    assert hall.unit.events[-2].sources == ("xb",)


def test_tables_hold_no_row_twice(hall):
    id = hall.draft()
    hall.publish(id)
    found = hall.unit.conn.scalar(sa.text("select count(*) from conformance_fields"))
    assert found == 4
