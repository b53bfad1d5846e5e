"""One scanned table: its columns, and what a sample says of each (数据表、列画像)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from datahall.catalogue import ColumnProfile, ScannedColumn
from datahall.ingestion.pages.common import Clerk, Viewer
from datahall.ingestion.service import tables as service
from datahall.ingestion.service.tables import SAMPLE_ROWS, TableView
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import TableId
from datahall.kit.messages import sentence
from datahall.organisations import Organisation, organisation
from datahall.security import may

router = APIRouter(prefix="/assets/tables")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """A column with what is known of it."""

    column: ScannedColumn
    profile: ColumnProfile | None
    is_key: bool


@dataclass(frozen=True, kw_only=True)
class TablePage(Page):
    """One scanned table (数据表)."""

    template: ClassVar[str] = "ingestion/table.html"
    section: ClassVar[str] = "sources"
    view: TableView
    org: Organisation
    rows: Sequence[ColumnRow]
    sampled: ColumnProfile | None  # any of the profiles: when, and of how many rows
    sample_rows: int
    waiting: bool
    failure: str
    may_manage: bool
    may_draft: bool


@router.get("/{id}")
def show_table(id: TableId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One scanned table, column by column (数据表)."""
    view = service.table(unit, actor, id)
    sampling = view.sampling
    failed = sampling.error_code if sampling else None
    page = TablePage(
        view=view,
        org=organisation(unit.conn, view.table.org),
        rows=[
            ColumnRow(
                column=column,
                profile=view.profiles.get(column.name),
                is_key=column.name in view.table.primary_key,
            )
            for column in view.table.columns
        ],
        sampled=next(iter(view.profiles.values()), None),
        sample_rows=SAMPLE_ROWS,
        waiting=sampling is not None and sampling.finished_at is None,
        failure=sentence(failed, sampling.error_detail) if sampling and failed else "",
        may_manage=may(actor, "ingestion:manage", on=view.table.org),
        may_draft=may(actor, "catalogue:draft", on=view.table.org),
    )
    return respond(request, page)


@router.post("/{id}/profile")
def order_profile(id: TableId, unit: UnitDep, actor: Clerk) -> Response:
    """Have the columns summed up in the background (列画像)."""
    service.order_profile(unit, actor, id)
    return redirect(f"/assets/tables/{id}", flash="已开始取样，几秒后本页自动显示结果。")
