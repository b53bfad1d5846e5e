"""Looking whether a resource is well: one way for each kind (探测)."""

from http import HTTPStatus
from typing import Final

from datahall.catalogue import scans
from datahall.catalogue.errors import TableNotFound
from datahall.catalogue.findings import Finding
from datahall.catalogue.mounting import files
from datahall.catalogue.mounting.model import Resource, ResourceKind
from datahall.catalogue.questions import TableState
from datahall.kit import outbound
from datahall.kit.uow import Unit

TIMEOUT_S: Final = 5.0  # [P]


def look(resource: Resource) -> Finding:
    """How a resource that stands outside the database is; takes up to `TIMEOUT_S`."""
    if resource.kind is ResourceKind.API:
        return _ask(resource.address)
    if resource.kind is ResourceKind.FILE:
        return files.look(resource)
    return Finding(ok=False, code="catalogue.probe_group_waits")


def look_up(unit: Unit, resource: Resource) -> Finding:
    """How a table is: as who reads it says, else as the last scan of its source saw it."""
    table = resource.table
    if table is None:
        return Finding(ok=False, code="catalogue.probe_table_gone")
    try:
        scanned = scans.inventory_table(unit.conn, table)
    except TableNotFound:
        return Finding(ok=False, code="catalogue.probe_table_gone")
    if scanned.gone_at is not None:
        return Finding(ok=False, code="catalogue.probe_table_gone")
    for told in unit.ask(TableState(item=resource.item, table=table)):
        return told
    return Finding(ok=True, code="catalogue.probe_table_scanned", as_of=scanned.scanned_at)


def _ask(url: str) -> Finding:
    try:
        answer = outbound.get(url, timeout_s=TIMEOUT_S)
    except outbound.OutboundFailed as failed:
        detail = {"reason": failed.reason, "seconds": f"{TIMEOUT_S:.0f}"}
        return Finding(ok=False, code=f"catalogue.probe_{failed.why}", detail=detail)
    is_success = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
    return Finding(
        ok=is_success,
        code="catalogue.probe_answered" if is_success else "catalogue.probe_status",
        detail={"status": answer.status},
        took_ms=answer.took_ms,
    )
