"""Importing a workbook of 5,000 entries: processor seconds, and as a multiple of reading it bare.

The bare reading is openpyxl going once over the same cells; the import reads them, checks every
entry, writes drafts, acts and their ledger leaves, in the program and in PostgreSQL.
"""

import os
import time
from dataclasses import replace
from io import BytesIO
from typing import Any

import openpyxl
import psutil

from bench.report import Bar, Report
from datahall import bootstrap
from datahall.catalogue import sheets
from datahall.catalogue.categories import built_in
from datahall.catalogue.sheets.texts import written
from datahall.catalogue.sheets.writing import catalogue_workbook
from datahall.kit import db, postgres
from datahall.kit.ids import ItemId, new_id
from datahall.kit.uow import Units
from datahall.organisations import Organisation, organisation
from datahall.security import Actor, Role
from tests.factories import add_actor, make_field, make_item

ENTRIES = int(os.environ.get("BENCH_SHEET_ENTRIES", "5000"))
ITEMS = 10
FAULTY = 50  # one entry in so many has an error
ENOUGH_S = 60.0
NAMES = [
    "公民身份号码",
    "姓名",
    "性别",
    "民族",
    "出生日期",
    "户籍地址",
    "联系电话",
    "所属县区",
    "登记日期",
    "更新时间",
]


def measure() -> Report:
    """Make the workbook as the export does, take it in, and once more unchanged."""
    with postgres.scratch_folder("datahall-bench-") as folder:
        os.environ["DATAHALL_HOME"] = f"{folder}/home"
        with postgres.Server(folder / "pg") as server:
            dsn = server.create_database("bench")
            bootstrap.migrate(dsn)
            engine = db.engine(dsn)
            try:
                return _measure(bootstrap.units(engine), server.process.pid)
            finally:
                engine.dispose()


def _measure(units: Units, database: int) -> Report:
    with units.open() as unit:
        taker = add_actor(unit.conn, Role.CLERK)
        provider = organisation(unit.conn, taker.org)
    began = time.process_time()
    content = _workbook(taker, provider)
    export_s = time.process_time() - began
    bare_s = _bare(content)
    first = _import(units, taker, content, database)
    again = _import(units, taker, content, database)
    return Report(
        conditions={
            "entries": ENTRIES,
            "items_each": ITEMS,
            "faulty": ENTRIES // FAULTY,
            "file_mib": round(len(content) / (1 << 20), 1),
        },
        figures={
            "making_the_workbook_cpu_s": round(export_s, 1),
            "bare_reading_cpu_s": round(bare_s, 1),
            "import": first,
            "import_again": again,
        },
        bars=[
            Bar("import_cpu_s", first["cpu_s"], ENOUGH_S, "<="),
            Bar("import_over_bare_reading", first["cpu_s"] / bare_s, 6.0, "<="),
        ],
    )


def _item(n: int, clerk: Actor) -> Any:
    fields = tuple(
        make_field(f"f{i}", title=f"{name}{n % 7}", length=50) for i, name in enumerate(NAMES)
    )
    return make_item(
        id=ItemId(new_id()), provider=clerk.org, title=f"第{n}号登记信息", fields=fields
    )


def _workbook(clerk: Actor, provider: Organisation) -> bytes:
    """What a department would send, some entries with an error."""
    entries = []
    for n in range(ENTRIES):
        told = written(_item(n, clerk), provider, built_in())
        wrong = {"update_cycle": "有空就更新"} if n % FAULTY == 0 else {}
        entries.append(replace(told, entry={**told.entry, **wrong}))
    return catalogue_workbook(entries)


def _bare(content: bytes) -> float:
    began = time.process_time()
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    cells = sum(len(row) for row in book.worksheets[0].iter_rows(values_only=True))
    assert cells > ENTRIES * ITEMS
    return time.process_time() - began


def _import(units: Units, taker: Actor, content: bytes, database: int) -> dict[str, Any]:
    with units.open() as unit:
        sent = sheets.receive(unit, taker, name="目录.xlsx", content=content)
    began, program, server = time.perf_counter(), time.process_time(), _cpu_s(database)
    ended = sheets.run(units.open, sent.id)
    program_s, server_s = time.process_time() - program, _cpu_s(database) - server
    if ended.done != ENTRIES or ended.refused != ENTRIES // FAULTY:
        raise RuntimeError(f"not what the workbook says: {replace(ended, remarks=())}")
    return {
        "drafted": ended.drafted,
        "revised": ended.revised,
        "unchanged": ended.unchanged,
        "refused": ended.refused,
        "wall_s": round(time.perf_counter() - began, 1),
        "program_cpu_s": round(program_s, 1),
        "database_cpu_s": round(server_s, 1),
        "cpu_s": round(program_s + server_s, 1),
    }


def _cpu_s(lead: int) -> float:
    """Processor seconds of the database and all its children, living and reaped."""
    process = psutil.Process(lead)
    ended = process.cpu_times()
    total = ended.children_user + ended.children_system
    for one in (process, *process.children(recursive=True)):
        times = one.cpu_times()
        total += times.user + times.system
    return float(total)
