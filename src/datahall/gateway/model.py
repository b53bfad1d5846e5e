"""What a grant lets its caller see of a hall table (授权视图).  Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from datahall.gateway.errors import MalformedQuery
from datahall.kit import values
from datahall.security import Protection

Value = str | int | float | bool | Decimal | date | datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one column type are written in a query and bound in a statement."""

    cast: str
    read: Callable[[str], Value]
    form: str  # what the caller should have written
    ordered: bool = True  # may be compared by ge and le


def _text(text: str) -> str:
    """Text that a database can hold."""
    text.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
    if "\0" in text:
        raise ValueError(text)
    return text


TEXT: Final = Kind("text", _text, "文本")
KINDS: Final[Mapping[str, Kind]] = {
    "text": TEXT,
    "date": Kind("date", values.day, "日期，如 2026-10-16"),
    "timestamp": Kind("timestamp", values.moment, "时间，如 2026-10-16T12:00:00"),
    "boolean": Kind("boolean", values.boolean, "true 或 false", ordered=False),
    "bigint": Kind("bigint", values.whole, "整数"),
    "numeric": Kind("numeric", values.number, "数值"),
    "double precision": Kind("double precision", values.floating, "数值"),
}


@dataclass(frozen=True, slots=True)
class ViewField:
    """One column of the hall table, as this grant's caller meets it."""

    name: str
    type: str  # PostgreSQL's, as built, e.g. numeric(18,2)
    granted: bool
    protection: Protection  # of what leaves; meaningless unless granted
    sensitive: str = "none"  # value of standards.SensitiveKind

    @property
    def clear(self) -> bool:
        """Whether the caller gets the values as they are."""
        return self.granted and self.protection is Protection.CLEAR

    @property
    def kind(self) -> Kind:
        return KINDS[self.type.partition("(")[0]]

    def value(self, text: str) -> Value:
        """The typed value of what a caller wrote.

        Raises:
            MalformedQuery: it has not the form of the column's type; the value is not repeated.
        """
        try:
            return self.kind.read(text)
        except ValueError:
            raise MalformedQuery(parameter=self.name, reason=f"应为{self.kind.form}") from None


@dataclass(frozen=True, slots=True)
class Scope:
    """A condition that every row must meet (行范围); all of them must hold."""

    field: str
    operator: str  # eq, in, prefix, ge, le
    values: tuple[Value, ...]

    def admits(self, value: Value) -> bool:
        """Whether a row with `value` in the field could meet the condition."""
        match self.operator:
            case "eq" | "in":
                return value in self.values
            case "prefix":
                return str(value).startswith(str(self.values[0]))
            case "ge":
                return value >= self.values[0]  # type: ignore[operator]
            case _:
                return value <= self.values[0]  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class View:
    """A hall table seen through a grant."""

    table: str  # in schema hall
    key: tuple[str, ...]
    fields: Mapping[str, ViewField]  # every column, granted or not
    scope: tuple[Scope, ...] = ()
    gone: tuple[str, ...] = ()  # granted, but no longer a field of the item

    @property
    def granted(self) -> tuple[str, ...]:
        return tuple(name for name, f in self.fields.items() if f.granted)

    @property
    def pages(self) -> bool:
        """Whether answers may go by the key: its order must tell nothing that is masked."""
        return all(self.fields[k].clear for k in self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayUsage:
    """What a grant was used for on one day in China (每日用量)."""

    day: date
    calls: int = 0  # counted against the quota
    rows: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One call as people see it in a list; what was asked is in its record only (调用记录)."""

    leaf: UUID  # number of the receipt
    at: datetime  # UTC
    address: str
    code: str  # `ok`, or the refusal's
    rows: int
    bytes: int
