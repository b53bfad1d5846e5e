"""Keeping what each scan found, and opening tickets for what it breaks (扫描与开单)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from datahall import catalogue, security
from datahall.catalogue import InventoryTable, ItemStatus, ScannedTable
from datahall.deadlines import limits
from datahall.drift import repository
from datahall.drift.events import TicketChanged, TicketOpened
from datahall.drift.model.changes import Change, find
from datahall.drift.model.scan import Scan
from datahall.drift.model.ticket import LIMIT, Outcome, Ticket
from datahall.drift.service import close, step
from datahall.kit.clock import local_date
from datahall.kit.ids import OrgId, SourceId, TicketId, new_id
from datahall.kit.uow import Unit

FILES: Final = frozenset({"xlsx", "csv"})
_SCANNED: Final = tuple(f.name for f in fields(ScannedTable))


def record_scan(
    unit: Unit,
    actor: security.Actor,
    source: SourceId,
    org: OrgId,
    tables: Sequence[ScannedTable],
    *,
    kind: str = "",
) -> Scan:
    """Make the inventory what a source's metadata say now, and say what has changed (登记扫描).

    A published entry whose table changed gets a ticket; an open ticket follows the table until
    it is as it was.  The caller (`ingestion`) has asked whether the actor may scan.
    """
    known = catalogue.inventory(unit.conn, source)
    before = [_scanned(table) for table in known if table.gone_at is None]
    changes = find(before, [_told(table, kind) for table in tables]) if known else ()
    catalogue.record_scan(unit, actor, source, org, tables, kind=kind)
    scan = Scan(
        id=new_id(),
        source=source,
        org=org,
        at=unit.now,
        by=actor.by,
        is_first=not known,
        tables=len(tables),
        columns=sum(len(table.columns) for table in tables),
        changes=changes,
    )
    repository.add_scan(unit.conn, scan)
    _follow(unit, actor, source, before, changes)
    return scan


def record_failed_scan(
    unit: Unit,
    actor: security.Actor,
    source: SourceId,
    org: OrgId,
    *,
    code: str,
    detail: Mapping[str, object],
) -> Scan:
    """Keep that a scan did not succeed, and why (扫描失败)."""
    scan = Scan(
        id=new_id(),
        source=source,
        org=org,
        at=unit.now,
        by=actor.by,
        error_code=code,
        error_detail={name: str(value) for name, value in detail.items()},
    )
    repository.add_scan(unit.conn, scan)
    return scan


def _follow(
    unit: Unit,
    actor: security.Actor,
    source: SourceId,
    before: Sequence[ScannedTable],
    changes: Sequence[Change],
) -> None:
    """Open tickets for published entries whose tables changed; bring the open ones up to date."""
    tables = catalogue.inventory(unit.conn, source)
    opened = repository.open_tickets(unit.conn, [table.id for table in tables])
    changed = {(change.schema, change.table) for change in changes}
    was = {(table.schema, table.name): table for table in before}
    entries = catalogue.mounted(unit.conn, [table.id for table in tables])
    for table in tables:
        name = (table.schema, table.name)
        if ticket := opened.get(table.id):
            _update(unit, actor, ticket, table)
        elif name in changed and name in was and (draft := entries.get(table.id)):
            item = catalogue.get(unit.conn, draft.id)
            if item.status is ItemStatus.PUBLISHED and item.table == table.id:
                _open(unit, actor, item, table, was[name])


def _open(
    unit: Unit,
    actor: security.Actor,
    item: catalogue.CatalogueItem,
    table: InventoryTable,
    was: ScannedTable,
) -> None:
    ticket = Ticket(
        id=TicketId(new_id()),
        code=repository.next_code(unit.conn, local_date(unit.now)),
        source=table.source,
        table=table.id,
        org=item.provider,
        item=item.id,
        item_title=item.title,
        item_version=item.version,
        baseline=was,
        changes=changes_since(was, table),
        limit_days=limits()[LIMIT].days,
        opened_at=unit.now,
    )
    ticket = ticket.noted(step(unit, actor, f"扫描发现 {len(ticket.changes)} 处变更"))
    repository.put_ticket(unit.conn, ticket)
    about: dict[str, Any] = {"item": item.id, "table": table.id, "changes": len(ticket.changes)}
    unit.record(TicketOpened(at=unit.now, by=actor.by, ticket=ticket.id, **about))


def _update(unit: Unit, actor: security.Actor, ticket: Ticket, table: InventoryTable) -> None:
    changes = changes_since(ticket.baseline, table)
    if not changes:
        close(unit, actor, ticket, Outcome.RESTORED, "扫描发现源端已恢复原样")
    elif changes != ticket.changes:
        drifted = ticket.drifted(changes)
        drifted = drifted.noted(step(unit, actor, f"再次扫描，现有 {len(changes)} 处变更"))
        repository.put_ticket(unit.conn, drifted)
        unit.record(TicketChanged(at=unit.now, by=actor.by, ticket=ticket.id, changes=len(changes)))


def changes_since(was: ScannedTable, table: InventoryTable) -> tuple[Change, ...]:
    """What differs between a table as it was and as the inventory has it now."""
    return find([was], [] if table.gone_at else [_scanned(table)])


def _scanned(table: InventoryTable) -> ScannedTable:
    scanned = ScannedTable(**{name: getattr(table, name) for name in _SCANNED})
    return _told(scanned, table.kind)


def _told(table: ScannedTable, kind: str) -> ScannedTable:
    """Only what the source tells: the key of a file is guessed from its rows, which change."""
    return replace(table, primary_key=()) if kind in FILES else table
