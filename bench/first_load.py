"""A first load, checked and landed, as a multiple of a bare COPY of the same rows.

Both land in the same PostgreSQL in the same run, in tables with the same indexes.  The bare COPY
reads prepared CSV from a file; the load reads a department's PostgreSQL over TCP, applies every
rule of the entry, keeps bad rows in quarantine and commits with its checkpoint.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
import psycopg
from psycopg import sql

from bench.report import Bar, Report
from datahall import bootstrap, catalogue, ingestion, store
from datahall.catalogue import Assessment
from datahall.ingestion import Kind, SourceForm
from datahall.kit import db, postgres
from datahall.kit.ids import OrgId, PersonId, TaskId, new_id
from datahall.kit.uow import Units
from datahall.security import Actor, Role

ROWS = int(os.environ.get("BENCH_LOAD_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_LOAD_ROUNDS", "3"))
FAULTY = 0.01  # of the rows: a wrong check digit of an ID card
CHUNK = 250_000
PASSWORD = "bench"
COLUMNS = (
    ("id", "bigint primary key", "编号"),
    ("id_card", "varchar(18) not null", "公民身份号码"),
    ("name", "varchar(50) not null", "姓名"),
    ("gender", "char(1)", "性别代码"),
    ("birth", "date", "出生日期"),
    ("phone", "varchar(20)", "手机号码"),
    ("uscc", "varchar(18)", "统一社会信用代码"),
    ("org", "varchar(200)", "单位名称"),
    ("region", "char(6)", "行政区划代码"),
    ("address", "varchar(200)", "住址"),
    ("amount", "numeric(12,2)", "金额"),
    ("status", "varchar(20)", "状态"),
    ("start_date", "date", "开始日期"),
    ("end_date", "date", "结束日期"),
    ("update_time", "timestamp not null", "更新时间"),
)
RULES = {"end_date": ("not_before:start_date",)}


def measure() -> Report:
    """Ratio to a bare COPY, and memory at one and at four times the rows."""
    with ExitStack() as stack:
        folder = stack.enter_context(postgres.scratch_folder("datahall-bench-"))
        os.environ |= {"DATAHALL_HOME": f"{folder}/home", "DATAHALL_SOURCES_ON_THIS_MACHINE": "1"}
        options = {"shared_buffers": "512MB", "max_wal_size": "8GB"}
        hall = stack.enter_context(postgres.Server(folder / "hall", options=options))
        source = stack.enter_context(
            postgres.Server(
                folder / "source", options=options, port=free_port(), listen="127.0.0.1"
            )
        )
        for name, rows in (("small", ROWS), ("large", 4 * ROWS)):
            fill(source.create_database(name), rows)
        small = [once(hall, source, "small", folder) for _ in range(ROUNDS)]
        large = once(hall, source, "large", folder, bare=False)
    ratios = [run["load_s"] / run["copy_s"] for run in small]
    peak = max(run["peak_mib"] for run in small)
    return Report(
        conditions={
            "rows": ROWS,
            "columns": len(COLUMNS),
            "faulty_share": FAULTY,
            "rounds": ROUNDS,
            "postgresql": "own, fsync on, one server for hall and bare COPY, one for the source",
        },
        figures={"rounds": small, "four_times": large},
        bars=[
            Bar("load_over_bare_copy", statistics.median(ratios), 2.0, "<="),
            Bar("peak_mib", max(peak, large["peak_mib"]), 600, "<="),
            Bar("peak_at_four_times", large["peak_mib"] / peak, 1.15, "<="),
        ],
    )


def once(
    hall: postgres.Server, source: postgres.Server, name: str, folder: Path, *, bare: bool = True
) -> dict[str, Any]:
    """One load in a fresh hall, after the bare COPY of the same rows."""
    dsn = hall.create_database("bench")
    try:
        bootstrap.migrate(dsn)
        figures = bare_copy(dsn, source.dsn(name), folder) if bare else {}
        with units(dsn) as opened:
            task = mount(opened, source, name)
        child = subprocess.run(
            [sys.executable, "-m", "bench.first_load", dsn, str(task)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds, peak, landed, quarantined = child.stdout.split()
        return figures | {
            "load_s": round(float(seconds), 2),
            "rows_per_s": round((int(landed) + int(quarantined)) / float(seconds)),
            "landed": int(landed),
            "quarantined": int(quarantined),
            "peak_mib": round(int(peak) / 1024),
        }
    finally:
        hall.drop_database("bench")


def bare_copy(dsn: str, source: str, folder: Path) -> dict[str, Any]:
    """Seconds for COPY of prepared CSV into a table with the indexes of the hall table."""
    path = folder / "rows.csv"
    with psycopg.connect(source) as conn, path.open("wb") as out:  # noqa: SIM117 - too long in one
        with conn.cursor().copy("copy person to stdout (format csv)") as copy:
            for block in copy:
                out.write(block)
    with psycopg.connect(dsn, autocommit=True) as conn:
        define(conn)
        conn.execute("create index on person (id_card)")
        conn.execute("create index on person (uscc)")
        began = time.perf_counter()
        with (
            path.open("rb") as file,
            conn.cursor().copy("copy person from stdin (format csv)") as copy,
        ):
            while block := file.read(1 << 20):
                copy.write(block)
        seconds = time.perf_counter() - began
        conn.execute("drop table person")
    return {"copy_s": round(seconds, 2)}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def define(conn: psycopg.Connection[Any]) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
    conn.execute(f"create table person ({columns})")  # type: ignore[arg-type]


def fill(dsn: str, rows: int) -> None:
    """The department's table, with a known share of faulty ID cards."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        define(conn)
        conn.execute("comment on table person is '人员'")
        for name, _, title in COLUMNS:
            comment = sql.SQL("comment on column person.{} is {}")
            conn.execute(comment.format(sql.Identifier(name), sql.Literal(title)))
        for start in range(0, rows, CHUNK):
            with conn.cursor().copy("copy person from stdin (format csv)") as copy:
                copy.write(store.encode(people(start, min(CHUNK, rows - start))))
        conn.execute("vacuum analyze person")
        if not conn.execute("select from pg_roles where rolname = 'hall'").rowcount:
            conn.execute(f"create role hall login password '{PASSWORD}'")  # type: ignore[arg-type]
        conn.execute("grant select on person to hall")


