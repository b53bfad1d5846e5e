"""A lean load generator: one process, one thread, kept connections, requests made beforehand.

    python -m bench.load HOST PORT SECONDS CONNECTIONS < requests

Each connection sends its next request as soon as the answer to the last one is complete.
Prints one JSON object.
"""

import json
import re
import select
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Connection:
    """One socket and the answer that is arriving on it."""

    socket: socket.socket
    sent_at: float = 0.0
    buffer: bytes = b""
    end: int = 0  # of the answer in the buffer, once its head is there


@dataclass(slots=True)
class Figures:
    """What was seen."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)


def run(
    host: str, port: int, seconds: float, connections: int, requests: list[bytes]
) -> dict[str, Any]:
    """Send `requests` over `connections` for `seconds`, or until there are no more."""
    poll = select.epoll()
    open_: dict[int, Connection] = {}
    rest = iter(requests)
    for _ in range(connections):
        made = socket.create_connection((host, port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        open_[made.fileno()] = Connection(made)
        poll.register(made, select.EPOLLIN)
    seen = Figures()
    began = time.perf_counter()
    for connection in open_.values():
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(next(rest))
    ended = _exchange(poll, open_, rest, seen, began + seconds)
    for connection in open_.values():
        connection.socket.close()
    count = len(seen.latencies)
    quantiles = statistics.quantiles(seen.latencies, n=100) if count > 1 else [0.0] * 99
    return {
        "requests": count,
        "seconds": ended - began,
        "per_second": count / (ended - began),
        "p50_ms": quantiles[49] * 1000,
        "p99_ms": quantiles[98] * 1000,
        "statuses": seen.statuses,
    }


def _exchange(
    poll: select.epoll,
    open_: dict[int, Connection],
    rest: Iterator[bytes],
    seen: Figures,
    deadline: float,
) -> float:
    clock = time.perf_counter
    while True:
        for number, _ in poll.poll(5):
            connection = open_[number]
            arrived = connection.socket.recv(65536)
            if not arrived:
                raise ConnectionError("the server closed a connection")
            connection.buffer += arrived
            if not connection.end:
                head = connection.buffer.find(b"\r\n\r\n")
                if head < 0:
                    continue
                length = _LENGTH.search(connection.buffer, 0, head)
                connection.end = head + 4 + (int(length[1]) if length else 0)
            if len(connection.buffer) < connection.end:
                continue
            now = clock()
            seen.latencies.append(now - connection.sent_at)
            status = connection.buffer[9:12].decode()
            seen.statuses[status] = seen.statuses.get(status, 0) + 1
            connection.buffer, connection.end = b"", 0
            request = next(rest, None) if now < deadline else None
            if request is None:
                return now
            connection.sent_at = now
            connection.socket.send(request)


def main() -> None:
    host, port, seconds, connections = sys.argv[1:5]
    requests = [bytes.fromhex(line) for line in sys.stdin.read().split()]
    print(json.dumps(run(host, int(port), float(seconds), int(connections), requests)))


if __name__ == "__main__":
    main()
