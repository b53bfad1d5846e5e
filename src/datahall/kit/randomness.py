"""Random bytes, drawn from the system by the page.

Each draw is a system call during which the interpreter is given to another thread; the gateway,
which needs two a call, lost a quarter of its throughput to that.
"""

import os
from collections import deque
from typing import Final

SIZE: Final = 16
_CHUNKS: Final = 256

_ready: deque[bytes] = deque()
os.register_at_fork(after_in_child=_ready.clear)  # a child must not repeat its parent


def random_16() -> bytes:
    """Sixteen random bytes, as good as `os.urandom`'s; safe to call from any thread."""
    try:
        return _ready.popleft()
    except IndexError:
        page = os.urandom(SIZE * _CHUNKS)
        _ready.extend(page[at : at + SIZE] for at in range(SIZE, len(page), SIZE))
        return page[:SIZE]
