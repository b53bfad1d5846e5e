"""The grants as this process knows them (授权簿): told at once, asked every second, never stale.

A change is told by NOTIFY.  Because a notification can be lost with its connection, the
database is asked for changes every second besides; and when no asking has succeeded for
`STALE_AFTER_S`, the gateway refuses everybody rather than serve a grant that may have ended.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from datahall import catalogue, store, supply_demand
from datahall.gateway.admission import Known, Rate
from datahall.gateway.errors import GrantsStale, NotLanded, Refusal
from datahall.gateway.model import View
from datahall.gateway.readers import connect
from datahall.gateway.repository import ITEMS_CHANNEL
from datahall.gateway.views import view_of
from datahall.kit import signing
from datahall.kit.crypto import CannotOpen, Mac, Vault
from datahall.kit.ids import ItemId
from datahall.supply_demand import GrantStatus, GrantTerms, credential_context

ASK_EVERY_S: Final = 1.0
STALE_AFTER_S: Final = 5.0
REBUILD_EVERY_S: Final = 60.0  # views, in case a notification about an item was lost

log = structlog.get_logger()


class GrantBook:
    """Every grant by its caller's X-App-Id."""

    def __init__(
        self, engine: Engine, vault: Vault, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._known: dict[str, Known] = {}
        self._revision = 0
        self._read_at = float("-inf")
        self._rebuilt_at = float("-inf")
        self._changed_items: set[ItemId] = set()
        self._told = asyncio.Event()

    def find(self, app_id: str) -> Known | None:
        """The grant of a caller.

        Raises:
            GrantsStale: what is known may no longer hold.
        """
        if self._clock() - self._read_at > STALE_AFTER_S:
            raise GrantsStale
        return self._known.get(app_id)

    async def refresh(self) -> None:
        """Read what changed; raises SQLAlchemyError when the database cannot be reached."""
        asked_at = self._clock()
        items, self._changed_items = self._changed_items, set()
        rebuild = asked_at - self._rebuilt_at > REBUILD_EVERY_S
        try:
            changes = await asyncio.to_thread(self._read, items, rebuild)
        except SQLAlchemyError:
            self._changed_items |= items
            raise
        for known in changes:
            self._known[known.grant.app_id] = known
            self._revision = max(self._revision, known.grant.revision)
        self._read_at = asked_at
        if rebuild:
            self._rebuilt_at = asked_at

    def _read(self, items: set[ItemId], rebuild: bool) -> list[Known]:
        with self._engine.connect() as conn:
            changed = supply_demand.grants_changed_since(conn, self._revision)
            fresh = {terms.grant.app_id: self._known_of(conn, terms) for terms in changed}
            for app_id, known in self._known.items():
                broken = isinstance(known.view, Refusal)
                ended = known.grant.status is GrantStatus.REVOKED
                if app_id in fresh or ended:
                    continue
                if rebuild or broken or known.grant.item in items:
                    fresh[app_id] = self._rebuilt(conn, known)
            return list(fresh.values())

    def _known_of(self, conn: Connection, terms: GrantTerms) -> Known:
        grant, credential = terms.grant, terms.credential
        before = self._known.get(grant.app_id)
        algorithm = credential.algorithm.value
        key: Mac | None = None
        try:
            sealed = credential.sealed_secret
            secret = self._vault.open(sealed, context=credential_context(grant.id)).decode()
            key = signing.key(algorithm, secret)
        except CannotOpen:
            log.exception("credential_does_not_open", grant=str(grant.id))
        rate = Rate(grant.rate_per_s)
        if before and before.rate.per_s == rate.per_s:
            rate = before.rate
        known = Known(
            grant=grant,
            algorithm=algorithm,
            key=key,
            networks=tuple(ip_network(a, strict=False) for a in grant.addresses),
            rate=rate,
            item_code="",
            view=NotLanded(),
            subject=f"grant:{grant.id}",
            about={
                "grant": str(grant.id),
                "item": str(grant.item),
                "consumer": str(grant.consumer),
                "provider": str(grant.provider),
                "purpose": grant.purpose,
            },
        )
        return self._rebuilt(conn, known)

    def _rebuilt(self, conn: Connection, known: Known) -> Known:
        """The same grant with its view made anew; plans of the old view go with it."""
        item = catalogue.get(conn, known.grant.item)
        dataset = store.dataset_for_item(conn, item.id)
        if dataset is not None and store.state(conn, dataset.id).revision == 0:
            dataset = None  # made, but nothing has been loaded
        view: View | Refusal
        try:
            view = view_of(known.grant, item, dataset)
        except Refusal as refused:
            view = refused
        if view == known.view:
            return known
        return replace(known, item_code=item.code or "", view=view, _plans={})

    def item_changed(self, item: ItemId) -> None:
        """Make the views of an item anew at the next reading, which is at once."""
        self._changed_items.add(item)
        self._told.set()

    async def run(self) -> None:
        """Keep the book current until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASK_EVERY_S):
                    await self._told.wait()
            self._told.clear()
            try:
                await self.refresh()
            except SQLAlchemyError as failed:
                log.warning("grants_not_read", reason=type(failed).__name__)

    async def listen(self, dsn: str) -> None:
        """Hear of changes until cancelled; connect again whenever the connection ends."""
        while True:
            try:
                await self._listen_once(dsn)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as failed:
                log.warning("not_listening", reason=type(failed).__name__)
            await asyncio.sleep(ASK_EVERY_S)

    async def _listen_once(self, dsn: str) -> None:
        connection = await connect(dsn)
        ended = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(supply_demand.GRANTS_CHANNEL, lambda *_: self._told.set())
            await connection.add_listener(
                ITEMS_CHANNEL, lambda _c, _p, _ch, item: self.item_changed(ItemId(UUID(item)))
            )
            self._rebuilt_at = float("-inf")  # whatever was told while nobody listened
            self._told.set()
            await ended.wait()
        finally:
            connection.terminate()
