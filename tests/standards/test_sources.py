"""One source for each element: claims, the authority's word, and rulings."""

from datetime import timedelta

import pytest

from datahall import standards
from datahall.kit.uow import Unit
from datahall.security import NotPermitted, Role
from datahall.standards import ElementNotFound, RulingDecided, RulingStatus
from datahall.standards.errors import (
    HearingOpen,
    NoParty,
    ReasonRequired,
    RulingClosed,
    RulingNotFound,
    RulingPending,
    SourceUnchanged,
)
from datahall.standards.model.sources import Basis
from tests.conftest import NOON
from tests.factories import make_actor, make_org
from tests.standards.factories import make_claim

POLICE, CIVIL, HEALTH = make_org(), make_org(), make_org()
BUREAU = make_actor(Role.BUREAU)
POLICE_REP, CIVIL_REP, HEALTH_REP = (
    make_actor(Role.REPRESENTATIVE, org=org) for org in (POLICE, CIVIL, HEALTH)
)
ELEMENT = "DE03003"


def claim(unit, org, **about):
    return standards.claim(unit, make_claim(org.id, ELEMENT, **about), by="system")


@pytest.fixture
def case(unit):
    """市公安局 claimed first, 民政 second."""
    claim(unit, POLICE)
    return claim(unit, CIVIL)


def later(unit, days):
    return Unit(conn=unit.conn, now=NOON + timedelta(days=days))


class TestClaim:
    def test_the_first_is_the_source(self, unit):
        assert claim(unit, POLICE) is None
        source = standards.source_of(unit.conn, ELEMENT)
        assert (source.org, source.basis, source.version) == (POLICE.id, Basis.FIRST_CLAIM, 1)

    def test_again_by_the_source_changes_nothing(self, unit):
        claim(unit, POLICE)
        assert claim(unit, POLICE) is None
        assert len(standards.source_history(unit.conn, ELEMENT)) == 1

    def test_a_second_opens_a_case(self, unit, case):
        assert [p.org for p in case.parties] == [POLICE.id, CIVIL.id]
        assert [p.was_source for p in case.parties] == [True, False]
        assert case.code == "SY20261016-0001"
        assert standards.open_elements(unit.conn) == {ELEMENT: case.id}
        assert standards.source_of(unit.conn, ELEMENT).org == POLICE.id  # until it is decided

    def test_a_third_joins_it(self, unit, case):
        joined = claim(unit, HEALTH)
        assert joined.id == case.id
        assert [p.org for p in joined.parties] == [POLICE.id, CIVIL.id, HEALTH.id]

    @pytest.mark.usefixtures("case")
    def test_a_repeated_one_opens_no_second_case(self, unit):
        assert claim(unit, CIVIL) is None
        assert len(standards.rulings_on(unit.conn, ELEMENT)) == 1

    def test_who_lost_does_not_open_it_again_by_publishing(self, unit, case):
        standards.make_statement(unit, POLICE_REP, case.id, "依法登记。")
        standards.make_statement(unit, CIVIL_REP, case.id, "低保核对采集。")
        standards.decide(unit, BUREAU, case.id, winner=POLICE.id, reason="法定登记机关。")
        assert claim(unit, CIVIL) is None
        assert standards.open_elements(unit.conn) == {}

    def test_a_claim_against_a_named_source_opens_a_case(self, unit):
        standards.name_source(unit, BUREAU, ELEMENT, POLICE.id, reason="法定登记机关")
        opened = claim(unit, CIVIL)
        assert [p.org for p in opened.parties] == [POLICE.id, CIVIL.id]


class TestName:
    def test_by_the_authority_with_a_reason(self, unit):
        named = standards.name_source(unit, BUREAU, ELEMENT, CIVIL.id, reason="牵头采集")
        assert (named.basis, named.reason) == (Basis.NAMED, "牵头采集")

    def test_every_version_is_kept(self, unit):
        claim(unit, POLICE)
        standards.name_source(unit, BUREAU, ELEMENT, CIVIL.id, reason="职责划转")
        kept = standards.source_history(unit.conn, ELEMENT)
        assert [(s.version, s.org) for s in kept] == [(2, CIVIL.id), (1, POLICE.id)]

    def test_refuses(self, unit):
        claim(unit, POLICE)
        with pytest.raises(ReasonRequired):
            standards.name_source(unit, BUREAU, ELEMENT, CIVIL.id, reason=" ")
        with pytest.raises(SourceUnchanged):
            standards.name_source(unit, BUREAU, ELEMENT, POLICE.id, reason="x")
        with pytest.raises(ElementNotFound):
            standards.name_source(unit, BUREAU, "DE99999", POLICE.id, reason="x")
        with pytest.raises(NotPermitted):
            standards.name_source(unit, POLICE_REP, ELEMENT, CIVIL.id, reason="x")

    @pytest.mark.usefixtures("case")
    def test_not_while_a_case_is_open(self, unit):
        with pytest.raises(RulingPending):
            standards.name_source(unit, BUREAU, ELEMENT, CIVIL.id, reason="x")


