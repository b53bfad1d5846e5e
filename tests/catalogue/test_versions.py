"""Versions by day: published now for later, chosen by date, gone back to."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahall import bootstrap, catalogue
from datahall.catalogue import ItemNotFound, ItemStatus, WrongStage, repository
from datahall.catalogue.service import read, take_effect
from datahall.kit.ids import new_id
from datahall.kit.uow import Unit
from tests.catalogue.test_codes import BUREAU, CLERK, HEAD, published
from tests.catalogue.test_properties import SLOW
from tests.conftest import NOON
from tests.factories import make_actor, make_item

TODAY, LATER = date(2026, 10, 16), date(2026, 11, 1)


def next_version(unit, id, **about):
    draft = catalogue.start_version(unit, CLERK, id)
    catalogue.revise(unit, CLERK, id, **about)
    catalogue.submit(unit, CLERK, id)
    catalogue.agree(unit, HEAD, id)
    return replace(catalogue.publish(unit, BUREAU, id), edit=draft.edit)


class TestEffectiveDay:
    def test_a_later_version_waits_while_the_present_one_stays(self, unit):
        first = published(unit)
        second = next_version(unit, first.id, contact="赵敏", effective_on=LATER)
        assert second.status is ItemStatus.SCHEDULED
        assert catalogue.get(unit.conn, first.id).version == 1
        assert unit.events[-1].tag == "catalogue:item:schedule"

        unit.now = NOON + timedelta(days=15)
        assert take_effect(unit) == 0
        unit.now = NOON + timedelta(days=15, hours=12)  # 00:00 in China on the first of November
        assert take_effect(unit) == 1
        now = catalogue.get(unit.conn, first.id)
        assert (now.version, now.status, now.contact) == (2, ItemStatus.PUBLISHED, "赵敏")
        assert unit.events[-1].tag == "catalogue:item:publish"
        assert catalogue.history(unit.conn, first.id)[1].status is ItemStatus.SUPERSEDED
        assert take_effect(unit) == 0

    def test_the_version_of_a_day_is_known_before_and_after(self, unit):
        first = published(unit)
        next_version(unit, first.id, contact="赵敏", effective_on=LATER)
        stranger = make_actor(*BUREAU.roles)
        versions = {
            day: read(unit, stranger, first.id, on=day).version
            for day in (TODAY, LATER - timedelta(days=1), LATER, LATER + timedelta(days=99))
        }
        assert list(versions.values()) == [1, 1, 2, 2]
        with pytest.raises(ItemNotFound):
            read(unit, stranger, first.id, on=TODAY - timedelta(days=1))

    def test_a_day_that_is_over_means_now(self, unit):
        item = published(unit, effective_on=TODAY)
        assert (item.status, item.in_force_from) == (ItemStatus.PUBLISHED, TODAY)

    def test_the_authority_may_call_it_back_before_its_day(self, unit):
        first = published(unit)
        next_version(unit, first.id, contact="赵敏", effective_on=LATER)
        back = catalogue.return_(unit, BUREAU, first.id, remarks="日期有误")
        assert (back.status, back.in_force_from) == (ItemStatus.RETURNED, None)
        unit.now = NOON + timedelta(days=30)
        assert take_effect(unit) == 0

    def test_no_other_version_is_started_meanwhile(self, unit):
        first = published(unit)
        next_version(unit, first.id, contact="赵敏", effective_on=LATER)
        with pytest.raises(WrongStage):
            catalogue.start_version(unit, CLERK, first.id)

    def test_a_waiting_version_goes_with_its_entry(self, unit):
        item = published(unit)
        next_version(unit, item.id, contact="赵敏", effective_on=LATER)
        catalogue.announce_withdrawal(
            unit, BUREAU, item.id, effective_on=LATER - timedelta(days=1), reason="职责已划转"
        )
        unit.now = NOON + timedelta(days=15)
        catalogue.carry_out_withdrawals(unit)
        unit.now = NOON + timedelta(days=30)
        assert take_effect(unit) == 0
        assert catalogue.get(unit.conn, item.id).status is ItemStatus.WITHDRAWN
        assert catalogue.get(unit.conn, item.id).in_force_until == date(2026, 10, 31)


class TestGoingBack:
    def test_makes_a_new_version_of_an_old_one(self, unit):
        first = published(unit)
        next_version(unit, first.id, contact="赵敏", keywords=("户口",))
        again = catalogue.start_version(unit, CLERK, first.id, like=1)
        assert (again.version, again.contact, again.keywords) == (3, first.contact, ())
        assert again.code == first.code
        assert (again.in_force_from, again.in_force_until) == (None, None)
        assert [c.path for c in catalogue.changes(first, again)] == []


@settings(SLOW, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), min_size=1, max_size=6))
def test_on_every_day_the_last_version_that_had_begun_is_in_force(conn, steps):
    """Whatever versions are published for whatever days, the history answers as the days went."""
    unit = Unit(conn=conn, now=NOON, answerers=bootstrap.ANSWERERS)
    item = published(unit, title=f"版本{new_id().hex}")
    told = {0: 1}  # day → version in force from then on
    day = 0
    for passed, ahead in steps:
        day += passed
        unit.now = NOON + timedelta(days=day)
        take_effect(unit)
        if catalogue.history(conn, item.id)[0].status is ItemStatus.SCHEDULED:
            continue
        made = next_version(
            unit,
            item.id,
            contact=f"赵{day}{ahead}",
            effective_on=TODAY + timedelta(days=day + ahead),
        )
        told[day + ahead] = made.version
    for asked in range(day + 25):
        expected = told[max(begun for begun in told if begun <= asked)]
        found = repository.in_force_on(conn, item.id, TODAY + timedelta(days=asked))
        assert found.version == expected


def test_make_item_is_in_force_on_no_day():
    assert not make_item().was_in_force(TODAY)
