"""The rate, what names a system, and the stages of an exemption."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.coverage.errors import RemarksRequired, WrongStage
from datahall.coverage.model import (
    Account,
    Exemption,
    ExemptionStatus,
    Ground,
    Proof,
    State,
    Subject,
    SubjectKind,
    coverage_rate,
    named_after,
)
from datahall.kit.ids import ExemptionId, OrgId, new_id
from tests.conftest import NOON

TODAY = date(2026, 10, 16)


def subject(state: State, kind: SubjectKind = SubjectKind.TABLE) -> Subject:
    return Subject(kind=kind, id=new_id(), org=OrgId(new_id()), name="接口日志", state=state)


def exemption(**about) -> Exemption:
    given = {
        "id": ExemptionId(new_id()),
        "org": OrgId(new_id()),
        "kind": SubjectKind.TABLE,
        "subject": new_id(),
        "name": "接口日志",
        "ground": Ground.TECHNICAL,
        "reason": "不是业务数据",
        "review_on": TODAY + timedelta(days=365),
        "proof": Proof(digest="0" * 64, name="说明.pdf", media="application/pdf", size_bytes=9),
        "asked_at": NOON,
        "asked_by": "何志强",
    }
    return Exemption(**given | about)


class TestRate:
    def test_is_covered_over_due_without_what_is_exempted(self):
        states = [State.COVERED] * 2 + [State.GAP, State.DRAFTED, State.ASKED] + [State.EXEMPT] * 5
        of = Account(subjects=[subject(state) for state in states])
        assert (of.covered, of.due, of.gaps, of.exempt) == (2, 5, 3, 5)
        assert of.rate == Decimal("0.4000")

    def test_over_nothing_is_no_rate(self):
        assert Account(subjects=[subject(State.EXEMPT)]).rate is None
        assert coverage_rate(covered=0, due=0) is None

    @pytest.mark.parametrize(("covered", "due"), [(2, 1), (-1, 3)])
    def test_of_nonsense_is_refused(self, covered, due):
        with pytest.raises(ValueError, match="of"):
            coverage_rate(covered=covered, due=due)

    @given(st.lists(st.sampled_from(list(State)), max_size=40))
    def test_every_subject_is_counted_once(self, states):
        of = Account(subjects=[subject(state) for state in states])
        assert of.covered + of.gaps == of.due
        assert of.due + of.exempt == len(states)
        assert of.rate is None or 0 <= of.rate <= 1


class TestNamedAfter:
    @pytest.mark.parametrize(
        ("system", "name"),
        [
            ("殡葬管理系统", "殡葬管理系统"),
            ("殡葬管理系统", "市民政局殡葬管理前置库"),
            ("殡葬管理信息系统", "殡葬 管理 业务库"),
            ("ＯＡ系统", "OA系统"),
            ("智慧民政平台（一期）", "智慧民政平台一期"),
        ],
    )
    def test_finds_the_name_however_it_is_written(self, system, name):
        assert named_after(system, ("别的", name)) == name

    @pytest.mark.parametrize(
        ("system", "name"),
        [
            ("婚姻登记系统", "殡葬管理系统"),
            ("OA系统", "OA"),
            ("婚姻登记系统", "婚姻"),
            ("、", "任何库"),
        ],
    )
    def test_does_not_take_another_for_it(self, system, name):
        assert named_after(system, (name,)) is None


class TestExemption:
    def test_is_good_until_its_review_date(self):
        granted = exemption(review_on=TODAY).decided(granted=True, remarks="", by="刘", at=NOON)
        assert granted.is_good(TODAY)
        assert granted.has_run_out(TODAY + timedelta(days=1))
        assert not granted.is_good(TODAY + timedelta(days=1))

    def test_that_is_only_asked_for_is_not_good(self):
        assert not exemption().is_good(TODAY)

    def test_is_refused_with_a_reason(self):
        with pytest.raises(RemarksRequired):
            exemption().decided(granted=False, remarks=" ", by="刘", at=NOON)

    def test_is_decided_once(self):
        granted = exemption().decided(granted=True, remarks="", by="刘", at=NOON)
        with pytest.raises(WrongStage):
            granted.decided(granted=False, remarks="不行", by="刘", at=NOON)
        with pytest.raises(WrongStage):
            granted.withdrawn(by="何", at=NOON)
        assert granted.ended(remarks="情况变了", by="刘", at=NOON).status is ExemptionStatus.ENDED
