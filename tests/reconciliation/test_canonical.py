"""One text for a value on both sides: the databases' digests against a naive row-by-row oracle."""

import random
import struct
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import md5

import pytest

from datahall import reconciliation
from datahall.catalogue import FieldType
from datahall.reconciliation import Method, Ordering, RunState
from datahall.reconciliation.running import prepare
from datahall.reconciliation.sides import EVERYWHERE, ByReading
from tests.ingestion.conftest import CLERK

BEIJING = timezone(timedelta(hours=8))


def naive(value, field) -> str:
    """The text of one value, written for reading and not for speed."""
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        return "-|"
    match field.type:
        case FieldType.STRING | FieldType.TEXT:
            return f"{len(str(value))}:{value}|"
        case FieldType.BOOLEAN:
            return f"{int(value)}|"
        case FieldType.NUMBER | FieldType.MONEY | FieldType.INTEGER:
            text = format(Decimal(value), "f")
            return f"{text.rstrip('0').rstrip('.') if '.' in text else text}|"
        case FieldType.DATE:
            return f"{value:%Y-%m-%d} AD|".replace(f"{value.year}-", f"{value.year:04}-", 1)
        case FieldType.DATETIME:
            at = value if value.tzinfo else value.replace(tzinfo=BEIJING)
            return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} AD|"
        case FieldType.DOUBLE | FieldType.FLOAT:
            return f"{struct.pack('>d', value + 0.0).hex()}|"
    raise AssertionError(field.type)


def words(text: str) -> tuple[int, int]:
    digest = md5(text.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:15], 16), int(digest[15:30], 16)


ODD_TEXTS = [
    "张三", "  前后有空格 ", "", "   ", "a|b", "3:abc", "-", "tab\there", "𠮷野家", "é", "O'Brien",
    "反\\斜杠", '引"号', "换\n行", "%s %%", "null", "\u3000全角空格\u3000", "：，｜",
]  # fmt: skip
POSTGRES = """
create table odd (
    id bigint primary key, t text, v varchar(40), n numeric(20, 6), m numeric(12, 2), i integer,
    d date, ts timestamp, tz timestamptz, b boolean, f double precision, s smallint
)
"""


def odd_row(rng: random.Random, id: int) -> tuple:
    def maybe(value):
        return None if rng.random() < 0.15 else value

    moment = datetime.fromisoformat("1992-01-01") + timedelta(microseconds=rng.randrange(10**15))
    return (
        id,
        maybe(rng.choice(ODD_TEXTS)),
        maybe(rng.choice(ODD_TEXTS)[:40]),
        maybe(Decimal(rng.randrange(-(10**12), 10**12)).scaleb(-rng.randrange(7))),
        maybe(Decimal(rng.randrange(-(10**9), 10**9)).scaleb(-2)),
        maybe(rng.randrange(-(2**31), 2**31)),
        maybe(date(1890, 1, 1) + timedelta(days=rng.randrange(75_000))),
        maybe(moment),
        maybe(moment.replace(tzinfo=UTC)),
        maybe(rng.random() < 0.5),
        maybe(rng.choice([0.0, -0.0, 1.5, 1e20, -3.25e-9, rng.random()])),
        maybe(rng.randrange(-32768, 32768)),
    )


def sums(made):
    """What each way of summing up says about the same table: hall, source, rows that were read."""
    with made.units.open() as unit:
        run = reconciliation.order(unit, CLERK, made.mounted.task.id)
    comparison = prepare(made.units, run)
    with comparison.open_hall() as (hall, _):
        of_hall = hall.sums([EVERYWHERE])[0]
    of_source = comparison.source.sums([EVERYWHERE])[0]
    reading = ByReading(reach=comparison.reach, digester=comparison.digester)
    return comparison, of_hall, of_source, reading.sums([EVERYWHERE])[0]


@pytest.mark.parametrize("seed", range(3))
def test_postgres_hall_reading_and_oracle_sum_up_alike(source_db, reconciled, seed):
    rng = random.Random(seed)
    source_db.execute(POSTGRES)
    rows = [odd_row(rng, id) for id in range(1, 301)]
    with source_db.conn.cursor() as cursor:
        cursor.executemany(f"insert into odd values ({', '.join(['%s'] * 12)})", rows)
    made = reconciled(source_db.form(), "odd")

    comparison, of_hall, of_source, of_rows = sums(made)

    assert comparison.order.method is Method.IN_SOURCE
    assert of_hall == of_source == of_rows
    fields = comparison.reach.item.fields
    columns = ("id", "t", "v", "n", "m", "i", "d", "ts", "tz", "b", "f", "s")
    first = second = 0
    for row in rows:
        named = dict(zip(columns, row, strict=True))
        text = "".join(naive(named[f.source_column], f) for f in fields)
        one = words(comparison.digester.secret + text)
        first, second = first + one[0], second + one[1]
    assert (of_hall.rows, of_hall.first, of_hall.second) == (300, first, second)


MYSQL = """
create table odd (
    id bigint primary key, t text, v varchar(40), n decimal(20, 6), m decimal(12, 2), i int,
    z decimal(10, 0), d date, ts datetime(6), b tinyint(1), e enum('甲', '乙'), j mediumtext
) character set {charset}
"""


@pytest.mark.mariadb
@pytest.mark.parametrize("charset", ["utf8mb4", "gbk"])
def test_mariadb_hall_reading_and_oracle_sum_up_alike(db, reconciled, charset):
    rng = random.Random(7)
    db.execute(MYSQL.format(charset=charset))
    texts = [
        t.strip("\u3000")
        for t in ODD_TEXTS
        if t != "\u3000" and t.encode("gbk", "ignore").decode("gbk") == t
    ]
    rows = []
    with db.root.cursor() as cursor:
        cursor.execute(f"use {db.name}")
        cursor.execute("set names utf8mb4")
        for id in range(1, 201):
            odd = odd_row(rng, id)
            row = (
                id, rng.choice(texts), rng.choice([*texts, None]), odd[3], odd[4], odd[5],
                rng.choice([100, 0, None]), odd[6], odd[7], rng.choice([0, 1, None]),
                rng.choice(["甲", "乙", None]), rng.choice(texts),
            )  # fmt: skip
            rows.append(row)
            cursor.execute(f"insert into odd values ({', '.join(['%s'] * 12)})", row)
    made = reconciled(db.form(), "odd")

    comparison, of_hall, of_source, of_rows = sums(made)

    assert comparison.order.method is Method.IN_SOURCE
    assert of_hall == of_rows
    fields = comparison.reach.item.fields
    columns = ("id", "t", "v", "n", "m", "i", "z", "d", "ts", "b", "e", "j")
    first = 0
    for row in rows:
        named = dict(zip(columns, row, strict=True))
        text = "".join(naive(named[f.source_column], f) for f in fields)
        first += words(comparison.digester.secret + text)[0]
    assert of_hall.first == first
    assert of_source == of_hall


def test_what_only_the_contract_understands_is_read(source_db, reconciled):
    """An amount with its currency: no expression of the server means what the contract does."""
    source_db.execute("create table words (id text primary key, kg money, born text)")
    source_db.execute("insert into words values (' A1 ', null, '1980年1月2日'), ('B2', 2, null)")
    made = reconciled(source_db.form(), "words")

    run = made.run()

    assert run.state is RunState.DONE, run.error_detail
    assert (run.method, run.ordering) == (Method.BY_READING, Ordering.DIGEST)
    assert (run.counts.source, run.counts.hall, run.counts.waiting) == (2, 1, 1)
    assert run.counts.found == 0
