"""PostgreSQL's streaming replication protocol, over the libpq that psycopg brings.

psycopg2 has a class for it, but that class tells the server by itself that it may forget (it
forwards the confirmed position at each keepalive), while a first load still needs what is there.
"""

import select
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from struct import Struct
from typing import Final

import psycopg
from psycopg import pq

from datahall.ingestion.connectors.base import CONNECT_TIMEOUT_S
from datahall.kit.clock import utc_now

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DATA: Final = Struct("!cQQq")
_ALIVE: Final = Struct("!cQqB")
_STATUS: Final = Struct("!cQQQqB")


class Refused(Exception):
    """The server said no."""

    def __init__(self, state: str, text: str) -> None:
        self.state, self.text = state, text
        super().__init__(text)


@dataclass(slots=True)
class Replication:
    """A connection in replication mode."""

    conninfo: str
    heard: float = field(default_factory=time.monotonic)  # the last word of the server
    seen: int = 0  # everything before it has been given
    confirmed: int = 0
    _conn: pq.abc.PGconn = field(init=False)

    def __post_init__(self) -> None:
        # Step by step: the blocking call would stop every other thread of the worker.
        self._conn = pq.PGconn.connect_start(f"{self.conninfo} replication=database".encode())
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        step: int = pq.PollingStatus.WRITING
        while step != pq.PollingStatus.OK:
            socket = self._conn.socket
            if time.monotonic() > deadline or socket < 0 or step == pq.PollingStatus.FAILED:
                text = self._conn.error_message.decode("utf-8", "replace")
                self._conn.finish()
                raise Refused("", text)
            reading = step == pq.PollingStatus.READING
            select.select([socket] * reading, [socket] * (not reading), [], 1.0)
            step = self._conn.connect_poll()

    def command(self, text: str) -> Sequence[str]:
        """Run a command of the protocol; the first row of its answer.

        Raises:
            Refused
        """
        result = self._conn.exec_(text.encode())
        if result.status not in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COPY_BOTH}:
            state = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
            raise Refused(state.decode(), result.error_message.decode("utf-8", "replace"))
        if not result.ntuples:
            return ()
        return [(result.get_value(0, n) or b"").decode() for n in range(result.nfields)]

    def start(self, slot: str, publication: str, *, confirmed: int) -> None:
        """Let changes come from where the slot is.

        Raises:
            Refused
        """
        self.confirmed = confirmed
        self.command(
            f'START_REPLICATION SLOT "{slot}" LOGICAL 0/0 '
            f"(proto_version '1', publication_names '\"{publication}\"')"
        )

    def payloads(self, *, wait_s: float) -> Iterator[bytes]:
        """Whatever has come; nothing when nothing came for so long.

        Raises:
            ConnectionError: the server ended it, or the network did.
        """
        waited = False
        with self._lost():
            while True:
                size, view = self._conn.get_copy_data(1)
                if size > 0:
                    yield from self._heard(bytes(view))
                    waited = True
                elif size == 0:
                    ready, _, _ = select.select(
                        [self._conn.socket], [], [], 0 if waited else wait_s
                    )
                    waited = True
                    if not ready:
                        return
                    self._conn.consume_input()
                else:
                    raise ConnectionError("the server ended the stream")

    def say(self, *, ask: bool = False) -> None:
        """Tell the server what it may forget; `ask` for an answer."""
        at = self.confirmed
        micros = round((utc_now() - _EPOCH).total_seconds() * 1_000_000)
        with self._lost():
            self._conn.put_copy_data(_STATUS.pack(b"r", max(at, self.seen), at, at, micros, ask))
            self._conn.flush()

    def close(self) -> None:
        self._conn.finish()

    def _heard(self, message: bytes) -> Iterator[bytes]:
        self.heard = time.monotonic()
        if message[:1] == b"w":
            _, _, end, _ = _DATA.unpack_from(message)
            self.seen = max(self.seen, end)
            yield message[_DATA.size :]
        elif message[:1] == b"k":
            _, end, _, asked = _ALIVE.unpack(message)
            self.seen = max(self.seen, end)
            if asked:
                self.say()

    @contextmanager
    def _lost(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.Error, OSError) as error:
            raise ConnectionError(str(error)) from error
