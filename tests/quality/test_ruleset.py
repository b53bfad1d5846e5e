from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahall.catalogue import Field, FieldType
from datahall.quality import RULES, ColumnMissing, RuleMisfit, RuleSet, UnknownRule
from datahall.standards import SensitiveKind, code_list
from tests.quality import oracle
from tests.quality.test_checksums import NEAR_USCC, RIGHT_ID, RIGHT_USCC, TODAY


@dataclass(frozen=True)
class Item:
    fields: tuple[Field, ...]


def field(name: str, type_: FieldType = FieldType.STRING, **more) -> Field:
    more.setdefault("title", name)
    return Field(name=name, source_column=name, type=type_, **more)


def rules(*fields: Field) -> RuleSet:
    return RuleSet.for_item(Item(fields))


def check(frame: pl.DataFrame | dict, *fields: Field):
    frame = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
    return rules(*fields).check(frame, today=TODAY)


ID = field("id_card", length=18, required=True, grade=3, sensitive=SensitiveKind.ID_CARD)
GOOD, OTHER = "11010519491231002X", "341502199001010017"


class TestCheck:
    def test_good_rows_land_and_bad_rows_keep_their_position(self):
        done = check({"id_card": [GOOD, "110105194912310021", None]}, ID)

        assert done.good["id_card"].to_list() == [GOOD]
        assert done.bad.to_dicts() == [
            {"row": 1, "id_card": "110105194912310021"},
            {"row": 2, "id_card": None},
        ]
        assert done.faults.to_dicts() == [
            {
                "row": 1,
                "field": "id_card",
                "rule": "id_card",
                "value": "110105********0021",
                "message": "校验位应为 X",
            },
            {
                "row": 2,
                "field": "id_card",
                "rule": "required",
                "value": None,
                "message": "没有填",
            },
        ]

    def test_a_failing_value_is_never_shown_in_clear(self):
        secret = "张三丰，住金安区"
        done = check({"id_card": [secret], "note": [secret]}, ID, field("note", length=2, grade=3))

        assert done.faults["value"].to_list() == ["***", "***"]
        assert secret not in str(done.faults["message"].to_list())

    def test_a_weak_rule_counts_and_lets_the_row_land(self):
        mobile = field("mobile", sensitive=SensitiveKind.MOBILE)
        done = check({"mobile": ["13800138000", "12345"]}, mobile)

        assert len(done.good) == 2
        assert done.bad.is_empty()
        assert done.counts == {("mobile", "mobile"): 1}

    def test_a_field_may_make_a_weak_rule_strong_and_a_strong_one_weak(self):
        mobile = field("mobile", rules=("mobile!",))
        old = field("old_id", sensitive=SensitiveKind.ID_CARD, rules=("id_card?",))
        done = check({"mobile": ["1", "13800138000"], "old_id": [GOOD, "1"]}, mobile, old)

        assert done.bad["row"].to_list() == [0]
        assert done.counts == {("mobile", "mobile"): 1, ("old_id", "id_card"): 1}

    def test_other_columns_pass_through(self):
        done = check({"id_card": [GOOD], "changed": [7]}, ID)

        assert done.good["changed"].to_list() == [7]

    def test_an_empty_batch_is_good(self):
        done = check(pl.DataFrame(schema={"id_card": pl.String}), ID)

        assert (len(done.good), len(done.bad), len(done.faults)) == (0, 0, 0)

    def test_a_missing_column_is_refused_by_its_title(self):
        with pytest.raises(ColumnMissing) as refused:
            check({"x": [1]}, field("name", title="姓名"))
        assert refused.value.detail == {"columns": "姓名"}


class TestUnique:
    KEY = field("no", is_key=True)

    def test_the_first_lands_and_its_repeat_waits(self):
        done = check({"no": ["a", "b", "a"]}, self.KEY)

        assert done.good["no"].to_list() == ["a", "b"]
        assert done.bad["row"].to_list() == [2]
        assert done.faults["rule"].to_list() == ["unique"]

    def test_a_row_that_does_not_land_anyway_is_no_first(self):
        done = check({"no": ["a", "a"], "id_card": ["x", GOOD]}, self.KEY, ID)

        assert done.good["id_card"].to_list() == [GOOD]
        assert done.faults["rule"].to_list() == ["id_card"]

    def test_the_key_may_be_of_several_fields(self):
        keys = (field("a", is_key=True), field("b", is_key=True))
        done = check({"a": ["1", "1", "1"], "b": ["x", "y", "x"]}, *keys)

        assert done.bad["row"].to_list() == [2]

    def test_a_missing_key_is_missing_and_not_a_repeat(self):
        done = check({"no": [None, None]}, self.KEY)

        assert done.faults["rule"].to_list() == ["required", "required"]


