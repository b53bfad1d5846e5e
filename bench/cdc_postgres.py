"""`cdc-postgres`: a real PostgreSQL followed by its log; see `bench.cdc`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench import cdc
from bench.first_load import free_port
from bench.report import Report
from datahall.ingestion import Kind, SourceForm
from datahall.kit import postgres


@dataclass
class Postgres:
    """See `cdc.Department`."""

    server: postgres.Server
    dsn: str
    name: str = "PostgreSQL, fsync on"

    def form(self) -> SourceForm:
        return SourceForm(
            name="人口库", kind=Kind.POSTGRESQL, host="127.0.0.1", port=str(self.server.port),
            database="people", user="hall", password="bench",
        )  # fmt: skip

    def session(self) -> "Session":
        return Session(psycopg.connect(self.dsn, autocommit=True))


@dataclass
class Session:
    """See `cdc.Session`."""

    conn: psycopg.Connection[Any]

    def change(self, ids: list[int], version: int) -> None:
        self.conn.execute("update person set version = %s where id = any(%s)", [version, ids])

    def flood(self, rows: int) -> None:
        self.conn.execute(
            "insert into person select i, '新', 1 from generate_series(%s::int, %s::int) i",
            [cdc.ROWS + 1, cdc.ROWS + rows],
        )

    def versions(self) -> dict[int, int]:
        return dict(self.conn.execute("select id, version from person").fetchall())


@contextmanager
def start(folder: Path) -> Iterator[Postgres]:
    port = free_port()
    with postgres.Server(folder / "source", port=port, listen="127.0.0.1") as server:
        dsn = server.create_database("people")
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute("create table person (id int primary key, xm text, version int)")
            conn.execute(
                "insert into person select i, '张三', 0 from generate_series(1, %s::int) i",
                [cdc.ROWS],
            )
            conn.execute("create role hall login replication password 'bench'")
            conn.execute("grant select on person to hall")
            conn.execute("create publication datahall for table person")
            conn.execute("analyze person")
        yield Postgres(server, dsn)


def measure() -> Report:
    return cdc.measure(start)
