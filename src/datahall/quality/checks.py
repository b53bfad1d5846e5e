"""Which rules a field carries: those its description implies, and those it names.

A field names a rule as `name` or `name:argument`, and may change its level: `mobile!` is strong,
`id_card?` is weak.  Implied are `type`, `required`, `length`, `code_list`, for the key `unique`,
and for an identifier the rule of its kind.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from datahall.catalogue import Field, FieldType
from datahall.kit.errors import DomainError
from datahall.quality.errors import RuleMisfit, UnknownRule
from datahall.quality.library import RULES
from datahall.quality.model import Level
from datahall.quality.rule import TEMPORAL, TEXTUAL, Check
from datahall.standards import CodeList

MARKS: Final = {"!": Level.STRONG, "?": Level.WEAK}

FindCodeList = Callable[[str], CodeList | None]


def checks_of(fields: Sequence[Field], find: FindCodeList) -> Iterator[Check]:
    """Every check of an item, in the order of its fields.

    Raises:
        UnknownRule, RuleMisfit
    """
    by_name = {field.name: field for field in fields}
    first_key = next((field for field in fields if field.is_key), None)
    for field in fields:
        named = {name: (argument, level) for name, argument, level in map(_parse, field.rules)}
        implied = [*_implied(field), *(["unique"] if field is first_key else [])]
        for name in dict.fromkeys((*implied, *named)):
            argument, level = named.get(name, ("", None))
            yield _check(field, name, argument, level, by_name, find)


def misfits(fields: Sequence[Field], find: FindCodeList) -> Iterator[tuple[int, str, DomainError]]:
    """Every check that could not be run: index of its field, name of the rule, why."""
    by_name = {field.name: field for field in fields}
    for index, field in enumerate(fields):
        named = {name: (argument, level) for name, argument, level in map(_parse, field.rules)}
        for name in dict.fromkeys((*_implied(field), *named)):
            argument, level = named.get(name, ("", None))
            try:
                _check(field, name, argument, level, by_name, find)
            except (UnknownRule, RuleMisfit) as refused:
                yield index, name, refused


def _parse(text: str) -> tuple[str, str, Level | None]:
    """`range:0..100!` → range, 0..100, strong."""
    level = MARKS.get(text[-1:])
    name, _, argument = (text[:-1] if level else text).partition(":")
    return name, argument, level


def _implied(field: Field) -> Iterator[str]:
    yield "type"
    if field.required or field.is_key:
        yield "required"
    if field.length and field.type in TEXTUAL | {FieldType.INTEGER}:
        yield "length"
    if field.code_list:
        yield "code_list"
    if field.sensitive.value in RULES:
        yield field.sensitive.value


def _check(
    field: Field,
    name: str,
    argument: str,
    level: Level | None,
    by_name: Mapping[str, Field],
    find: FindCodeList,
) -> Check:
    rule = RULES.get(name)
    if rule is None:
        raise UnknownRule(field=field.title, rule=name)

    def misfit(reason: str) -> RuleMisfit:
        return RuleMisfit(field=field.title, rule=rule.title, reason=reason)

    if field.type not in rule.suits:
        raise misfit(f"{field.type.label}没有这项核验")
    level = level or rule.level
    match rule.takes:
        case "field":
            other = by_name.get(argument)
            if other is None:
                raise misfit(f"没有信息项“{argument}”")
            if name == "not_before" and other.type not in TEMPORAL:
                raise misfit(f"“{other.title}”不是日期")
            return Check(rule=rule, field=field, level=level, other=other)
        case "range":
            low, dots, high = argument.partition("..")
            try:
                bounds = (float(low) if low else None, float(high) if high else None)
            except ValueError:
                raise misfit(f"“{argument}”不是“下限..上限”") from None
            if not dots or bounds == (None, None):
                raise misfit("没有写“下限..上限”")
            return Check(rule=rule, field=field, level=level, bounds=bounds)
        case _ if name == "code_list":
            codes = find(field.code_list or "")
            if codes is None:
                raise misfit(f"没有代码表 {field.code_list}")
            return Check(rule=rule, field=field, level=level, codes=codes.codes)
        case _:
            return Check(rule=rule, field=field, level=level)