def people(start: int, n: int) -> pl.DataFrame:
    """Rows `start` to `start + n`, the same at every call."""
    rng = np.random.default_rng(start)
    ids = np.arange(start, start + n)
    born = np.datetime64("1940-01-01") + rng.integers(0, 30_000, n)
    days = np.datetime64("2015-01-01") + rng.integers(0, 3000, n)
    regions = np.array(["341502", "341503", "341504", "341522", "341523", "341524", "341525"])
    region = regions[rng.integers(0, len(regions), n)]
    body = pl.Series(region) + pl.Series(born).dt.strftime("%Y%m%d") + digits(ids % 1000, 3)
    cards = body + check(body, "0123456789", ID_WEIGHTS, 11, "10X98765432")
    wrong = rng.random(n) < FAULTY
    cards = cards.zip_with(pl.Series(~wrong), body + "?")
    firm = "91" + pl.Series(region) + digits(ids % 10**9, 9)
    usccs = firm + check(firm, "0123456789ABCDEFGHJKLMNPQRTUWXY", USCC_WEIGHTS, 31, USCC_CHECKS)
    names = np.array(["王小明", "李雷", "欧阳建国", "张三丰", "刘桂兰", "陈志强"])
    streets = np.array(["皖西大道", "梅山南路", "解放中路", "人民东路"])
    return pl.DataFrame(
        {
            "id": ids,
            "id_card": cards,
            "name": names[rng.integers(0, len(names), n)],
            "gender": pl.Series(ids % 1000 % 2 == 1).replace_strict({True: "1", False: "2"}),
            "birth": born,
            "phone": "138" + digits(rng.integers(0, 10**8, n), 8),
            "uscc": usccs,
            "org": "六安市" + pl.Series(names[rng.integers(0, len(names), n)]) + "农机专业合作社",
            "region": region,
            "address": "安徽省六安市" + pl.Series(streets[rng.integers(0, 4, n)])
            + pl.Series(rng.integers(1, 999, n)).cast(pl.String) + "号",
            "amount": rng.integers(0, 10**8, n) / 100,
            "status": np.array(["在册", "注销", "迁出"])[rng.integers(0, 3, n)],
            "start_date": days,
            "end_date": days + rng.integers(0, 1000, n),
            "update_time": np.datetime64("2026-01-01", "us") + rng.integers(0, 2 * 10**13, n),
        }
    )  # fmt: skip


ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
USCC_CHECKS = "".join("0123456789ABCDEFGHJKLMNPQRTUWXY"[-n % 31] for n in range(31))


