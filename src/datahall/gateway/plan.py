"""From a query and a view to one statement (查询计划).  Pure; values are only ever parameters.

What a caller may ask is decided so that an answer never says more than its fields do:

* a field that the grant does not give can be neither selected nor filtered by;
* a field given in clear can be filtered by every operator;
* a field given masked can only be compared for equality, and only when it is a key: who asks
  must already know the whole value, so nothing can be found by halving a range or growing a
  prefix;
* rows come in the order of the key, page by page, only when the whole key is given in clear.
  Otherwise the order itself would tell (people sorted by an ID card number are sorted by region
  and birth date): the answer then has all rows that match, sorted by what is shown, or it is
  refused as too large;
* the conditions of the grant's row scope are part of every statement.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from datahall.gateway.errors import (
    FieldNotGranted,
    FilterNotAllowed,
    ItemChanged,
    MalformedQuery,
    OutsideScope,
    PagingNotAllowed,
)
from datahall.gateway.grammar import Filter, Query
from datahall.gateway.model import TEXT, Value, View, ViewField
from datahall.security import Mask, mask_for


class Row(Protocol):
    """A row as the driver gives it, or a dictionary."""

    def __getitem__(self, name: str, /) -> Any: ...


_COMPARE: Final = {"eq": "=", "ge": ">=", "le": "<="}


def quoted(name: str) -> str:
    """An identifier as PostgreSQL wants it."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement for every query of one shape through one view."""

    sql: str
    names: tuple[str, ...]  # of the fields of the answer, in order
    columns: tuple[tuple[str, Mask | None], ...]
    scope: tuple[Value, ...]  # the last parameters of the statement
    masked: tuple[str, ...]  # fields of the answer that are masked
    pinned: bool  # the whole key is given: one row or none
    pages: bool  # rows come by the key, and an answer may go on
    limit: int
    key: tuple[str, ...]

    def shown(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """The rows as they leave: only granted fields, masked."""
        columns = self.columns
        answer = [
            {name: row[name] if mask is None else mask(row[name]) for name, mask in columns}
            for row in rows
        ]
        if not self.pages and len(answer) > 1:
            answer.sort(key=str)  # not in the order of the table, which could tell
        return answer


def compiled(view: View, query: Query) -> Plan:
    """The plan for all queries of `query.shape`.

    Raises:
        FieldNotGranted, ItemChanged, FilterNotAllowed, PagingNotAllowed, MalformedQuery
    """
    chosen = tuple(_granted(view, name) for name in query.select or view.granted)
    for filter_ in query.where:
        _permit(view, filter_)
    equal = {f.field for f in query.where if f.operator == "eq"}
    pinned = equal.issuperset(view.key)
    pages = view.pages and not pinned
    if query.after is not None and not pages:
        raise PagingNotAllowed
    place = _Places()
    tests = [_test(view.fields[f.field], f.operator, len(f.values), place) for f in query.where]
    if query.after is not None:
        marks = ", ".join(_cast(view.fields[k], place) for k in view.key)
        tests.append(f"({', '.join(map(quoted, view.key))}) > ({marks})")
    tests += [_test(view.fields[s.field], s.operator, len(s.values), place) for s in view.scope]
    tests.append("not _deleted")
    # The key is read besides what is shown, to say where the next page begins.
    names = dict.fromkeys((*(f.name for f in chosen), *(view.key if pages else ())))
    order = f" order by {', '.join(map(quoted, view.key))}" if pages else ""
    limit = 1 if pinned else query.limit + 1
    return Plan(
        sql=(
            f"select {', '.join(map(quoted, names))} from hall.{quoted(view.table)}"  # noqa: S608 - quoted names of our own catalogue; values are parameters
            f" where {' and '.join(tests)}{order} limit {limit}"
        ),
        names=tuple(f.name for f in chosen),
        columns=tuple((f.name, mask_for(f.sensitive, f.protection)) for f in chosen),
        scope=tuple(v for s in view.scope for v in s.values),
        masked=tuple(f.name for f in chosen if not f.clear),
        pinned=pinned,
        pages=pages,
        limit=query.limit,
        key=view.key,
    )


def bound(view: View, plan: Plan, query: Query) -> list[Value]:
    """The parameters of `plan.sql` for this query, typed.

    Raises:
        MalformedQuery: a value has not the form of its field.
        OutsideScope: no row that the filter wants can be in the grant's scope.
    """
    values: list[Value] = []
    for filter_ in query.where:
        field = view.fields[filter_.field]
        typed = [field.value(text) for text in filter_.values]
        if filter_.operator in {"eq", "in"}:
            for scope in view.scope:
                if scope.field == field.name and not any(map(scope.admits, typed)):
                    raise OutsideScope(field=field.name)
        values += typed
    if query.after is not None:
        values += _cursor_values(view, query.after)
    return [*values, *plan.scope]


def cursor(plan: Plan, last: Row) -> str:
    """Where the next page begins; the key is granted in clear, so this hides nothing."""
    marks = json.dumps([str(last[k]) for k in plan.key], ensure_ascii=False)
    return urlsafe_b64encode(marks.encode()).decode().rstrip("=")


def _cursor_values(view: View, after: str) -> list[Value]:
    try:
        marks = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (ValueError, RecursionError):
        marks = None
    is_place = isinstance(marks, list) and len(marks) == len(view.key)
    if not is_place or not all(isinstance(mark, str) for mark in marks):
        raise MalformedQuery(parameter="after", reason="应为上一页回答中的 next")
    return [view.fields[k].value(m) for k, m in zip(view.key, marks, strict=True)]


def _granted(view: View, name: str) -> ViewField:
    field = view.fields.get(name)
    if name in view.gone:
        raise ItemChanged(field=name)
    if field is None or not field.granted:
        raise FieldNotGranted(field=name)  # whether the item has such a field is not said
    return field


def _permit(view: View, filter_: Filter) -> None:
    field = _granted(view, filter_.field)
    if not field.clear and not (filter_.operator == "eq" and field.name in view.key):
        raise FilterNotAllowed(field=field.name)
    if filter_.operator in {"ge", "le"} and not field.kind.ordered:
        raise MalformedQuery(parameter=field.name, reason="此信息项只能用 eq 或 in")
    if filter_.operator == "prefix" and field.kind is not TEXT:
        raise MalformedQuery(parameter=field.name, reason="只有文本信息项可用 prefix")


class _Places:
    """The numbers of a statement's parameters, in order."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> str:
        self._last += 1
        return f"${self._last}"


def _cast(field: ViewField, place: _Places) -> str:
    return f"{place.next()}::{field.kind.cast}"


def _test(field: ViewField, operator: str, count: int, place: _Places) -> str:
    column = quoted(field.name)
    match operator:
        case "in":
            return f"{column} in ({', '.join(_cast(field, place) for _ in range(count))})"
        case "prefix":
            return f"starts_with({column}, {_cast(field, place)})"
        case "ge" | "le" if field.kind is TEXT:
            # As Python and the key's index order text: by code point, wherever we run.
            return f'{column} {_COMPARE[operator]} {_cast(field, place)} collate "C"'
        case _:
            return f"{column} {_COMPARE[operator]} {_cast(field, place)}"
