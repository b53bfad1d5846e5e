"""An entry in use is taken down only after its users were told, with a date."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from datahall import catalogue
from datahall.catalogue import (
    DateTooEarly,
    DepartureNotOpen,
    DeparturePlanned,
    DepartureStatus,
    ItemStatus,
    RemarksRequired,
    StillInUse,
    WrongStage,
)
from datahall.catalogue.departures import repository as plans
from datahall.security import NotPermitted, Role
from datahall.supply_demand import Algorithm, GrantStatus, grant, issue, revoke
from datahall.supply_demand.errors import ItemLeaving
from datahall.supply_demand.repository import notices
from datahall.supply_demand.service import applying
from tests.factories import add_city
from tests.supply_demand.factories import (
    MINZHENG,
    NOON,
    RENSHE,
    SHUGUAN,
    VAULT,
    add_cremations,
    make_actor,
    make_grant,
    make_proposal,
)

CLERK = make_actor(Role.CLERK, org=MINZHENG)
BUREAU = make_actor(Role.BUREAU, org=SHUGUAN)
LEAD = make_actor(Role.REPRESENTATIVE, org=MINZHENG)
STRANGER = make_actor(Role.CLERK, org=RENSHE)
DAY = date(2026, 11, 20)
WHY = "职责划转至省民政厅"


@pytest.fixture
def at(units):
    """`at(days)` opens a unit that many days after NOON, with everybody who is told."""
    return lambda days=0: replace(units, clock=lambda: NOON + timedelta(days=days)).open()


@pytest.fixture
def used(at):
    """The id of a published entry that one system of 市人社局 uses, and of its grant."""
    with at() as unit:
        add_city(unit.conn)
        item = add_cremations(unit)
        given = issue(unit, make_grant(item=item.id), Algorithm.HMAC_SHA256, by="test", vault=VAULT)
    return item.id, given.id


class TestInUse:
    def test_is_not_taken_down_at_once(self, at, used):
        with pytest.raises(StillInUse) as refused, at() as unit:
            catalogue.withdraw(unit, BUREAU, used[0], remarks=WHY)
        assert refused.value.detail == {"count": 1, "names": "智慧人社经办平台"}

    def test_nobody_uses_it_after_the_last_grant(self, at, used):
        with at() as unit:
            revoke(unit, LEAD, used[1], "用完")
        with at() as unit:
            gone = catalogue.withdraw(unit, BUREAU, used[0], remarks=WHY)
        assert gone.status is ItemStatus.WITHDRAWN


class TestAnnounced:
    @pytest.fixture
    def announced(self, at, used):
        with at() as unit:
            catalogue.propose_withdrawal(unit, CLERK, used[0], reason=WHY)
        with at() as unit:
            catalogue.announce_withdrawal(unit, BUREAU, used[0], effective_on=DAY)
        return used

    def test_consumers_are_told_the_day(self, at, announced):
        with at() as unit:
            told = [n for n in notices.unseen(unit.conn, RENSHE) if "2026-11-20" in n.text]
        assert len(told) == 1
        assert WHY in told[0].text
        assert told[0].url == f"/catalogue/items/{announced[0]}"

    def test_stays_until_the_day_and_then_ends_with_its_grants(self, at, announced):
        item, given = announced
        with at(34) as unit:
            assert catalogue.carry_out_withdrawals(unit) == 0
            assert catalogue.get(unit.conn, item).status is ItemStatus.PUBLISHED
        with at(35) as unit:
            assert catalogue.carry_out_withdrawals(unit) == 1
        with at(35) as unit:
            assert catalogue.get(unit.conn, item).status is ItemStatus.WITHDRAWN
            assert grant(unit.conn, given).status is GrantStatus.REVOKED
            assert plans.of_item(unit.conn, item) is None
            assert any("已终止" in n.text for n in notices.unseen(unit.conn, RENSHE))
            assert catalogue.carry_out_withdrawals(unit) == 0

    def test_goes_early_once_nobody_uses_it(self, at, announced):
        with at(1) as unit:
            revoke(unit, LEAD, announced[1], "已改用省级接口")
        with at(1) as unit:
            assert catalogue.carry_out_withdrawals(unit) == 1

    def test_takes_no_new_applications(self, at, announced):
        with pytest.raises(ItemLeaving), at(1) as unit:
            applying.draft(unit, STRANGER, announced[0], make_proposal())

    def test_can_be_called_off(self, at, announced):
        with at(1) as unit:
            catalogue.cancel_withdrawal(unit, BUREAU, announced[0], remarks="省里暂缓")
        with at(40) as unit:
            assert catalogue.carry_out_withdrawals(unit) == 0
            assert any("已撤销" in n.text for n in notices.unseen(unit.conn, RENSHE))
            applying.draft(unit, STRANGER, announced[0], make_proposal())

    def test_a_draft_of_the_next_version_goes_with_it(self, at, announced):
        with at(1) as unit:
            catalogue.start_version(unit, CLERK, announced[0])
        with at(35) as unit:
            catalogue.carry_out_withdrawals(unit)
        with at(35) as unit:
            (only,) = catalogue.history(unit.conn, announced[0])
        assert only.status is ItemStatus.WITHDRAWN


class TestRefusals:
    def test_too_early_says_the_first_day(self, at, used):
        with pytest.raises(DateTooEarly) as refused, at() as unit:
            catalogue.announce_withdrawal(
                unit, BUREAU, used[0], effective_on=date(2026, 11, 14), reason=WHY
            )
        assert refused.value.detail["earliest"] == date(2026, 11, 15)

    def test_without_a_reason(self, at, used):
        with pytest.raises(RemarksRequired), at() as unit:
            catalogue.propose_withdrawal(unit, CLERK, used[0], reason=" ")

    def test_twice(self, at, used):
        with at() as unit:
            catalogue.propose_withdrawal(unit, CLERK, used[0], reason=WHY)
        with pytest.raises(DeparturePlanned), at() as unit:
            catalogue.propose_withdrawal(unit, CLERK, used[0], reason=WHY)

    def test_by_others(self, at, used):
        with pytest.raises(NotPermitted), at() as unit:
            catalogue.propose_withdrawal(unit, STRANGER, used[0], reason=WHY)
        with pytest.raises(NotPermitted), at() as unit:
            catalogue.announce_withdrawal(unit, CLERK, used[0], effective_on=DAY, reason=WHY)

    def test_of_a_draft(self, at, used):
        with at() as unit:
            revoke(unit, LEAD, used[1], "用完")
            catalogue.withdraw(unit, BUREAU, used[0], remarks=WHY)
        with pytest.raises(WrongStage), at() as unit:
            catalogue.propose_withdrawal(unit, CLERK, used[0], reason=WHY)

    def test_declined_stays(self, at, used):
        with at() as unit:
            catalogue.propose_withdrawal(unit, CLERK, used[0], reason=WHY)
            kept = catalogue.decline_withdrawal(unit, BUREAU, used[0], remarks="在用单位尚未迁移")
        assert kept.status is DepartureStatus.DECLINED
        with pytest.raises(DepartureNotOpen), at() as unit:
            catalogue.cancel_withdrawal(unit, BUREAU, used[0], remarks="不")
