"""What keeps an application from being handed in, each beside its field."""

from dataclasses import replace
from datetime import date

import pytest

from datahall.catalogue import ShareMethod
from datahall.kit.messages import sentence
from datahall.supply_demand import Condition, Operator, WantedField
from datahall.supply_demand.model.proposal import Proposal, faults
from tests.supply_demand.factories import make_cremations, make_proposal

TODAY = date(2026, 10, 16)
ITEM = make_cremations()


def found(proposal: Proposal) -> list[tuple[str, str]]:
    return [(f.field, f.code.removeprefix("supply_demand.")) for f in faults(proposal, ITEM, TODAY)]


def test_a_complete_one_has_none():
    assert found(make_proposal()) == []


def test_an_empty_one_has_all_that_the_law_wants():
    assert found(Proposal.blank(TODAY)) == [
        ("scenario", "scenario_missing"),
        ("basis", "basis_missing"),
        ("usage", "usage_missing"),
        ("system", "system_missing"),
        ("disposal", "disposal_missing"),
        ("fields", "fields_missing"),
    ]


@pytest.mark.parametrize(
    ("about", "field", "code"),
    [
        ({"fields": (WantedField("gmsfhm"),)}, "fields.gmsfhm", "field_reason_missing"),
        ({"fields": (WantedField("zzmm", "要"),)}, "fields", "field_unknown"),
        ({"valid_to": date(2026, 10, 31)}, "valid_to", "term_backwards"),
        (
            {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 10, 15)},
            "valid_to",
            "term_over",
        ),
        ({"valid_to": date(2029, 12, 1)}, "valid_to", "term_too_long"),
        ({"daily_quota": 0}, "daily_quota", "out_of_range"),
        ({"rate_per_s": 10_000}, "rate_per_s", "out_of_range"),
        ({"hours": (20, 8)}, "hours", "hours_wrong"),
        ({"addresses": ("10.34.0.0/33",)}, "addresses", "address_wrong"),
        ({"method": ShareMethod.FILE}, "method", "method_not_offered"),
        ({"row_scope": (Condition("no", Operator.EQ, ("1",)),)}, "scope.0", "field_unknown"),
        ({"row_scope": (Condition("ssxq", Operator.EQ, ()),)}, "scope.0", "values_missing"),
        ({"row_scope": (Condition("ssxq", Operator.EQ, ("1", "2")),)}, "scope.0", "one_value_only"),
        (
            {"row_scope": (Condition("hhrq", Operator.GE, ("2026-02-31",)),)},
            "scope.0",
            "value_of_other_type",
        ),
        (
            {"row_scope": (Condition("hhrq", Operator.GE, ("２０２６-01-01",)),)},
            "scope.0",
            "value_of_other_type",
        ),
        (
            {"row_scope": (Condition("hhrq", Operator.PREFIX, ("2026",)),)},
            "scope.0",
            "prefix_of_text_only",
        ),
        (
            {"row_scope": (Condition("hhrq", Operator.GE, ("2026年",)),)},
            "scope.0",
            "value_of_other_type",
        ),
    ],
)
def test_names_the_place(about, field, code):
    assert found(replace(make_proposal(), **about)) == [(field, code)]


def test_each_fault_has_a_sentence_without_gaps():
    wrong = make_proposal(
        fields=(WantedField("gmsfhm"), WantedField("zzmm", "要")),
        row_scope=(Condition("hhrq", Operator.GE, ("2026年",)), Condition("ssxq", Operator.IN, ())),
        daily_quota=0,
        addresses=("here",),
    )
    sentences = [sentence(f.code, f.detail) for f in faults(wrong, ITEM, TODAY)]

    assert len(sentences) == 6
    assert not [s for s in sentences if ("（" in s and "{" in s) or "supply_demand" in s]
