import threading
import time

import pytest

from datahall.ingestion.pipeline import ahead


def counting(n, made, closed):
    try:
        for i in range(n):
            made.append(i)
            yield i
    finally:
        closed.append(True)


def test_yields_everything_in_order():
    assert list(ahead(counting(50, [], []))) == list(range(50))


def test_is_only_a_few_items_ahead():
    made, closed = [], []
    items = ahead(counting(100, made, closed))
    next(items)
    time.sleep(0.2)
    assert len(made) <= 3
    items.close()


def test_raises_what_the_stage_raised():
    def broken():
        yield 1
        raise ZeroDivisionError

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(ZeroDivisionError):
        next(items)


def test_closing_ends_the_stages_before_it():
    closed = []
    before = threading.active_count()
    items = ahead(ahead(counting(100, [], closed)))
    next(items)
    items.close()
    assert closed == [True]
    assert threading.active_count() == before
