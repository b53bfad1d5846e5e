"""Held connections that can only read hall tables.

asyncpg's own pool resets a connection each time it is given back, which halves the number of
look-ups; ours are held for the life of the process, with their statements prepared.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from datahall.gateway.errors import Busy
from datahall.kit import db
from datahall.store import READER

READ_TIMEOUT_S: Final = 5.0
CONNECT_TIMEOUT_S: Final = 5.0
STATEMENTS: Final = 200  # prepared per connection; plans of grants long gone must not pile up


async def connect(dsn: str, **settings: str) -> "asyncpg.Connection[Any]":
    """A connection of the gateway's own, with session settings."""
    return await asyncpg.connect(
        db.plain_dsn(dsn),
        timeout=CONNECT_TIMEOUT_S,
        statement_cache_size=0,
        server_settings={
            "application_name": "datahall-gateway",
            "timezone": "UTC",
            "jit": "off",  # compiling takes longer than any of our statements
            **settings,
        },
    )


async def connect_reader(dsn: str) -> "asyncpg.Connection[Any]":
    """A connection in the role that sees schema `hall` and nothing else, and only reads."""
    return await connect(
        dsn,
        role=READER,
        default_transaction_read_only="on",
        statement_timeout=f"{READ_TIMEOUT_S:.0f}s",
    )


class _Reader:
    """One connection with its prepared statements."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection[Any] | None = None
        self._prepared: dict[str, Any] = {}

    async def fetch(self, sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
        statement = self._prepared.get(sql)
        if statement is None or self._connection is None or self._connection.is_closed():
            statement = await self._prepare(sql)
        rows: list[asyncpg.Record] = await statement.fetch(*values, timeout=READ_TIMEOUT_S + 1)
        return rows

    async def _prepare(self, sql: str) -> Any:
        if self._connection is None or self._connection.is_closed():
            self.close()
            self._connection = await connect_reader(self._dsn)
        if len(self._prepared) >= STATEMENTS:
            self._prepared.clear()
        statement = self._prepared[sql] = await self._connection.prepare(sql)
        return statement

    def forget(self) -> None:
        """Prepare anew: a hall table has got another shape."""
        self._prepared.clear()

    def close(self) -> None:
        self._prepared.clear()
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


class Readers:
    """As many reads at a time as there are connections; the others queue."""

    def __init__(self, dsn: str, size: int) -> None:
        self._all = [_Reader(dsn) for _ in range(size)]
        self._free: asyncio.LifoQueue[_Reader] = asyncio.LifoQueue()
        for reader in self._all:
            self._free.put_nowait(reader)

    async def fetch(self, sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
        """The rows of a statement.

        Raises:
            Busy: the read took too long, or the database cannot be reached.
        """
        reader = await self._free.get()
        try:
            try:
                return await reader.fetch(sql, values)
            except asyncpg.InvalidCachedStatementError:
                reader.forget()
                return await reader.fetch(sql, values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as failed:
            reader.close()
            raise Busy from failed
        finally:
            self._free.put_nowait(reader)

    async def check(self) -> None:
        """Raises Busy unless hall tables can be read."""
        await self.fetch("select 1", ())

    def close(self) -> None:
        for reader in self._all:
            reader.close()
