"""The statements that let a database sum up and list its own rows (汇总语句).

One text for PostgreSQL and for MySQL, but for what the two spell differently.  Names are quoted
and the only values are numbers and a hex secret that we made.
"""

# ruff: noqa: S608 - names are quoted; the only values are numbers and a secret of our own making

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from datahall.catalogue import Field
from datahall.reconciliation import canonical
from datahall.reconciliation.ranges import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a server says what the statements need."""

    quote: Callable[[str], str]
    join: Callable[[Sequence[str]], str]
    length: str
    text: Callable[[str], str]  # any value as text
    number: Callable[[str, int, int], str]  # so many hex digits of a digest, from one on
    bucket: Callable[[Sequence[int]], str]  # how many of the bounds are not above `pos`
    kept: str  # keeps the server from computing a digest twice

    def table(self, schema: str, name: str) -> str:
        return f"{self.quote(schema)}.{self.quote(name)}" if schema else self.quote(name)


def _pg_bucket(bounds: Sequence[int]) -> str:
    return f"coalesce(width_bucket(pos, array[{', '.join(map(str, bounds))}]::bigint[]), 0)"


def _my_bucket(bounds: Sequence[int]) -> str:
    return f"greatest(interval(pos, {', '.join(map(str, bounds))}), 0)" if bounds else "0"


POSTGRES: Final = Dialect(
    quote=lambda name: '"' + name.replace('"', '""') + '"',
    join=" || ".join,
    length="length",
    text=lambda c: f"{c}::text",
    number=lambda d, at, digits: f"('x' || substr({d}, {at}, {digits}))::bit({digits * 4})::bigint",
    bucket=_pg_bucket,
    kept=" offset 0",
)
MYSQL: Final = Dialect(
    quote=lambda name: "`" + name.replace("`", "``") + "`",
    join=lambda parts: f"concat({', '.join(parts)})",
    length="char_length",
    text=lambda c: f"cast({c} as char)",
    number=lambda d, at, digits: f"cast(conv(substr({d}, {at}, {digits}), 16, 10) as unsigned)",
    bucket=_my_bucket,
    kept="",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The statements about one table.

    Attributes:
        columns: field → column as the server calls it, unquoted.
        texts: field → expression of its canonical text.
        raw: key field → expression of its value as this side reads it back.
        by_key: positions are the key itself, and not its digest.
        where: what else a row must be, such as live.
    """

    dialect: Dialect
    table: str  # quoted
    fields: tuple[Field, ...]
    columns: dict[str, str]
    texts: dict[str, str]
    raw: dict[str, str]
    secret: str  # hex
    by_key: bool
    where: str = ""

    def sums(self, ranges: Sequence[Range]) -> str:
        """Rows and digest sums of adjoining ranges: (number of the range, rows, first, second)."""
        bounds = [span.low for span in ranges[1:] if span.low is not None]
        d = self.dialect
        inner = f"select {self.position} as pos, {self._row} as d from {self.table}"
        inside = self._inside([Range(ranges[0].low, ranges[-1].high)])
        first, second = (d.text(f"sum({d.number('d', at, 15)})") for at in (1, 16))
        return (
            f"select {d.bucket(bounds)} as part, count(*), {first}, {second} "
            f"from ({inner}{inside}{d.kept}) r group by 1"
        )

    def listing(self, ranges: Sequence[Range], *, limit: int) -> str:
        """Each row of the ranges: (digest, canonical key, key columns as text …)."""
        return f"{self._listed}{self._inside(ranges)} limit {limit:d}"

    def under(self) -> str:
        """As `listing`, the rows whose canonical key is among `:keys`; of the hall only."""
        live = f"{self.where} and " if self.where else ""
        return f"{self._listed} where {live}{self._text(self._key)} = any(:keys)"

    def bounds(self, count: int, span: Range) -> str:
        """Keys that divide a range into about `count` of equal rows; of the hall only."""
        return (
            f"select min(pos) from (select pos, ntile({count}) over (order by pos) as part from "
            f"(select {self.position} as pos from {self.table}{self._inside([span])}) p) r "
            "group by part order by 1"
        )

    @property
    def position(self) -> str:
        if self.by_key:
            return self.dialect.quote(self.columns[self._key[0].name])
        return self.dialect.number(self._digest(self._text(self._key)), 1, 8)

    @property
    def _key(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.is_key)

    @property
    def _listed(self) -> str:
        raw = ", ".join(self.raw.values())
        return f"select {self._row}, {self._text(self._key)}, {raw} from {self.table}"

    @property
    def _row(self) -> str:
        return self._digest(self._text(self.fields))

    def _text(self, fields: Sequence[Field]) -> str:
        d = self.dialect
        return d.join(
            [canonical.parted(self.texts[f.name], f, join=d.join, length=d.length) for f in fields]
        )

    def _digest(self, text: str) -> str:
        secret = f"'{self.secret}'"
        return f"md5({self.dialect.join([secret, text])})"

    def _inside(self, ranges: Sequence[Range]) -> str:
        tests = [self._within(span) for span in ranges]
        anywhere = any(not test for test in tests)
        parts = [] if anywhere else [f"({' or '.join(tests)})"]
        parts += [self.where] if self.where else []
        return f" where {' and '.join(parts)}" if parts else ""

    def _within(self, span: Range) -> str:
        place = self.position
        match span.low, span.high:
            case None, None:
                return ""
            case None, high:
                return f"({place} < {high:d} or {place} is null)"
            case low, None:
                return f"({place} >= {low:d})"
            case low, high:
                return f"({place} >= {low:d} and {place} < {high:d})"
        return ""
