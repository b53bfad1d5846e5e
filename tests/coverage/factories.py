"""Plain functions that make gaps and requests; a test names only what it is about."""

from datetime import date
from io import BytesIO
from typing import Any

from datahall import catalogue, coverage, ingestion, lists
from datahall.coverage import Exemption, Ground, SubjectKind
from datahall.ingestion import Kind, SourceForm
from datahall.kit.ids import TableId
from datahall.kit.uow import Unit
from datahall.lists import ListKind
from datahall.security import Actor
from tests.factories import make_assessment, make_table
from tests.lists.factories import PERIOD, open_period, system

PDF = b"%PDF-1.7\n% a signed letter\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 32


def add_table(unit: Unit, clerk: Actor, name: str = "t_log", comment: str = "接口日志") -> TableId:
    """A table that a scan of the clerk's source sees, beside those seen before."""
    sources = [s for s in ingestion.sources_of(unit.conn, clerk.org) if s.name == "业务库"]
    form = SourceForm(name="业务库", kind=Kind.CSV)
    source = sources[0] if sources else ingestion.register_source(unit, clerk, form)
    before = [t for t in catalogue.inventory(unit.conn, source.id) if t.gone_at is None]
    known = [make_table(name=t.name, comment=t.comment) for t in before]
    seen = [*known, make_table(name=name, comment=comment)]
    catalogue.record_scan(unit, clerk, source.id, clerk.org, seen)
    return next(t.id for t in catalogue.inventory(unit.conn, source.id) if t.name == name)


def publish_entry(unit: Unit, clerk: Actor, head: Actor, bureau: Actor, table: TableId) -> None:
    item = catalogue.draft_from_table(unit, clerk, table)
    catalogue.revise(
        unit, clerk, item.id, abstract="测试", category_code="101001",
        share_condition="限履职使用", duty_basis="《测试条例》第一条", contact="周明远",
        phone="0564-3379000", secrecy=make_assessment(), privacy=make_assessment(),
    )  # fmt: skip
    catalogue.submit(unit, clerk, item.id)
    catalogue.agree(unit, head, item.id)
    catalogue.publish(unit, bureau, item.id)


def publish_systems(unit: Unit, clerk: Actor, head: Actor, bureau: Actor, *names: str) -> None:
    """The department's list of systems, published."""
    open_period(unit, bureau)
    version = lists.start(unit, clerk, ListKind.SYSTEMS, PERIOD)
    lists.take(unit, clerk, version.id, [system(name) for name in names])
    lists.hand_in(unit, clerk, version.id)
    lists.sign(unit, head, version.id)
    lists.publish(unit, bureau, version.id)


def ask(unit: Unit, clerk: Actor, table: TableId, **about: Any) -> Exemption:
    """A request that could be granted."""
    given: dict[str, Any] = {
        "ground": Ground.TECHNICAL,
        "reason": "接口调用日志，不是业务数据",
        "review_on": date(2027, 10, 16),
        "proof_name": "情况说明.pdf",
        "proof": BytesIO(PDF),
    }
    kind = about.pop("kind", SubjectKind.TABLE)
    return coverage.ask(unit, clerk, kind, table, **given | about)
