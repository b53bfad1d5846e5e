"""How calls gather into batches before they are put on record."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

import pytest

from datahall.gateway import evidence
from datahall.gateway.call import Call
from datahall.gateway.evidence import Evidence, Sealing, Verdict
from datahall.gateway.readers import connect
from datahall.kit import db
from datahall.kit.clock import utc_now
from datahall.kit.crypto import Mac, Suite

FOR_EVER = 3600.0


@dataclass(slots=True)
class Book:
    """An evidence book on a real database, and how many calls each of its batches had."""

    dsn: str
    runner: asyncio.Runner
    evidence: Evidence = field(init=False)

    def __post_init__(self) -> None:
        self.evidence = Evidence(
            partial(connect, self.dsn), Sealing(key=Mac(Suite.INTL, b"k" * 32))
        )

    def batches(self) -> list[int]:
        """Sizes in the order of writing; calls of one batch share a transaction."""
        engine = db.engine(self.dsn)
        with engine.connect() as conn:
            rows = conn.exec_driver_sql(
                "select count(*) from gateway_calls group by xmin order by min(at)"
            ).all()
        engine.dispose()
        return [number for (number,) in rows]


@pytest.fixture
def book(fresh_dsn: str) -> Iterator[Book]:
    with asyncio.Runner() as runner:
        made = Book(fresh_dsn, runner)
        yield made
        runner.run(made.evidence.close())


async def kept(evidence: Evidence) -> Verdict:
    verdict, _ = await evidence.keep(Call(at=utc_now(), address="10.34.0.7"))
    return verdict


async def together(evidence: Evidence, *, arrive: int, under_way: int) -> list[Verdict]:
    """What becomes of some of the calls that are under way."""
    with ExitStack() as all_:
        for _ in range(under_way):
            all_.enter_context(evidence.expecting())
        return await asyncio.gather(*(kept(evidence) for _ in range(arrive)))


def test_a_call_that_is_alone_waits_for_nobody(book, monkeypatch):
    monkeypatch.setattr(evidence, "GATHER_S", FOR_EVER)
    assert book.runner.run(together(book.evidence, arrive=1, under_way=1)) == [Verdict.KEPT]


def test_half_of_the_calls_under_way_are_enough(book, monkeypatch):
    monkeypatch.setattr(evidence, "GATHER_S", FOR_EVER)
    got = book.runner.run(together(book.evidence, arrive=5, under_way=10))
    assert got == [Verdict.KEPT] * 5
    assert book.batches() == [5]


def test_a_batch_waits_until_half_are_there(book, monkeypatch):
    monkeypatch.setattr(evidence, "GATHER_S", FOR_EVER)

    async def one_after_the_other() -> None:
        with ExitStack() as all_:
            for _ in range(4):
                all_.enter_context(book.evidence.expecting())
            first = asyncio.create_task(kept(book.evidence))
            done, _ = await asyncio.wait([first], timeout=0.05)
            assert not done
            await kept(book.evidence)
            await first

    book.runner.run(one_after_the_other())
    assert book.batches() == [2]


def test_calls_that_do_not_come_are_not_waited_for_long(book):
    """They may have been refused by a slow read, or hang in it."""
    assert book.runner.run(together(book.evidence, arrive=1, under_way=16)) == [Verdict.KEPT]


def test_a_call_given_up_is_no_longer_expected(book, monkeypatch):
    monkeypatch.setattr(evidence, "GATHER_S", FOR_EVER)

    async def give_up() -> None:
        with pytest.raises(RuntimeError), book.evidence.expecting():
            raise RuntimeError
        with book.evidence.expecting():
            await kept(book.evidence)

    book.runner.run(give_up())
