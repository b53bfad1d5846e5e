"""Each mistake and each omission, with the place that it is named at."""

from dataclasses import replace

import pytest

from datahall.catalogue import FieldType, Opening, ShareMethod, Sharing
from datahall.catalogue.checks import mistakes, omissions
from datahall.catalogue.vocabulary import Aggregation, DataFormat, SecrecyLevel
from datahall.kit.messages import sentence
from datahall.standards import SensitiveKind, builtin_code_lists
from tests.factories import make_assessment, make_field, make_item


def wrong(item, **context):
    given = {"table": None, "code_lists": builtin_code_lists(), **context}
    return {(f.field, f.code.removeprefix("catalogue.")) for f in mistakes(item, **given)}


def lacking(item):
    return {(f.field, f.code.removeprefix("catalogue.")) for f in omissions(item)}


def with_field(**about):
    return make_item(fields=(make_field("bh", is_key=True, **about),))


def test_a_good_entry_has_nothing_wrong_and_nothing_missing():
    assert wrong(make_item()) == set()
    assert lacking(make_item()) == set()


@pytest.mark.parametrize(
    ("about", "fault"),
    [
        ({"title": "  "}, ("title", "title_blank")),
        ({"title": "字" * 51}, ("title", "too_long")),
        ({"abstract": "字" * 257}, ("abstract", "too_long")),
        ({"share_condition": "字" * 501}, ("share_condition", "too_long")),
        ({"category_code": "30-1"}, ("category_code", "category_malformed")),
        ({"phone": "12345"}, ("phone", "phone_malformed")),
        ({"sharing": Sharing.WITHHELD}, ("withheld_basis", "withheld_basis_missing")),
        (
            {"sharing": Sharing.WITHHELD, "withheld_basis": "领导说不给"},
            ("withheld_basis", "withheld_basis_no_citation"),
        ),
        (
            {"sharing": Sharing.WITHHELD, "withheld_basis": "《某办法》（皖政〔2020〕1号）第四条"},
            ("withheld_basis", "withheld_basis_not_statutory"),
        ),
        ({"secrecy_level": SecrecyLevel.STATE}, ("secrecy_level", "classified")),
        ({"secrecy_level": SecrecyLevel.WORK}, ("secrecy_level", "classified")),
        ({"alias_code": "码"}, ("alias_code", "code_malformed")),
        ({"code": "101001/1", "parent_code": "101001/1"}, ("parent_code", "code_of_itself")),
        ({"related_codes": ("没有",)}, ("related_codes", "code_malformed")),
        ({"matter_codes": ("!",)}, ("matter_codes", "matter_code_malformed")),
        ({"theme": "天文"}, ("theme", "value_unknown")),
        ({"keywords": tuple(f"词{n}" for n in range(51))}, ("keywords", "too_many")),
        ({"keywords": ("字" * 101,)}, ("keywords", "too_long")),
        ({"office": "字" * 500}, ("office", "too_long")),
        ({"sharing": Sharing.UNCONDITIONAL}, ("sharing", "unconditional_too_sensitive")),
        ({"opening": Opening.UNCONDITIONAL}, ("opening", "opening_too_sensitive")),
        (
            {
                "sharing": Sharing.WITHHELD,
                "withheld_basis": "《精神卫生法》（主席令第62号）第四条",
                "opening": Opening.CONDITIONAL,
            },
            ("opening", "opening_wider_than_sharing"),
        ),
    ],
)
def test_mistakes_of_the_entry(about, fault):
    assert fault in wrong(make_item(**about))