class TestTypes:
    def test_text_becomes_the_types_of_the_fields(self):
        done = check(
            {
                "name": [" 张三\u3000", ""],
                "day": ["2026年1月2日", "20260102"],
                "at": ["2026-01-02 08:00:00", "2026-01-02T08:00:00"],
                "pay": ["12.5", "-3"],
                "n": ["+7", None],
                "yes": ["是", "0"],
            },
            field("name"),
            field("day", FieldType.DATE),
            field("at", FieldType.DATETIME),
            field("pay", FieldType.MONEY, length=10),
            field("n", FieldType.INTEGER),
            field("yes", FieldType.BOOLEAN),
        )

        eight_in_beijing = datetime(2026, 1, 2, tzinfo=UTC)
        assert done.good.rows() == [
            ("张三", date(2026, 1, 2), eight_in_beijing, Decimal("12.50"), 7, True),
            (None, date(2026, 1, 2), eight_in_beijing, Decimal(-3), None, False),
        ]

    @pytest.mark.parametrize(
        ("type_", "value", "more"),
        [
            (FieldType.DATE, "2026-02-30", {}),
            (FieldType.DATE, "去年", {}),
            (FieldType.DATETIME, "2026-01-01 25:00:00", {}),
            (FieldType.MONEY, "三百元", {}),
            (FieldType.MONEY, "1,200.00", {}),
            (FieldType.MONEY, "12.345", {}),
            (FieldType.NUMBER, "12345", {"length": 4, "scale": 0}),
            (FieldType.INTEGER, "1.5", {}),
            (FieldType.INTEGER, "9" * 30, {}),
            (FieldType.DOUBLE, "inf", {}),
            (FieldType.BOOLEAN, "也许", {}),
            (FieldType.STRING, "a\0b", {}),
        ],
    )
    def test_what_has_no_such_type_waits_even_where_a_value_is_required(self, type_, value, more):
        done = check({"x": [value]}, field("x", type_, required=True, **more))

        assert done.faults["rule"].to_list() == ["type"]
        assert done.bad["x"].to_list() == [value]

    def test_numbers_of_a_spreadsheet_are_text_without_a_fraction(self):
        done = check({"code": [341502.0, 1.5, None]}, field("code"))

        assert done.good["code"].to_list() == ["341502", "1.5", None]

    def test_a_number_longer_than_arrow_keeps_is_read_as_far_as_it_goes(self):
        wide = field("n", FieldType.NUMBER, length=60, scale=2)

        assert check({"n": ["12.50"]}, wide).good["n"].to_list() == [Decimal("12.50")]

    def test_whole_floats_are_integers_and_others_are_not(self):
        done = check({"n": [3.0, 3.5]}, field("n", FieldType.INTEGER))

        assert done.good["n"].to_list() == [3]

    def test_a_zoned_instant_is_a_day_in_beijing(self):
        late = datetime(2026, 1, 1, 17, tzinfo=UTC)
        done = check({"day": [late]}, field("day", FieldType.DATE))

        assert done.good["day"].to_list() == [date(2026, 1, 2)]


class TestRules:
    def test_an_instant_is_in_the_future_from_tomorrow_on(self):
        today_late, tomorrow = "2026-10-16 23:59:00", "2026-10-17 00:00:00"
        done = check(
            {"at": [today_late, tomorrow]}, field("at", FieldType.DATETIME, rules=("not_future",))
        )

        assert done.bad["row"].to_list() == [1]

    def test_a_date_may_not_be_before_the_other(self):
        born = field("born", FieldType.DATE, title="出生日期")
        since = field("since", FieldType.DATE, rules=("not_before:born",))
        day = date(2000, 1, 1)
        done = check({"born": [day, day, None], "since": [day, date(1999, 1, 1), day]}, born, since)

        assert done.faults.select("row", "field", "message").rows() == [
            (1, "since", "早于出生日期")
        ]

    @pytest.mark.parametrize(
        ("rule", "value", "message"),
        [
            ("range:0..100", "101", "不在 0 至 100 之间"),
            ("range:0..", "-1", "小于 0"),
            ("range:..5", "6", "大于 5"),
        ],
    )
    def test_a_number_outside_its_range(self, rule, value, message):
        done = check({"n": [value, "3"]}, field("n", FieldType.INTEGER, rules=(rule,)))

        assert done.faults["message"].to_list() == [message]

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("3415021990010100", "少 2 位"),
            ("34150219900101001712", "多 2 位"),
            ("3415O2199001010017", "含字母 O"),
            ("３41502199001010017", "含全角字符"),
            ("341502199002300016", "出生日期不存在"),
            ("341502203001010010", "出生日期晚于今天"),
            ("991502199001010017", "前两位不是省级区划代码"),
            ("341502199001010018", "校验位应为 7"),
        ],
    )
    def test_an_identity_number_says_what_is_wrong(self, value, reason):
        done = check({"id": [value]}, field("id", sensitive=SensitiveKind.ID_CARD))

        assert done.faults["message"].to_list() == [reason]

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("91620100710338815A", "校验位应为 H"),
            ("9162010071O338815H", "含字母 O"),
            ("91620100710338815h", "字母 h 应大写"),
        ],
    )
    def test_a_credit_identifier_says_what_is_wrong(self, value, reason):
        done = check({"id": [value]}, field("id", sensitive=SensitiveKind.USCC))

        assert done.faults["message"].to_list() == [reason]

    @pytest.mark.parametrize(
        ("rule", "good", "bad"),
        [
            ("landline", "0564-3379123", "3379123"),
            ("phone", "05643379123", "0564"),
            ("postcode", "237000", "23700"),
            ("email", "a.b@luan.gov.cn", "a@b"),
            ("plate", "皖N12345", "皖NI2345"),
            ("plate", "皖ND12345", "皖12345"),
            ("region", "341502001001", "34150200"),
            ("ip", "10.0.0.255", "10.0.0.256"),
            ("ip", "10.0.0.1", "10.0.0.1."),
            ("url", "https://www.luan.gov.cn/x", "luan.gov.cn"),
            ("bank_card", "4111111111111111", "4111111111111112"),
            ("vin", "1M8GDM9AXKP042788", "1M8GDM9A1KP042788"),
        ],
    )
    def test_formats(self, rule, good, bad):
        done = check({"x": [good, bad, good + "\n x"]}, field("x", rules=(f"{rule}!",)))

        assert done.bad["row"].to_list() == [1, 2]

    def test_each_rule_is_named_after_itself_and_says_what_it_is(self):
        assert all(name == rule.name and rule.title for name, rule in RULES.items())