class TestHear:
    def test_a_side_states_its_case_and_may_say_it_better(self, unit, case):
        standards.make_statement(unit, CIVIL_REP, case.id, "初稿")
        said = standards.make_statement(unit, CIVIL_REP, case.id, "低保核对时逐户采集。")
        assert said.party(CIVIL.id).statement == "低保核对时逐户采集。"

    def test_others_do_not_find_it(self, unit, case):
        with pytest.raises(RulingNotFound):
            standards.make_statement(unit, HEALTH_REP, case.id, "x")
        with pytest.raises(RulingNotFound):
            standards.read_ruling(unit, HEALTH_REP, case.id)
        assert standards.list_rulings(unit, HEALTH_REP) == []
        assert len(standards.list_rulings(unit, CIVIL_REP)) == 1
        assert len(standards.list_rulings(unit, BUREAU)) == 1

    def test_the_clock_is_the_authoritys(self, unit, case):
        heard = standards.read_ruling(unit, BUREAU, case.id)
        assert heard.reading.limit_days == 10
        assert heard.may_decide
        assert not heard.may_state
        assert standards.read_ruling(unit, CIVIL_REP, case.id).may_state

    def test_both_sides_and_the_authority_have_it_among_their_todos(self, conn, case):
        unit = Unit(conn=conn, now=NOON)
        assert [t.action for t in standards.todos(unit, CIVIL_REP)] == ["去陈述"]
        assert [t.action for t in standards.todos(unit, POLICE_REP)] == ["去陈述"]
        assert [t.action for t in standards.todos(unit, BUREAU)] == ["去裁定"]
        assert standards.todos(unit, HEALTH_REP) == []
        standards.make_statement(unit, CIVIL_REP, case.id, "已陈述。")
        assert standards.todos(unit, CIVIL_REP) == []


class TestDecide:
    def test_waits_until_every_side_was_heard(self, unit, case):
        standards.make_statement(unit, CIVIL_REP, case.id, "逐户采集。")
        with pytest.raises(HearingOpen):
            standards.decide(unit, BUREAU, case.id, winner=POLICE.id, reason="法定登记。")

    def test_or_until_its_days_are_over(self, unit, case):
        decided = standards.decide(
            later(unit, 10), BUREAU, case.id, winner=CIVIL.id, reason="另一方未陈述。"
        )
        assert decided.status is RulingStatus.DECIDED

    def test_the_source_follows_and_is_told_upwards(self, unit, case):
        standards.make_statement(unit, POLICE_REP, case.id, "登记机关。")
        standards.make_statement(unit, CIVIL_REP, case.id, "逐户采集。")
        standards.decide(unit, BUREAU, case.id, winner=CIVIL.id, reason="更及时。")
        source = standards.source_of(unit.conn, ELEMENT)
        assert (source.org, source.basis, source.ruling) == (CIVIL.id, Basis.RULING, case.id)
        (told,) = (e for e in unit.events if isinstance(e, RulingDecided))
        assert told.losers == (POLICE.id,)
        assert told.items == (case.party(POLICE.id).item,)
        assert told.fields == ("hjdz",)
        assert told.authority == BUREAU.org

    def test_refuses(self, unit, case):
        for side in (POLICE_REP, CIVIL_REP):
            standards.make_statement(unit, side, case.id, "陈述")
        with pytest.raises(ReasonRequired):
            standards.decide(unit, BUREAU, case.id, winner=CIVIL.id, reason="")
        with pytest.raises(NoParty):
            standards.decide(unit, BUREAU, case.id, winner=HEALTH.id, reason="x")
        with pytest.raises(NotPermitted):
            standards.decide(unit, CIVIL_REP, case.id, winner=CIVIL.id, reason="x")
        standards.decide(unit, BUREAU, case.id, winner=CIVIL.id, reason="x")
        with pytest.raises(RulingClosed):
            standards.decide(unit, BUREAU, case.id, winner=POLICE.id, reason="改判")
        with pytest.raises(RulingClosed):
            standards.make_statement(unit, POLICE_REP, case.id, "不服")


class TestConcede:
    def test_the_last_that_remains_is_the_source(self, unit, case):
        left = standards.concede(unit, POLICE_REP, case.id, "同意由民政采集。")
        assert (left.status, left.winner) == (RulingStatus.SETTLED, CIVIL.id)
        assert standards.source_of(unit.conn, ELEMENT).basis is Basis.CONCESSION

    def test_of_three_two_remain(self, unit, case):
        claim(unit, HEALTH)
        left = standards.concede(unit, CIVIL_REP, case.id, "撤回。")
        assert left.is_open
        with pytest.raises(NoParty):
            for side in (POLICE_REP, HEALTH_REP):
                standards.make_statement(unit, side, case.id, "陈述")
            standards.decide(unit, BUREAU, case.id, winner=CIVIL.id, reason="x")
        with pytest.raises(RulingClosed):
            standards.make_statement(unit, CIVIL_REP, case.id, "反悔")

    def test_wants_a_reason(self, unit, case):
        with pytest.raises(ReasonRequired):
            standards.concede(unit, POLICE_REP, case.id, " ")
