"""The registry of data elements: drafting, publishing, versions that are never rewritten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from datahall import standards
from datahall.kit.clock import local_date
from datahall.security import NotPermitted, Role
from datahall.standards import (
    EffectiveTooEarly,
    ElementInvalid,
    ElementNotFound,
    ElementStatus,
    ElementTaken,
    FieldType,
    SensitiveKind,
    builtin_elements,
)
from datahall.standards.errors import ReasonRequired, WrongElementStage
from datahall.standards.model.elements import CODE, element_changes
from datahall.standards.repository import elements as repository
from datahall.standards.service.elements import read_versions
from tests.conftest import NOON
from tests.factories import make_actor
from tests.standards.factories import make_element

BUREAU = make_actor(Role.BUREAU)
CLERK = make_actor(Role.CLERK)
TODAY = local_date(NOON)
TOMORROW = TODAY + timedelta(days=1)


class TestSeeds:
    def test_every_element_is_sound(self):
        lists = standards.builtin_code_lists().keys()
        wrong = {e.code: list(e.faults(lists)) for e in builtin_elements()}
        assert {code: faults for code, faults in wrong.items() if faults} == {}

    def test_codes_and_names_are_unique(self):
        made = builtin_elements()
        assert len(made) >= 50
        assert len({e.code for e in made}) == len({e.name for e in made}) == len(made)

    def test_a_synonym_belongs_to_one_element(self):
        named = [name for e in builtin_elements() for name in e.names]
        assert sorted({n for n in named if named.count(n) > 1}) == []

    def test_are_planted_once_and_kept(self, unit):
        assert standards.element(unit.conn, "DE01002", TODAY).rules == ("id_card",)
        standards.revise_element(unit, BUREAU, "DE01002", definition="本地说明")
        standards.publish_element(unit, BUREAU, "DE01002")
        standards.seed(unit.conn)
        assert standards.element(unit.conn, "DE01002", TODAY).definition == "本地说明"


class TestDraft:
    def test_applies_only_once_published(self, unit):
        standards.draft_element(unit, BUREAU, make_element())
        assert standards.element(unit.conn, "DE90001", TODAY) is None
        standards.publish_element(unit, BUREAU, "DE90001")
        assert standards.element(unit.conn, "DE90001", TODAY).version == 1
        assert unit.events[-1].subject == "element:DE90001"

    def test_a_code_is_given_once(self, unit):
        with pytest.raises(ElementTaken):
            standards.draft_element(unit, BUREAU, make_element("DE01001", name="另一个"))

    def test_a_name_is_given_once(self, unit):
        with pytest.raises(ElementInvalid) as refused:
            standards.draft_element(unit, BUREAU, make_element(name="姓名"))
        assert [f.code for f in refused.value.faults] == ["standards.element_name_taken"]

    @pytest.mark.parametrize("act", ["draft", "revise", "publish", "retire", "discard"])
    def test_only_the_bureau(self, unit, act):
        with pytest.raises(NotPermitted):
            match act:
                case "draft":
                    standards.draft_element(unit, CLERK, make_element())
                case "revise":
                    standards.revise_element(unit, CLERK, "DE01001", name="x")
                case "publish":
                    standards.publish_element(unit, CLERK, "DE01001")
                case "retire":
                    standards.retire_element(unit, CLERK, "DE01001", reason="x")
                case "discard":
                    standards.discard_element(unit, CLERK, "DE01001")

    @pytest.mark.parametrize(
        ("about", "field", "code"),
        [
            ({"code": "姓名"}, "code", "element_code_malformed"),
            ({"code": "ＤＥ０１"}, "code", "element_code_malformed"),
            ({"name": " "}, "name", "name_blank"),
            ({"name": "名" * 500}, "name", "too_long"),
            ({"columns": ("姓 名",)}, "columns", "column_malformed"),
            ({"length": 0}, "length", "length_out_of_range"),
            ({"scale": 2}, "scale", "scale_out_of_range"),
            ({"type": FieldType.NUMBER, "length": 4, "scale": 5}, "scale", "scale_out_of_range"),
            ({"code_list": "GB/T 0"}, "code_list", "code_list_unknown"),
            ({"grade": 5}, "grade", "grade_out_of_range"),
            ({"grade": 1, "sensitive": SensitiveKind.ID_CARD}, "grade", "grade_too_low"),
            ({"rules": ("no_such",)}, "rules", "rule_unknown"),
            ({"rules": ("not_before:x",)}, "rules", "rule_of_two_fields"),
            ({"synonyms": tuple(map(str, range(31)))}, "synonyms", "words_too_many"),
        ],
    )
    def test_refuses_mistakes(self, about, field, code):
        made = replace(make_element(), **about)
        assert (field, f"standards.{code}") in [
            (f.field, f.code) for f in made.faults(standards.builtin_code_lists())
        ]


class TestVersions:
    def test_a_later_version_applies_from_its_day(self, unit):
        standards.revise_element(unit, BUREAU, "DE01001", length=100, note="放宽长度")
        standards.publish_element(unit, BUREAU, "DE01001", effective_on=TOMORROW)
        assert standards.element(unit.conn, "DE01001", TODAY).length == 50
        assert standards.element(unit.conn, "DE01001", TOMORROW).length == 100

    def test_what_applied_before_today_is_not_rewritten(self, unit):
        standards.revise_element(unit, BUREAU, "DE01001", length=100)
        with pytest.raises(EffectiveTooEarly):
            standards.publish_element(
                unit, BUREAU, "DE01001", effective_on=TODAY - timedelta(days=1)
            )

    def test_no_version_begins_before_the_one_it_follows(self, unit):
        standards.revise_element(unit, BUREAU, "DE01001", length=100)
        standards.publish_element(unit, BUREAU, "DE01001", effective_on=TOMORROW)
        standards.revise_element(unit, BUREAU, "DE01001", length=120)
        with pytest.raises(EffectiveTooEarly):
            standards.publish_element(unit, BUREAU, "DE01001", effective_on=TODAY)

    def test_there_is_one_draft(self, unit):
        one = standards.revise_element(unit, BUREAU, "DE01001", length=100)
        two = standards.revise_element(unit, BUREAU, "DE01001", length=120)
        assert (one.version, two.version, two.length) == (2, 2, 120)
        assert [v.version for v in repository.versions(unit.conn, "DE01001")] == [2, 1]

    def test_saving_what_is_there_says_nothing(self, unit):
        standards.revise_element(unit, BUREAU, "DE01001", length=100)
        before = len(unit.events)
        standards.revise_element(unit, BUREAU, "DE01001", length=100)
        assert len(unit.events) == before

    def test_a_draft_thrown_away_leaves_the_published(self, unit):
        standards.revise_element(unit, BUREAU, "DE01001", length=100)
        standards.discard_element(unit, BUREAU, "DE01001")
        assert [v.version for v in repository.versions(unit.conn, "DE01001")] == [1]
        with pytest.raises(WrongElementStage):
            standards.discard_element(unit, BUREAU, "DE01001")

    def test_nothing_is_published_twice(self, unit):
        with pytest.raises(WrongElementStage):
            standards.publish_element(unit, BUREAU, "DE01001")

    def test_drafts_are_the_bureaus_to_see(self, unit):
        standards.draft_element(unit, BUREAU, make_element())
        assert len(read_versions(unit, BUREAU, "DE90001")) == 1
        with pytest.raises(ElementNotFound):
            read_versions(unit, CLERK, "DE90001")

    def test_the_difference_in_words(self, unit):
        before = standards.element(unit.conn, "DE01001", TODAY)
        after = standards.revise_element(
            unit, BUREAU, "DE01001", length=100, sensitive=SensitiveKind.NONE
        )
        assert [(c.label, c.before, c.after) for c in element_changes(before, after)] == [
            ("长度", "50", "100"),
            ("敏感类型", "姓名", "非敏感"),
        ]


class TestRetire:
    def test_ends_from_its_day_and_keeps_history(self, unit):
        standards.retire_element(
            unit, BUREAU, "DE01016", reason="不再采集照片", effective_on=TOMORROW
        )
        assert standards.element(unit.conn, "DE01016", TODAY) is not None
        assert standards.element(unit.conn, "DE01016", TOMORROW) is None
        assert "DE01016" not in standards.elements(unit.conn, TOMORROW)
        kept = repository.versions(unit.conn, "DE01016")
        assert [v.status for v in kept] == [ElementStatus.RETIRED, ElementStatus.PUBLISHED]

    def test_wants_a_reason(self, unit):
        with pytest.raises(ReasonRequired):
            standards.retire_element(unit, BUREAU, "DE01016", reason=" ")

    def test_may_come_back(self, unit):
        standards.retire_element(unit, BUREAU, "DE01016", reason="误")
        standards.revise_element(unit, BUREAU, "DE01016", definition="恢复")
        standards.publish_element(unit, BUREAU, "DE01016")
        assert standards.element(unit.conn, "DE01016", TODAY).version == 3


def test_codes_of_elements():
    assert CODE.fullmatch("DE01001")
    assert not CODE.fullmatch("de01001")
    assert not CODE.fullmatch("DE01")
