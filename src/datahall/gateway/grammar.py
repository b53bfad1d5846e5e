"""The closed query grammar: all that a caller can say (查询语法).  Pure.

    select=name,region          fields wanted; without it all that the grant gives
    region=eq.341502            rows whose field stands so to the value
    region=in.(341502,"a,b")    quotes around a value with a comma; \\ before " and \\
    name=prefix.张   birth_date=ge.1980-01-01   birth_date=le.1989-12-31
    limit=100  after=<next>     pages, in the order of the key
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

from datahall.gateway.errors import MalformedQuery, UnknownParameter

MAX_ROWS: Final = 500
"""Rows of one answer; who needs a whole item asks for it as a file."""

MAX_FILTERS: Final = 20
MAX_VALUES: Final = 100
MAX_QUERY_BYTES: Final = 8192

OPERATORS: Final = frozenset({"eq", "in", "prefix", "ge", "le"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LISTED: Final = re.compile(r'"((?:[^"\\]|\\["\\])*)"|([^,"()]*)')


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose `field` stands so to `values`; only `in` has more than one."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What a call asks for."""

    select: tuple[str, ...] | None = None  # None: all that the grant gives
    where: tuple[Filter, ...] = ()
    limit: int = MAX_ROWS
    after: str | None = None  # where the page before ended

    @property
    def shape(self) -> tuple[object, ...]:
        """Everything but the values: queries of one shape share one statement."""
        filters = tuple((f.field, f.operator, len(f.values)) for f in self.where)
        return self.select, filters, self.limit, self.after is not None


def parse(query: str) -> Query:
    """The meaning of a raw query string.

    Raises:
        UnknownParameter, MalformedQuery
    """
    if len(query) > MAX_QUERY_BYTES:
        raise MalformedQuery(parameter="?", reason=f"查询超过 {MAX_QUERY_BYTES} 字节")
    select: tuple[str, ...] | None = None
    limit, after = MAX_ROWS, None
    where: list[Filter] = []
    seen: set[str] = set()
    for pair in query.split("&") if query else ():
        name, equals, raw = pair.partition("=")
        name = _decoded(name, "?")
        if not equals:
            raise MalformedQuery(parameter=_shown(name), reason="应写作 参数=值")
        text = _decoded(raw, name)
        match name:
            case "select" | "limit" | "after" if name in seen:
                raise MalformedQuery(parameter=name, reason="只能写一次")
            case "select":
                select = _select(text)
            case "limit":
                limit = _limit(text)
            case "after":
                after = text
            case _ if _NAME.fullmatch(name):
                where.append(_filter(name, text))
            case _:
                raise UnknownParameter(parameter=_shown(name))
        seen.add(name)
    if len(where) > MAX_FILTERS:
        raise MalformedQuery(parameter="?", reason=f"筛选条件超过 {MAX_FILTERS} 个")
    return Query(select, tuple(where), limit, after)


def _shown(name: str) -> str:
    """A name from outside, fit for a message: never long, never odd."""
    return re.sub(r"[^\w.-]", "?", name, flags=re.ASCII)[:40]


def _decoded(text: str, parameter: str) -> str:
    if "%" not in text and "+" not in text and text.isascii():
        return text
    try:
        plain = unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise MalformedQuery(parameter=_shown(parameter), reason="须为 UTF-8 编码") from None
    if "\0" in plain:
        raise MalformedQuery(parameter=_shown(parameter), reason="不能含空字符")
    return plain


def _select(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if not _NAME.fullmatch(name):
            raise MalformedQuery(parameter="select", reason="应为逗号分隔的信息项名")
    if len(set(names)) != len(names):
        raise MalformedQuery(parameter="select", reason="信息项重复")
    return names


def _limit(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text) or int(text) > MAX_ROWS:
        raise MalformedQuery(parameter="limit", reason=f"应为 1 到 {MAX_ROWS} 的整数")
    return int(text)


def _filter(field: str, text: str) -> Filter:
    operator, dot, value = text.partition(".")
    if not dot or operator not in OPERATORS:
        raise MalformedQuery(
            parameter=field, reason="应写作 eq.值、in.(值,值)、prefix.值、ge.值 或 le.值"
        )
    values = _listed(field, value) if operator == "in" else (value,)
    return Filter(field, operator, values)


def _listed(field: str, text: str) -> tuple[str, ...]:
    """The values of `(a,"b,c")`."""
    if not (text.startswith("(") and text.endswith(")")):
        raise MalformedQuery(parameter=field, reason="应写作 in.(值,值)")
    inner = text[1:-1]
    values: list[str] = []
    at = 0
    while True:
        found = _LISTED.match(inner, at)
        quoted, plain = found.groups() if found else (None, None)
        values.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain or "")
        at = found.end() if found else at
        if at == len(inner):
            break
        if inner[at] != ",":
            raise MalformedQuery(parameter=field, reason="含逗号、括号或引号的值须加双引号")
        at += 1
    if len(values) > MAX_VALUES:
        raise MalformedQuery(parameter=field, reason=f"一次最多 {MAX_VALUES} 个值")
    return tuple(values)
