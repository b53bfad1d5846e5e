"""The gateway as a process of its own: what Granian starts."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from datahall.gateway.app import Gateway, routes
from datahall.gateway.book import GrantBook
from datahall.gateway.evidence import Evidence, Sealing
from datahall.gateway.readers import Readers, connect
from datahall.gateway.service import receipt_file
from datahall.kit import db, logs, signing, supervise
from datahall.kit.clock import utc_now
from datahall.kit.crypto import Mac, Suite
from datahall.kit.edge import Edge
from datahall.kit.keys import KeyStore, key_store
from datahall.kit.settings import Settings, settings

READERS: Final = 4  # reads at a time; more only queue in the database
PURGE_EVERY_S: Final = 60
NONCES_KEPT_S: Final = 2 * signing.MAX_SKEW_S  # a time stamp may be that far ahead or behind

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a gateway is made of."""

    dsn: str
    engine: Engine
    book: GrantBook
    readers: Readers
    evidence: Evidence
    gateway: Gateway

    def routes(self) -> list[BaseRoute]:
        return routes(self.gateway)

    @contextlib.asynccontextmanager
    async def running(self, _app: Starlette | None = None) -> AsyncIterator[None]:
        """The loops of the gateway, for as long as the block runs."""
        with contextlib.suppress(SQLAlchemyError):  # not ready until the database answers
            await self.book.refresh()
        loops = (self.book.run(), self.book.listen(self.dsn), _purge(self.engine))
        tasks = [asyncio.create_task(loop) for loop in loops]
        for task in tasks:
            task.add_done_callback(_ended)
        # What was made until now stays: the collector need not look at it with every call.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        await self.evidence.close()
        self.readers.close()
        self.engine.dispose()


def assemble(config: Settings, keys: KeyStore, *, clock: Callable[[], datetime] = utc_now) -> Parts:
    """A gateway on the database of `config`, not running yet."""
    dsn = config.database_url
    if dsn is None:
        raise SystemExit("网关须指定数据库：请设置 DATABASE_URL，或用 datahall up 启动整个大厅。")
    engine = db.engine(dsn, pool_size=2)
    book = GrantBook(engine, keys.vault())
    readers = Readers(dsn, READERS)
    # The planner finds nothing better by looking at a batch's values again.
    evidence = Evidence(
        partial(connect, dsn, plan_cache_mode="force_generic_plan"),
        Sealing(key=Mac(Suite.INTL, keys.secret("evidence")), suite=keys.suite),
    )

    def receipts(leaf: UUID, by: str) -> bytes:
        with engine.begin() as conn:  # a leaf without a place gets one now
            return receipt_file(conn, keys.signer("ledger"), leaf, by)

    gateway = Gateway(
        receipts=receipts,
        book=book,
        readers=readers,
        evidence=evidence,
        clock=clock,
    )
    return Parts(
        dsn=dsn, engine=engine, book=book, readers=readers, evidence=evidence, gateway=gateway
    )


def application() -> Edge:
    """The gateway of this process's settings."""
    supervise.end_with_parent()
    logs.configure()
    parts = assemble(settings(), key_store())
    return Edge(Starlette(routes=parts.routes(), lifespan=parts.running))


def _ended(task: asyncio.Task[None]) -> None:
    """A loop that ends by itself is a bug; without it nothing is answered (fail closed)."""
    if not task.cancelled() and (failed := task.exception()) is not None:
        log.critical("gateway_loop_ended", exc_info=failed)


async def _purge(engine: Engine) -> None:
    """Forget nonces whose requests are too old to be accepted anyway."""
    statement = text("delete from gateway_nonces where at < now() - make_interval(secs => :kept)")

    def purge() -> None:
        with engine.begin() as conn:
            conn.execute(statement, {"kept": NONCES_KEPT_S})

    while True:
        await asyncio.sleep(PURGE_EVERY_S)
        try:
            await asyncio.to_thread(purge)
        except SQLAlchemyError as failed:
            log.warning("nonces_not_purged", reason=type(failed).__name__)
