"""Evidence before the answer, by group commit (先存证后提供).

The calls that arrive while one insert is on its way share the next one, which waits a moment
for those that are about to arrive.  One function takes the nonces, counts the quota and stores
call records and ledger leaves, all or nothing; a call is answered when its batch is durable,
and refused when it cannot be made so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from importlib import resources
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

import asyncpg

from datahall.gateway.errors import EvidenceUnavailable
from datahall.kit.crypto import Mac, Suite
from datahall.kit.ids import GrantId

MAX_BATCH: Final = 256
GATHER_S: Final = 0.002
"""The longest that a batch waits for calls that are under way."""

WRITE_TIMEOUT_S: Final = 5.0

UNAVAILABLE: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

Kept = tuple["Verdict", "Entry"]
Waiting = tuple["Recordable", "asyncio.Future[Kept]"]
Connect = Callable[[], Awaitable["asyncpg.Connection[Any]"]]


class Verdict(Enum):
    """What the evidence statement made of a call."""

    KEPT = "kept"  # on record; the answer may leave
    REPLAYED = "replayed"  # the nonce had been used
    OVER_QUOTA = "over_quota"  # the day's calls are used up


class Entry(NamedTuple):
    """One call, ready to be put on record; its fields are the parameters of `keep`, in order."""

    leaf: UUID
    salt: bytes
    record: str
    leaf_hash: bytes
    at: datetime
    day: date  # in China
    app_id: str
    grant: GrantId | None
    address: str
    code: str
    nonce: bytes | None  # taken by this entry; None when there is nothing to take
    quota: int | None  # the grant's limit of the day when this call counts against it
    calls: int  # what the entry adds to the day's figures
    rows: int
    refused: int
    bytes: int


FUNCTION: Final = resources.files("datahall.gateway").joinpath("sql/keep.sql").read_text("utf-8")
COLUMNS: Final = (
    "uuid", "bytea", "text", "bytea", "timestamptz", "date", "text", "uuid", "text", "text",
    "bytea", "bigint", "int", "int", "int", "int",
)  # fmt: skip
KEEP: Final = (
    f"select pg_temp.keep({', '.join(f'${n}::{type_}[]' for n, type_ in enumerate(COLUMNS, 1))})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What turns a call into its record."""

    key: Mac  # of the keyed hashes that stand for what was asked
    suite: Suite = Suite.INTL


class Recordable(Protocol):
    """A call that can be put on record."""

    nonce: bytes | None  # that it takes

    def entry(self, sealing: Sealing) -> Entry: ...


class Evidence:
    """Keeps calls through one connection, one batch at a time."""

    def __init__(self, connect: Connect, sealing: Sealing) -> None:
        self._connect = connect
        self._sealing = sealing
        self._waiting: list[Waiting] = []
        self._under_way = 0
        self._enough: asyncio.Future[None] | None = None  # while a batch waits for more calls
        self._writing: asyncio.Task[None] | None = None
        self._connection: asyncpg.Connection[Any] | None = None
        self._statement: Any = None

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """Around the whole life of a call that will be kept, so that a batch can wait for it."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def keep(self, call: Recordable) -> Kept:
        """Put the call on record; return when that is durable.

        Raises:
            EvidenceUnavailable: it may or may not be on record; it must not be answered.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Kept] = loop.create_future()
        self._waiting.append((call, done))
        if self._writing is None:
            self._writing = loop.create_task(self._write_all())
        elif self._enough is not None and self._is_gathered():
            self._end_wait()
        return await done

    def _is_gathered(self) -> bool:
        """Whether half of the calls under way wait: while they are written the others arrive."""
        return 2 * len(self._waiting) >= self._under_way

    async def _gather(self) -> None:
        """Let calls that are about to arrive join the batch: a few large ones cost the database
        half of what many small ones do.  A call that is alone never waits.
        """
        await asyncio.sleep(0)  # the calls of the last batch leave first
        if self._is_gathered():
            return
        loop = asyncio.get_running_loop()
        self._enough = loop.create_future()
        timer = loop.call_later(GATHER_S, self._end_wait)
        await self._enough
        timer.cancel()
        self._enough = None

    def _end_wait(self) -> None:
        if self._enough is not None and not self._enough.done():
            self._enough.set_result(None)

    async def _write_all(self) -> None:
        """Write batch after batch until nobody waits."""
        try:
            while self._waiting:
                await self._gather()
                batch = self._next_batch()
                try:
                    # Sealed one after the other, not as each arrives: it takes a third of the time.
                    kept = await self._write([call.entry(self._sealing) for call, _ in batch])
                except BaseException as failed:
                    self._drop()
                    for _, done in batch:
                        if not done.done():
                            done.set_exception(EvidenceUnavailable())
                    if not isinstance(failed, UNAVAILABLE):
                        raise
                else:
                    for (_, done), one in zip(batch, kept, strict=True):
                        if not done.done():  # its caller may have hung up
                            done.set_result(one)
        finally:
            self._writing = None

    def _next_batch(self) -> list[Waiting]:
        """The oldest calls; of two with one nonce the second waits, to be found replayed."""
        batch: list[Waiting] = []
        rest: list[Waiting] = []
        nonces: set[bytes] = set()
        for waiting in self._waiting:
            nonce = waiting[0].nonce
            if len(batch) == MAX_BATCH or nonce in nonces:
                rest.append(waiting)
                continue
            if nonce is not None:
                nonces.add(nonce)
            batch.append(waiting)
        self._waiting = rest
        return batch

    async def _write(self, batch: Sequence[Entry]) -> list[Kept]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
            await self._connection.execute(FUNCTION)
            self._statement = await self._connection.prepare(KEEP)
        columns = zip(*batch, strict=True)
        left_out = await self._statement.fetchval(*columns, timeout=WRITE_TIMEOUT_S)
        verdicts = [Verdict.KEPT] * len(batch)
        for place in left_out:
            verdicts[abs(place) - 1] = Verdict.REPLAYED if place < 0 else Verdict.OVER_QUOTA
        return list(zip(verdicts, batch, strict=True))

    async def close(self) -> None:
        """Finish what is being written."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=WRITE_TIMEOUT_S)
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None
