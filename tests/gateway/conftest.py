import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from starlette.applications import Starlette

from datahall.client import Client
from datahall.gateway.asgi import Parts, assemble
from datahall.kit.clock import utc_now
from datahall.kit.settings import Settings
from tests.gateway.hall import Caller, Hall, open_hall

T = TypeVar("T")


class InProcess(httpx.BaseTransport):
    """Sends a client's requests to an application that runs on the test's own loop."""

    def __init__(self, app: Starlette, runner: asyncio.Runner, address: str) -> None:
        self._runner = runner
        self._asgi = httpx.ASGITransport(app, client=(address, 50_000))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def handle() -> httpx.Response:
            got = await self._asgi.handle_async_request(request)
            await got.aread()
            return got

        got = self._runner.run(handle())
        return httpx.Response(got.status_code, headers=got.headers, content=got.content)


class Clock:
    """The gateway's clock, which a test may set ahead."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


class Served:
    """The gateway in this process; its loops run while a call runs."""

    def __init__(self, hall: Hall, runner: asyncio.Runner, parts: Parts, clock: Clock) -> None:
        self.hall, self.runner, self.parts, self.clock = hall, runner, parts, clock
        self.app = Starlette(routes=parts.routes())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def refresh(self) -> None:
        self.run(self.parts.book.refresh())

    def transport(self, address: str = "10.34.0.7") -> InProcess:
        return InProcess(self.app, self.runner, address)

    def client(self, caller: Caller, *, address: str = "10.34.0.7", **other: str) -> Client:
        """A client of the caller, which the gateway has heard of."""
        self.refresh()
        given = {
            "app_id": caller.grant.app_id,
            "secret": caller.secret,
            "grant": str(caller.grant.id),
        }
        return Client("http://gateway", **given | other, transport=self.transport(address))


@pytest.fixture
def hall(fresh_dsn: str, tmp_path: Path) -> Iterator[Hall]:
    with open_hall(fresh_dsn, tmp_path / "keys") as made:
        yield made


Serve = Callable[[Hall], AbstractContextManager[Served]]


@contextmanager
def _serve(hall: Hall) -> Iterator[Served]:
    with asyncio.Runner() as runner:
        clock = Clock()
        parts = assemble(Settings(database_url=hall.dsn), hall.keys, clock=clock)
        yield Served(hall, runner, parts, clock)
        runner.run(parts.close())


@pytest.fixture
def serve() -> Serve:
    return _serve


@pytest.fixture
def served(hall: Hall) -> Iterator[Served]:
    with _serve(hall) as made:
        yield made