def digits(values: Any, width: int) -> pl.Series:
    return pl.Series(values).cast(pl.String).str.zfill(width)


def check(
    bodies: pl.Series, alphabet: str, weights: tuple[int, ...], by: int, marks: str
) -> pl.Series:
    """The check characters of texts of one length."""
    codes = np.zeros(128, np.int64)
    codes[[ord(c) for c in alphabet]] = np.arange(len(alphabet))
    text = np.frombuffer("".join(bodies).encode(), np.uint8).reshape(len(bodies), len(weights))
    sums = codes[text] @ np.array(weights) % by
    return pl.Series(np.array(list(marks))[sums])


@contextmanager
def units(dsn: str) -> Iterator[Units]:
    engine = db.engine(dsn)
    yield bootstrap.units(engine)
    engine.dispose()


def mount(units: Units, source: postgres.Server, database: str) -> TaskId:
    """Register, scan, draft, publish; what people do before the first load."""
    actor = Actor(
        person=PersonId(new_id()),
        name="测试员",
        org=OrgId(new_id()),
        org_name="市公安局",
        roles=frozenset({Role.CLERK, Role.HEAD, Role.BUREAU}),
    )
    assessment = Assessment(number="1", conclusion="可以共享", done_on=date(2026, 10, 1))
    form = SourceForm(
        name="人口库",
        kind=Kind.POSTGRESQL,
        host="127.0.0.1",
        port=str(source.port),
        database=database,
        user="hall",
        password=PASSWORD,
    )
    with units.open() as unit:
        registered = ingestion.register_source(unit, actor, form)
        ingestion.scan(unit, actor, registered.id)
        table = catalogue.inventory(unit.conn, registered.id)[0]
        draft = catalogue.draft_from_table(unit, actor, table.id)
        fields = tuple(replace(f, rules=(*f.rules, *RULES.get(f.name, ()))) for f in draft.fields)
        catalogue.revise(
            unit, actor, draft.id, fields=fields, abstract="测试", category_code="101001",
            share_condition="限履职使用", duty_basis="《测试条例》第一条", contact="周明远",
            phone="0564-3379000", secrecy=assessment, privacy=assessment,
            watermark_column="update_time",
        )  # fmt: skip
        catalogue.submit(unit, actor, draft.id)
        catalogue.agree(unit, actor, draft.id)
        catalogue.publish(unit, actor, draft.id)
    with units.open() as unit:
        task = ingestion.task_of_item(unit.conn, draft.id)
        assert task is not None
        return task.id


def child(dsn: str, task: str) -> None:
    """The load in a process of its own, so that its memory is its own."""
    with units(dsn) as opened:
        began = time.perf_counter()
        load = ingestion.run(opened, TaskId(UUID(task)))
        seconds = time.perf_counter() - began
        assert load is not None
        if load.error_code:
            raise SystemExit(f"{load.error_code} {load.error_detail}")
    status = Path("/proc/self/status").read_text()
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(seconds, peak, load.inserted, load.quarantined)


if __name__ == "__main__":
    child(*sys.argv[1:])
