"""Structured logs: one JSON object a line in a file, coloured lines at a terminal."""

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

GRANIAN: Final = Path(__file__).with_name("granian.json")
"""How the web server logs: through `formatter`, like everything else."""

_QUOTING: Final = ("psycopg", "sqlalchemy", "asyncpg", "pymysql", "pyarrow", "polars", "pydantic")
"""Libraries whose errors quote the values that they stumbled over: names, numbers of people."""


def told(error: BaseException) -> str:
    """What the log says of an error: never a value of a row.

    Of a database's error its code and the names of table and constraint are left.
    """
    if not type(error).__module__.startswith(_QUOTING):
        return f"{type(error).__qualname__}: {error}"
    cause = getattr(error, "orig", None) or error
    diag = getattr(cause, "diag", cause)
    names = ("sqlstate", "table_name", "constraint_name", "column_name")
    parts = [str(found) for name in names if (found := getattr(diag, name, None))]
    if cause.args and isinstance(cause.args[0], int):  # the number of a MySQL error
        parts.append(str(cause.args[0]))
    if isinstance(statement := getattr(error, "statement", None), str):  # with placeholders
        parts.append(f"[{' '.join(statement.split())[:300]}]")
    return f"{type(cause).__qualname__}: {' '.join(parts)}".rstrip(": ")


def traceback_of(error: BaseException) -> str:
    """Where an error and those behind it came from, as Python prints it but for the values."""
    return "\n".join(_blocks(error, set()))


def _blocks(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if behind is not None and id(behind) not in seen:
        yield from _blocks(behind, seen)
        yield "that led to:"
    yield "".join(traceback.format_tb(error.__traceback__)) + told(error)
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _blocks(part, seen)


def _with_traceback(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = traceback_of(error)
    return event


_SHARED: Final[list[structlog.typing.Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _with_traceback,
]


def formatter() -> structlog.stdlib.ProcessorFormatter:
    """How a record of any logger becomes a line."""
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def configure() -> None:
    """Set up this process's logs; the standard library's loggers come out the same way."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("httpx", "httpcore", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if not sys.stderr.isatty():
        sys.excepthook = _uncaught
        threading.excepthook = lambda ended: _uncaught(ended.exc_type, ended.exc_value, None)


def _uncaught(_kind: object, error: BaseException | None, _trace: object) -> None:
    """What nobody caught is a line like any other."""
    logging.getLogger("datahall").critical("uncaught", exc_info=error)