class TestForItem:
    @pytest.mark.parametrize(
        ("bad", "error"),
        [
            (field("x", rules=("no_such",)), UnknownRule),
            (field("x", code_list="GB/T 0"), RuleMisfit),
            (field("x", rules=("not_future",)), RuleMisfit),
            (field("x", FieldType.DATE, rules=("not_before:y",)), RuleMisfit),
            (field("x", FieldType.DATE, rules=("not_before:x2",)), RuleMisfit),
            (field("x", FieldType.INTEGER, rules=("range:a..b",)), RuleMisfit),
            (field("x", FieldType.INTEGER, rules=("range",)), RuleMisfit),
        ],
    )
    def test_refuses_a_rule_that_cannot_be_applied(self, bad, error):
        with pytest.raises(error):
            rules(bad, field("x2"))


PERSON = (
    ID,
    field("name", length=5, required=True, sensitive=SensitiveKind.NAME),
    field("sex", code_list="GB/T 2261.1", rules=("sex_of:id_card",)),
    field("born", FieldType.DATE, rules=("not_future", "birth_of:id_card")),
    field("since", FieldType.DATE, rules=("not_before:born",)),
    field("firm", sensitive=SensitiveKind.USCC),
    field("mobile", sensitive=SensitiveKind.MOBILE),
    field("card", sensitive=SensitiveKind.BANK_CARD),
    field("vehicle", rules=("vin!",)),
    field("pay", FieldType.MONEY, length=8, rules=("range:0..5000",)),
    field("people", FieldType.INTEGER, length=2, rules=("range:1..20",)),
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=7)
DAY = st.dates(date(1900, 1, 1), date(2030, 1, 1)).map(date.isoformat) | st.sampled_from(
    ["2023-02-29", "1990-13-01", "19900101x", " 1990-01-01 ", "昨天"]
)
ROW = st.fixed_dictionaries(
    {
        "id_card": st.none() | RIGHT_ID | TEXT,
        "name": st.none() | TEXT,
        "sex": st.none() | st.sampled_from(["0", "1", "2", "9", "3", "男"]),
        "born": st.none() | DAY,
        "since": st.none() | DAY,
        "firm": st.none() | RIGHT_USCC | NEAR_USCC,
        "mobile": st.none() | st.from_regex(r"1[2-9][0-9]{8,10}", fullmatch=True),
        "card": st.none() | st.text("0123456789", min_size=15, max_size=19),
        "vehicle": st.none() | st.just("1M8GDM9AXKP042788") | TEXT,
        "pay": st.none()
        | st.decimals(-10, 9999999, places=2, allow_nan=False).map(str)
        | st.sampled_from(["5000.001", "0.10", "x", "1 2"]),
        "people": st.none() | st.integers(-3, 120).map(str) | st.sampled_from(["1.0", "两", ""]),
    }
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_the_fused_pass_finds_what_the_row_by_row_oracle_finds(rows):
    ruleset = rules(*PERSON)
    strong = {(c.field.name, c.rule.name) for c in ruleset.checks if c.level.value == "strong"}
    codes = {"GB/T 2261.1": code_list(None, "GB/T 2261.1").codes}
    wanted = [oracle.faults(row, PERSON, codes, TODAY) for row in rows]

    done = ruleset.check(pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String)), today=TODAY)

    found = [set() for _ in rows]
    for line in done.faults.iter_rows(named=True):
        found[line["row"]].add((line["field"], line["rule"]))
    assert found == [w & strong for w in wanted]
    assert len(done.good) == sum(not w & strong for w in wanted)
    counted = {}
    for w in wanted:
        for fault in w:
            counted[fault] = counted.get(fault, 0) + 1
    assert done.counts == counted
