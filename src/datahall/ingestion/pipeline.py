"""Stages that work at the same time, each a few batches ahead of the next."""

import contextlib
import queue
import threading
from collections.abc import Generator
from typing import Final, TypeVar

T = TypeVar("T")

DEPTH: Final = 1  # batches waiting between two stages: memory is bounded by it
POLL_S: Final = 0.1


class _End:
    """The last thing in a queue; carries what the stage raised."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Generator[T, None, None], *, depth: int = DEPTH) -> Generator[T, None, None]:
    """Yield what `items` yields, while a thread of its own already makes the next ones.

    What `items` raises is raised here.  Closing the iterator ends the thread and closes `items`
    in it, so that a stage that fails leaves no stage before it running.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(depth)
    over = threading.Event()

    def put(thing: T | _End) -> None:
        while not over.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put(thing, timeout=POLL_S)
                return

    def work() -> None:
        end = _End()
        try:
            with contextlib.closing(items):
                for item in items:
                    put(item)
                    if over.is_set():
                        return
        except BaseException as error:  # noqa: BLE001 - raised again by whoever iterates
            end = _End(error)
        put(end)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while not isinstance(thing := waiting.get(), _End):
            yield thing
        if thing.error is not None:
            raise thing.error
    finally:
        over.set()
        thread.join()
