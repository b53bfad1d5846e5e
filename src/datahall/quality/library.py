"""The rule library (规则库): each rule is data, an expression over columns written once.

Expressions are narwhals', so that the same rule runs on Polars here and on a cluster's engine;
check digits are kernels (see checksums).  No value, no failure: only `required` asks for one.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Final

import narwhals as nw

from datahall.catalogue import FieldType
from datahall.kit.clock import LOCAL
from datahall.quality import checksums, reasons
from datahall.quality.model import Dimension, Level
from datahall.quality.rule import NUMERIC, TEMPORAL, TEXTUAL, Check, Expression, Reason, Rule

TYPE_WORDS: Final[Mapping[FieldType, str]] = {
    FieldType.STRING: "含不可存储的字符",
    FieldType.TEXT: "含不可存储的字符",
    FieldType.GENERAL: "含不可存储的字符",
    FieldType.NUMBER: "不是数值，或位数超出约定",
    FieldType.MONEY: "不是金额，或位数超出约定",
    FieldType.INTEGER: "不是整数",
    FieldType.DOUBLE: "不是数值",
    FieldType.FLOAT: "不是数值",
    FieldType.BOOLEAN: "不是“是”或“否”",
    FieldType.DATE: "不是有效日期",
    FieldType.DATETIME: "不是有效日期时间",
}

PATTERNS: Final[Mapping[str, str]] = {
    "mobile": r"1[3-9][0-9]{9}",
    "landline": r"0[0-9]{2,3}-?[0-9]{7,8}",
    "phone": r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}",
    "postcode": r"[0-9]{6}",
    "email": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "plate": (
        "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]"
        "(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]"
        "|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK])"
    ),
    "region": r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?",
    "ip": r"(?:{octet}\.){{3}}{octet}".format(octet="(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"),
    "url": r"https?://[^\s/?#]+[^\s]*",
}


def _matches(pattern: str) -> Expression:
    return lambda check, _today: ~check.text.str.contains(f"^(?:{pattern})$")


def _always(words: str) -> Reason:
    return lambda _check, _value, _today: words


def _of_value(reason: Callable[[str, date], str]) -> Reason:
    return lambda _check, value, today: reason(value, today)


def _too_long(check: Check, _today: date) -> nw.Expr:
    limit = check.field.length or 0
    if check.field.type in TEXTUAL:
        return check.column.str.len_chars() > limit
    return check.column.abs() >= nw.lit(int(10**limit))


def _in_future(check: Check, today: date) -> nw.Expr:
    if check.field.type is FieldType.DATE:
        return check.column > today
    midnight = datetime.combine(today + timedelta(days=1), clock_time(), LOCAL)
    return check.column >= midnight.astimezone(UTC)


def _before_other(check: Check, _today: date) -> nw.Expr:
    return check.column < check.other_column


def _out_of_range(check: Check, _today: date) -> nw.Expr:
    low, high = check.bounds
    fails = nw.lit(value=False)
    if low is not None:
        fails = fails | (check.column < low)
    if high is not None:
        fails = fails | (check.column > high)
    return fails


def _sex_differs(check: Check, _today: date) -> nw.Expr:
    digit = check.other_column.str.slice(16, 1)
    stated = check.text.is_in(["1", "2"])
    male = digit.is_in(["1", "3", "5", "7", "9"])
    known = male | digit.is_in(["0", "2", "4", "6", "8"])
    return stated & known & (male != (check.text == "1"))


def _birth_differs(check: Check, _today: date) -> nw.Expr:
    written = check.other_column.str.slice(6, 8)
    return (written.str.len_chars() == 8) & (  # noqa: PLR2004 yyyymmdd
        check.column.dt.to_string("%Y%m%d") != written
    )


def _range_words(check: Check, _value: str, _today: date) -> str:
    low, high = check.bounds
    if low is None:
        return f"大于 {high:g}"
    return f"小于 {low:g}" if high is None else f"不在 {low:g} 至 {high:g} 之间"


def _length_words(check: Check, value: str, _today: date) -> str:
    return f"长 {len(value)} 位，最多 {check.field.length} 位"


def _pattern_rule(name: str, title: str, words: str, basis: str = "") -> Rule:
    return Rule(
        name=name,
        title=title,
        dimension=Dimension.NORMATIVE,
        level=Level.WEAK,
        basis=basis,
        fails=_matches(PATTERNS[name]),
        reason=_always(words),
    )


_STRONG: Final = (
    Rule(
        name="required",
        title="必填",
        dimension=Dimension.COMPLETE,
        level=Level.STRONG,
        fails=lambda check, _today: check.column.is_null(),
        reason=_always("没有填"),
    ),
    Rule(
        name="type",
        title="数据类型",
        dimension=Dimension.NORMATIVE,
        level=Level.STRONG,
        basis="GB/T 7408（日期、时间）",
        reason=lambda check, _value, _today: TYPE_WORDS[check.field.type],
    ),
    Rule(
        name="length",
        title="长度",
        dimension=Dimension.NORMATIVE,
        level=Level.STRONG,
        fails=_too_long,
        reason=_length_words,
    ),
    Rule(
        name="code_list",
        title="代码值",
        dimension=Dimension.NORMATIVE,
        level=Level.STRONG,
        fails=lambda check, _today: ~check.text.is_in(sorted(check.codes)),
        reason=lambda check, _value, _today: f"不在代码表 {check.field.code_list}",
    ),
    Rule(
        name="unique",
        title="主键不重复",
        dimension=Dimension.ACCURATE,
        level=Level.STRONG,
        reason=_always("本批次中主键重复"),
    ),
    Rule(
        name="id_card",
        title="公民身份号码",
        dimension=Dimension.ACCURATE,
        level=Level.STRONG,
        basis="GB 11643",
        kernel=checksums.id_card_fails,
        reason=_of_value(reasons.id_card),
    ),
    Rule(
        name="uscc",
        title="统一社会信用代码",
        dimension=Dimension.ACCURATE,
        level=Level.STRONG,
        basis="GB 32100",
        kernel=checksums.uscc_fails,
        reason=_of_value(reasons.uscc),
    ),
    Rule(
        name="not_future",
        title="不晚于今天",
        suits=TEMPORAL,
        dimension=Dimension.ACCURATE,
        level=Level.STRONG,
        fails=_in_future,
        reason=_always("晚于今天"),
    ),
    Rule(
        name="not_before",
        title="日期先后",
        suits=TEMPORAL,
        dimension=Dimension.ACCURATE,
        level=Level.STRONG,
        fails=_before_other,
        reason=lambda check, _value, _today: f"早于{check.other_field.title}",
        takes="field",
    ),
    Rule(
        name="range",
        title="取值范围",
        suits=NUMERIC,
        dimension=Dimension.ACCURATE,
        level=Level.STRONG,
        fails=_out_of_range,
        reason=_range_words,
        takes="range",
    ),
)

_WEAK: Final = (
    _pattern_rule("mobile", "手机号码", "不是 11 位手机号码"),
    _pattern_rule("landline", "固定电话", "不是带区号的固定电话"),
    _pattern_rule("phone", "联系电话", "不是手机或固定电话"),
    _pattern_rule("postcode", "邮政编码", "不是 6 位数字"),
    _pattern_rule("email", "电子邮箱", "邮箱格式不对"),
    _pattern_rule("plate", "机动车号牌", "号牌格式不对", "GA 36"),
    _pattern_rule("region", "行政区划代码", "不是 6、9 或 12 位区划代码", "GB/T 2260"),
    _pattern_rule("ip", "IP 地址", "不是 IPv4 地址"),
    _pattern_rule("url", "网址", "网址格式不对"),
    Rule(
        name="vin",
        title="车辆识别代号",
        dimension=Dimension.ACCURATE,
        level=Level.WEAK,
        basis="GB 16735",
        kernel=checksums.vin_fails,
        reason=_of_value(reasons.vin),
    ),
    Rule(
        name="bank_card",
        title="银行账号",
        dimension=Dimension.ACCURATE,
        level=Level.WEAK,
        basis="ISO/IEC 7812",
        kernel=checksums.bank_card_fails,
        reason=_of_value(reasons.bank_card),
    ),
    Rule(
        name="sex_of",
        title="性别与身份号码一致",
        dimension=Dimension.CONSISTENT,
        level=Level.WEAK,
        basis="GB 11643",
        fails=_sex_differs,
        reason=_always("与身份号码第 17 位不符"),
        takes="field",
    ),
    Rule(
        name="birth_of",
        title="出生日期与身份号码一致",
        suits=frozenset({FieldType.DATE}),
        dimension=Dimension.CONSISTENT,
        level=Level.WEAK,
        basis="GB 11643",
        fails=_birth_differs,
        reason=_always("与身份号码中的出生日期不符"),
        takes="field",
    ),
)

RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in (*_STRONG, *_WEAK)}
