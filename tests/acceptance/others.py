"""Everything that another department owns: one thing of each kind, for strangers to reach for.

Made by the use cases that people use.  A new kind of id joins `THINGS` here; the sweep says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from datahall import catalogue, drift, ingestion, ledger, lists, standards, store, supply_demand
from datahall.catalogue import repository as entries
from datahall.ingestion import Kind, Load, LoadState, SourceForm
from datahall.ingestion import repository as loads
from datahall.kit.clock import local_date
from datahall.kit.crypto import Vault
from datahall.kit.ids import (
    ApplicationId,
    DatasetId,
    ExemptionId,
    GrantId,
    ImportId,
    ItemId,
    ListId,
    ListRowId,
    LoadId,
    NoticeId,
    OrgId,
    PersonId,
    QuarantineId,
    ResourceId,
    RulingId,
    RunId,
    SourceId,
    TableId,
    TaskId,
    TicketId,
    new_id,
)
from datahall.kit.uow import Unit, Units
from datahall.lists import ListKind
from datahall.organisations import seed
from datahall.quality import repository as wards
from datahall.quality import sealing
from datahall.quality.model import RowFault
from datahall.quality.repository import Incoming
from datahall.reconciliation import (
    Asker,
    CertificateIssued,
    Counts,
    Method,
    Ordering,
    Run,
    RunState,
)
from datahall.reconciliation import repository as comparisons
from datahall.security import Actor, Role
from datahall.supply_demand import Answer, GrantedField
from datahall.supply_demand.repository import notices
from tests.catalogue.sheets.books import book, line, taken
from tests.coverage import factories as coverage_factories
from tests.factories import add_actor, make_assessment, make_columns, make_item, make_table
from tests.supply_demand.factories import make_proposal

SECRET_WORD = "独山岩芯样本"
"""Stands in the title of whatever is not for everybody; no page shows it to a stranger."""

OWNER, PARTNER, AUTHORITY = (seed.org_id(k) for k in ("police", "civil_affairs", "bureau"))


@dataclass(frozen=True, slots=True)
class Others:
    """The things, by the type of their id or by the name of the parameter."""

    things: Mapping[Any, UUID | str]
    published: ItemId  # has data; the entry among the things is a draft

    def id_for(self, path: str, name: str, annotation: object) -> UUID | str | None:
        """What a stranger puts in the place of a parameter; None when nobody said."""
        if annotation is ItemId and "/quality/" in path:  # a draft has no rows to look at
            return self.published
        return self.things.get(annotation) or self.things.get(name)


def plant(units: Units) -> Others:
    """Give 市公安局 (who provides) and 市民政局 (who applies) one thing of each kind."""
    with units.open() as unit:
        clerk, head, lead = (
            add_actor(unit.conn, role, org=OWNER)
            for role in (Role.CLERK, Role.HEAD, Role.REPRESENTATIVE)
        )
        bureau = add_actor(unit.conn, Role.BUREAU, org=AUTHORITY)
        source, table = _scanned(unit, clerk)
        published = _published(unit, clerk, head, bureau, table)
        draft = make_item(provider=OWNER, title=f"{SECRET_WORD}目录")
        entries.add(unit.conn, draft)
        workbook = _workbook(unit, clerk)
    with units.open() as unit:  # the publication has made the task
        application, grant, notice = _case(unit, lead, published)
        task, load = _task(unit, published)
        dataset = store.ensure(unit, catalogue.get(unit.conn, published)).id
        row = _quarantined(unit, published, dataset, load)
        listed, row_of_list = _listed(unit, clerk, bureau)
        ruling = _ruling(unit)
        element = standards.draft_element(
            unit, bureau, standards.DataElement(code="DE90001", name=f"{SECRET_WORD}编号")
        )
        ticket = _drifted(unit, clerk, source)
        (resource,) = catalogue.resources(unit, published)
        exemption = _exempted(unit, clerk)
        run, certificate = _compared(unit, published, task)
        (act, *_) = ledger.acts_of(unit.conn, f"source:{source}")
    return Others(
        {
            OrgId: OWNER,
            PersonId: clerk.person,
            ItemId: draft.id,
            SourceId: source,
            TableId: table,
            DatasetId: dataset,
            TaskId: task,
            LoadId: load,
            QuarantineId: row,
            RulingId: ruling,
            "code": element.code,
            ResourceId: resource.id,
            ApplicationId: application,
            GrantId: grant,
            ImportId: workbook,
            NoticeId: NoticeId(notice),
            ExemptionId: exemption,
            ListId: listed,
            ListRowId: row_of_list,
            TicketId: ticket,
            RunId: run,
            "leaf": act.leaf,
            "certificate": certificate,
        },
        published,
    )


def _listed(unit: Unit, clerk: Actor, bureau: Actor) -> tuple[ListId, ListRowId]:
    """A list that is being filled, with one row."""
    lists.open_period(unit, bureau, "2026-Q4", due_on=local_date(unit.now))
    version = lists.start(unit, clerk, ListKind.SYSTEMS, "2026-Q4")
    lists.take(unit, clerk, version.id, [{"name": f"{SECRET_WORD}系统"}])
    (row,) = lists.rows(unit, clerk, version.id)
    return version.id, row.id


def _ruling(unit: Unit) -> RulingId:
    """Both claim to be the source of one element."""
    opened = None
    for org in (OWNER, PARTNER):
        claim = standards.Claim(
            element="DE03003",
            org=org,
            item=ItemId(new_id()),
            item_title=f"{SECRET_WORD}目录",
            field="hjdz",
            claimed_at=unit.now,
        )
        opened = standards.claim(unit, claim, by="system")
    if opened is None:
        raise AssertionError
    return opened.id


def _exempted(unit: Unit, clerk: Actor) -> ExemptionId:
    """A request not to have to catalogue a table."""
    table = coverage_factories.add_table(unit, clerk, comment=SECRET_WORD)
    return coverage_factories.ask(unit, clerk, table).id


def _scanned(unit: Unit, clerk: Actor) -> tuple[SourceId, TableId]:
    """A source with one table, which nobody asked for its rows."""
    form = SourceForm(
        name=f"{SECRET_WORD}库", kind=Kind.POSTGRESQL, host="10.9.8.7", port="5432",
        database="rk", user="hall", password="correct horse",
    )  # fmt: skip
    source = ingestion.register_source(unit, clerk, form)
    drift.record_scan(unit, clerk, source.id, OWNER, [make_table(comment=SECRET_WORD)])
    (table,) = catalogue.inventory(unit.conn, source.id)
    return source.id, table.id


def _drifted(unit: Unit, clerk: Actor, source: SourceId) -> TicketId:
    """The scanned table lost its last column."""
    changed = make_table(*make_columns()[:-1], comment=SECRET_WORD)
    drift.record_scan(unit, clerk, source, OWNER, [changed])
    (view,) = drift.tickets(unit, clerk)
    return view.ticket.id


def _workbook(unit: Unit, clerk: Actor) -> ImportId:
    """A workbook that was sent, with something to remark."""
    content = book(line(信息资源名称=f"{SECRET_WORD}目录", 共享类型="随便"))
    return taken(unit, clerk, content, name=f"{SECRET_WORD}.xlsx").id


def _published(unit: Unit, clerk: Actor, head: Actor, bureau: Actor, table: TableId) -> ItemId:
    """An entry on the scanned table; publishing it makes the task."""
    item = catalogue.draft_from_table(unit, clerk, table)
    catalogue.revise(
        unit, clerk, item.id, title="常住人口基本信息", abstract="测试", category_code="101001",
        share_condition="限履职使用", duty_basis="《测试条例》第一条", contact="周明远",
        phone="0564-3379000", secrecy=make_assessment(), privacy=make_assessment(),
    )  # fmt: skip
    catalogue.submit(unit, clerk, item.id)
    catalogue.agree(unit, head, item.id)
    catalogue.publish(unit, bureau, item.id)
    return item.id


def _case(unit: Unit, provider: Actor, item: ItemId) -> tuple[ApplicationId, GrantId, UUID]:
    """市民政局 applied for the entry and was agreed to."""
    clerk, lead = (
        add_actor(unit.conn, role, org=PARTNER) for role in (Role.CLERK, Role.REPRESENTATIVE)
    )
    wanted = make_proposal(
        fields=tuple(f for f in make_proposal().fields if f.name in {"gmsfhm", "xm"}),
        scenario=f"{SECRET_WORD}核验",
        system=f"{SECRET_WORD}平台",
    )
    application = supply_demand.draft(unit, clerk, item, wanted)
    supply_demand.send(unit, clerk, application.id)
    supply_demand.endorse(unit, lead, application.id)
    agreed = Answer(
        agreed=True, fields=tuple(GrantedField(f.name, masked=False) for f in wanted.fields)
    )
    supply_demand.answer(unit, provider, application.id, agreed, vault=Vault.fresh())
    (terms,) = supply_demand.grants_changed_since(unit.conn, 0)
    (notice, *_) = notices.unseen(unit.conn, PARTNER)
    return application.id, terms.grant.id, notice.id


def _task(unit: Unit, item: ItemId) -> tuple[TaskId, LoadId]:
    """The task of the entry, with one load of it."""
    task = ingestion.task_of_item(unit.conn, item)
    assert task is not None
    load = Load(
        id=LoadId(new_id()),
        task=task.id,
        state=LoadState.DONE,
        whole=True,
        started_at=unit.now,
        finished_at=unit.now + timedelta(seconds=1),
        read=1,
        quarantined=1,
    )
    loads.put_load(unit.conn, load)
    return task.id, load.id


def _compared(unit: Unit, item: ItemId, task: TaskId) -> tuple[RunId, UUID]:
    """A comparison of the task with its source, and its certificate."""
    run, certificate = RunId(new_id()), new_id()
    comparisons.add_run(
        unit.conn,
        Run(
            id=run,
            task=task,
            item=item,
            org=OWNER,
            state=RunState.DONE,
            asker=Asker.SCHEDULE,
            asked_by="system",
            asked_at=unit.now,
            method=Method.IN_SOURCE,
            ordering=Ordering.KEY,
            position=SECRET_WORD,
            counts=Counts(found=1, remaining=1),
            certificate=certificate,
        ),
    )
    comparisons.add_certificate(
        unit.conn,
        id=certificate,
        run=run,
        statement=orjson.dumps(_stated(run)).decode(),
        signature="",
        issued_at=unit.now,
    )
    unit.record(
        CertificateIssued(
            at=unit.now,
            by="system",
            certificate=certificate,
            run=run,
            item=item,
            digest="",
            root="",
        )
    )
    return run, certificate


def _stated(run: RunId) -> dict[str, Any]:
    """What the certificate says."""
    return {
        "id": "1",
        "run": str(run),
        "item": {"title": SECRET_WORD, "code": ""},
        "provider": {"name": SECRET_WORD},
        "table": SECRET_WORD,
        "from_at": "2026-10-16T04:00:00Z",
        "to_at": "2026-10-16T04:00:00Z",
        "position": "",
        "revision": 1,
        "ranges": 0,
        "totals": dict.fromkeys(
            ("source", "hall", "waiting", "settled", "found", "repaired", "remaining", "moving"), 0
        ),
        "root": "",
        "parts": [],
    }


def _quarantined(unit: Unit, item: ItemId, dataset: DatasetId, load: LoadId) -> QuarantineId:
    """A row that waits."""
    id = QuarantineId(new_id())
    row = Incoming(
        id=id,
        identity=b"1",
        keyed=True,
        content=b"1",
        sealed=sealing.seal(id, {}),
        faults=[RowFault(field="xm", rule="required", value=None, message=SECRET_WORD)],
    )
    wards.add(unit.conn, [row], dataset=dataset, item=item, provider=OWNER, load=load, at=unit.now)
    return row.id