@pytest.mark.parametrize(
    ("about", "fault"),
    [
        ({"name": "2x"}, ("name", "field_name_malformed")),
        ({"name": "_revision"}, ("name", "field_name_malformed")),  # the hall's own
        ({"name": "drop table"}, ("name", "field_name_malformed")),
        ({"title": " "}, ("title", "field_title_blank")),
        ({"title": "字" * 101}, ("title", "too_long")),
        ({"code_list": "GB/T 0"}, ("code_list", "code_list_unknown")),
        ({"grade": 5}, ("grade", "grade_out_of_range")),
        ({"sensitive": SensitiveKind.BANK_CARD, "grade": 3}, ("grade", "grade_too_low")),
        ({"length": 0}, ("length", "length_not_positive")),
        ({"type": FieldType.NUMBER, "length": 4, "scale": 5}, ("scale", "scale_out_of_range")),
        ({"type": FieldType.TEXT}, ("is_key", "key_type")),
        ({"rules": ("id_card; drop",)}, ("rules", "rule_malformed")),
        ({"rules": ("no_such_rule",)}, ("rules", "rule_unknown")),
        ({"rules": ("not_before",)}, ("rules", "rule_without_field")),
        ({"rules": ("not_before:gone",)}, ("rules", "rule_without_field")),
    ],
)
def test_mistakes_of_a_field(about, fault):
    item = make_item(fields=(replace(make_field("bh", is_key=True), **about),))
    assert (f"fields.0.{fault[0]}", fault[1]) in wrong(item)


def test_names_and_titles_stand_once():
    item = make_item(fields=(make_field("a", title="甲"), make_field("a", title="甲")))
    assert {
        (f"fields.{n}.{part}", f"field_{part}_twice") for n in (0, 1) for part in ("name", "title")
    } <= wrong(item)


def test_no_file_of_highly_sensitive_data():
    item = with_field(grade=4)
    methods = (ShareMethod.API, ShareMethod.FILE)
    assert ("share_methods", "file_too_sensitive") in wrong(replace(item, share_methods=methods))


def test_501_fields_are_too_many():
    fields = tuple(make_field(f"f{n}", title=f"第{n}项") for n in range(501))
    assert wrong(make_item(fields=fields)) == {("fields", "fields_too_many")}
    assert wrong(make_item(fields=fields[:500])) == set()


@pytest.mark.parametrize(
    ("about", "fault"),
    [
        ({"abstract": ""}, ("abstract", "abstract_missing")),
        ({"category_code": ""}, ("category_code", "category_code_missing")),
        ({"duty_basis": ""}, ("duty_basis", "duty_basis_missing")),
        ({"contact": ""}, ("contact", "contact_missing")),
        ({"phone": ""}, ("phone", "phone_missing")),
        ({"share_condition": " "}, ("share_condition", "share_condition_missing")),
        ({"opening": Opening.CONDITIONAL}, ("open_condition", "open_condition_missing")),
        ({"share_methods": ()}, ("share_methods", "share_methods_missing")),
        (
            {"share_methods": (ShareMethod.OTHER,)},
            ("share_explanation", "share_explanation_missing"),
        ),
        ({"aggregation": Aggregation.LOGICAL}, ("logical_reason", "logical_reason_missing")),
        (
            {"format": DataFormat.SELF_DESCRIBED},
            ("format_description", "format_description_missing"),
        ),
        ({"fields": ()}, ("fields", "fields_missing")),
        ({"secrecy": None}, ("secrecy.number", "secrecy_missing")),
        ({"privacy": None}, ("privacy.number", "privacy_missing")),
        (
            {"privacy": replace(make_assessment(), conclusion="")},
            ("privacy.conclusion", "assessment_conclusion_missing"),
        ),
    ],
)
def test_omissions(about, fault):
    assert lacking(make_item(**about)) == {fault}


def test_every_fault_has_its_sentence():
    """The codes are built from names in checks.py; each must be in messages.toml."""
    bare = make_item(
        abstract="", category_code="", duty_basis="", contact="", phone="", share_condition="",
        opening=Opening.CONDITIONAL, share_methods=(), fields=(), secrecy=None, privacy=None,
    )  # fmt: skip
    codes = [f.code for f in omissions(bare)]
    assert len(codes) == 11
    assert [code for code in codes if sentence(code) == code] == []
