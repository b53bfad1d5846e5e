"""A department's own PostgreSQL server, and the way from a table of it to a running task."""

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from datahall import catalogue, ingestion, store
from datahall.catalogue import CatalogueItem
from datahall.ingestion import Kind, Load, LoadState, Source, SourceForm, Task, repository
from datahall.kit import messages, postgres
from datahall.kit.ids import new_id
from datahall.kit.uow import Units
from datahall.security import Actor, Role
from tests.factories import POLICE, make_actor, make_assessment

CLERK = make_actor(Role.CLERK, org=POLICE)
HEAD = make_actor(Role.HEAD, org=POLICE)
BUREAU = make_actor(Role.BUREAU)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def department() -> Iterator[postgres.Server]:
    """The department's server, reached over TCP like any other machine."""
    with (
        postgres.scratch_folder("datahall-dept-") as folder,
        postgres.Server(
            folder / "pg",
            options=dict(postgres.FAST),
            port=free_port(),
            listen="127.0.0.1",
        ) as running,
    ):
        yield running


@dataclass(slots=True)
class SourceDb:
    """One database of the department, with a read-only account `hall`."""

    server: postgres.Server
    name: str
    conn: psycopg.Connection[Any]

    def execute(self, statement: str, values: Any = None) -> psycopg.Cursor[Any]:
        return self.conn.execute(statement, values)  # type: ignore[arg-type]

    def form(self, **about: Any) -> SourceForm:
        given = {
            "name": f"人口库 {new_id().hex[:6]}",
            "kind": Kind.POSTGRESQL,
            "host": "127.0.0.1",
            "port": str(self.server.port),
            "database": self.name,
            "user": "hall",
            "password": "correct horse",
        }
        return SourceForm(**{**given, **about})


@pytest.fixture
def source_db(department: postgres.Server) -> Iterator[SourceDb]:
    name = f"s{new_id().hex[-12:]}"
    url = department.create_database(name)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            "do $$ begin create role hall login password 'correct horse'; "
            "exception when duplicate_object then null; end $$"
        )
        conn.execute("alter default privileges grant select on tables to hall")
        yield SourceDb(department, name, conn)
    department.drop_database(name)


PERSONS = """
create table person (
    id bigint primary key,
    xm text not null,
    amount numeric(12, 2),
    born date,
    active boolean,
    update_time timestamp not null
);
comment on table person is '人员';
comment on column person.xm is '姓名';
"""


def add_persons(db: SourceDb, ids: range, *, at: str = "2026-10-16 08:00") -> None:
    db.execute(
        """
        insert into person
        select i, '张' || i, i * 1.5, date '1980-01-01' + (i %% 9000)::int, i %% 2 = 0, %s::timestamp
        from generate_series(%s::bigint, %s::bigint) i
        """,
        [at, ids.start, ids.stop - 1],
    )


def publish(
    unit: Any, item: CatalogueItem, *, clerk: Actor = CLERK, head: Actor = HEAD
) -> CatalogueItem:
    """Complete a draft and take it through all stages."""
    catalogue.revise(
        unit,
        clerk,
        item.id,
        abstract="测试",
        category_code="101001",
        share_condition="限履职使用",
        duty_basis="《测试条例》第一条",
        contact="周明远",
        phone="0564-3379000",
        secrecy=make_assessment(),
        privacy=make_assessment(),
    )
    catalogue.submit(unit, clerk, item.id)
    catalogue.agree(unit, head, item.id)
    return catalogue.publish(unit, BUREAU, item.id)


@dataclass(slots=True)
class Mounted:
    """A published item whose task is due."""

    units: Units
    source: Source
    item: CatalogueItem
    task: Task

    def run(self) -> Load | None:
        return ingestion.run(self.units, self.task.id)

    def now(self) -> Task:
        with self.units.open() as unit:
            found = ingestion.task_of_item(unit.conn, self.item.id)
        assert found is not None
        return found

    def rows(self, what: str = "*", where: str = "not _deleted") -> list[Any]:
        with self.units.open() as unit:
            dataset = store.dataset_for_item(unit.conn, self.item.id)
            assert dataset is not None
            query = f'select {what} from hall."{dataset.table}" where {where} order by 1'
            return [tuple(r) for r in unit.conn.execute(sa.text(query))]

    def loads(self) -> list[Load]:
        with self.units.open() as unit:
            return repository.loads_of(unit.conn, self.task.id)

    def age_checkpoint(self, by: timedelta = timedelta(minutes=10)) -> None:
        """Let the look-back of what was read so far be over."""
        with self.units.open() as unit:
            task = repository.task(unit.conn, self.task.id)
            marks = tuple(replace(m, at=m.at - by) for m in task.checkpoint.marks)
            checkpoint = replace(task.checkpoint, marks=marks)
            repository.save_task(unit.conn, replace(task, checkpoint=checkpoint))


Mount = Callable[..., Mounted]


@pytest.fixture
def mount(units: Units) -> Mount:
    """Register a source, scan it, draft and publish the entry of one of its tables."""

    def made(
        form: SourceForm,
        table: str,
        *,
        key: tuple[str, ...] = (),
        watermark: str | None = None,
        prepare: Callable[[Any, Source], Source] = lambda _unit, source: source,
        actor: Actor = CLERK,
        head: Actor = HEAD,
        **changes: Any,
    ) -> Mounted:
        with units.open() as unit:
            source = prepare(unit, ingestion.register_source(unit, actor, form))
            ingestion.scan(unit, actor, source.id)
            inventory = catalogue.inventory(unit.conn, source.id)
            found = next(t for t in inventory if t.name == table)
            draft = catalogue.draft_from_table(unit, actor, found.id)
            if key:
                changes["fields"] = tuple(
                    replace(f, is_key=f.source_column in key) for f in draft.fields
                )
            if watermark:
                changes["watermark_column"] = watermark
            if changes:
                catalogue.revise(unit, actor, draft.id, **changes)
            item = publish(unit, draft, clerk=actor, head=head)
        with units.open() as unit:
            task = ingestion.task_of_item(unit.conn, item.id)
            assert task is not None
        return Mounted(units, source, item, task)

    return made


def told(code: str | None, detail: dict[str, Any]) -> str:
    """The sentence that people read; every placeholder of it must be filled."""
    assert code is not None
    template = messages.catalogue()[code]
    assert set(re.findall(r"{(\w+)}", template)) <= set(detail)
    return messages.sentence(code, detail)


def told_by(load: Load | None) -> str:
    """The sentence of a load that failed."""
    assert load is not None
    assert load.state is LoadState.FAILED
    return told(load.error_code, load.error_detail)
