"""What people and callers ask about calls that were made."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from datahall import ledger, security, supply_demand
from datahall.gateway import repository
from datahall.gateway.errors import ReceiptNotFound
from datahall.gateway.model import CallLine, DayUsage
from datahall.gateway.repository import ITEMS_CHANNEL
from datahall.kit.clock import local_date
from datahall.kit.crypto import Signer
from datahall.kit.events import Event
from datahall.kit.ids import GrantId
from datahall.kit.uow import Unit
from datahall.supply_demand import Grant, Usage

DAYS = 30


def usage(conn: Connection, grant: GrantId, *, now: datetime, days: int = DAYS) -> list[DayUsage]:
    """Calls, rows and refusals of a grant on each of the last days, today last (用量)."""
    return repository.usage(conn, grant, today=local_date(now), days=days)


def usage_of(conn: Connection, grants: Sequence[GrantId], now: datetime) -> Mapping[GrantId, Usage]:
    """What each of the grants was used for so far; one query, for lists."""
    today = local_date(now)
    return repository.totals(conn, grants, today=today, since=today - timedelta(days=DAYS - 1))


def calls_today(conn: Connection, now: datetime) -> int:
    """Calls that the gateway answered today, over all grants (今日调用)."""
    return repository.calls_on(conn, local_date(now))


def grant_usage(
    unit: Unit, actor: security.Actor, id: GrantId
) -> tuple[Grant, list[DayUsage], list[CallLine]]:
    """A grant's days and latest calls, for its consumer, its provider and who oversees both.

    Raises:
        GrantNotFound, NotPermitted
    """
    grant = supply_demand.grant(unit.conn, id)
    if not security.may(actor, "gateway:usage", on=grant.consumer):
        security.require(actor, "gateway:usage", on=grant.provider)
    days = usage(unit.conn, id, now=unit.now)
    return grant, days, repository.latest_calls(unit.conn, id)


def receipt_file(conn: Connection, signer: Signer, leaf: UUID, by: str) -> bytes:
    """The receipt of a call that `by` made, as a file.

    Raises:
        ReceiptNotFound: there is none, or somebody else made the call.
    """
    try:
        receipt = ledger.receipt(conn, leaf, signer=signer)
    except (ledger.LeafNotFound, ledger.RecordErased) as missing:
        raise ReceiptNotFound from missing
    if receipt.record["by"] != by:
        raise ReceiptNotFound
    return receipt.to_json()


def tell_gateways(unit: Unit, event: Event) -> None:
    """Let gateways make the views of a changed item anew (subscribed in `bootstrap`)."""
    repository.notify(unit.conn, ITEMS_CHANNEL, event.subject.partition(":")[2])
