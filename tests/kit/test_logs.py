"""Lines of the log: one JSON object each, and never what people wrote or are."""

import asyncio
import io
import json
import logging
import logging.config

import pytest
import sqlalchemy as sa
import structlog

from datahall.kit import edge, logs

SOMEBODY = "欧阳建国"  # named here only: a traceback shows the lines of the program


@pytest.fixture
def lines():
    """What is logged, as a list of objects; a line that is no JSON fails."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)


def refused(unit):
    """A statement that fails on a value of somebody."""
    unit.conn.execute(sa.text("create temp table t (xm text primary key, n int not null)"))
    insert = sa.text("insert into t values (:xm, :n)")
    unit.conn.execute(insert, {"xm": SOMEBODY, "n": 1})
    unit.conn.execute(insert, {"xm": SOMEBODY, "n": 2})


def null(unit):
    unit.conn.execute(sa.text("create temp table t (xm text, n int not null)"))
    unit.conn.execute(sa.text("insert into t values (:xm, null)"), {"xm": SOMEBODY})


def copied(unit):
    unit.conn.execute(sa.text("create temp table t (n int)"))
    with unit.conn.connection.driver_connection.cursor().copy("copy t from stdin") as copy:
        copy.write(SOMEBODY + "\n")


@pytest.mark.parametrize("fails", [refused, null, copied])
def test_a_failing_statement_tells_no_value(unit, lines, fails):
    try:
        with unit.conn.begin_nested():
            fails(unit)
    except Exception:
        logging.getLogger("test").exception("it failed")
    found = lines()
    assert len(found) == 1
    assert "test_logs.py" in found[0]["exception"]
    assert "2" in found[0]["exception"]  # the class of the code at least
    assert "欧阳" not in json.dumps(found, ensure_ascii=False)


def test_what_led_to_an_error_is_told_too(lines):
    second = ValueError("second")
    second.__cause__ = KeyError("first")
    try:
        raise second
    except ValueError:
        logging.getLogger("test").exception("both")
    told = lines()[0]["exception"]
    assert told.index("KeyError: 'first'") < told.index("ValueError: second")


def test_the_servers_own_lines_are_objects():
    config = json.loads(logs.GRANIAN.read_text())
    formatter = logging.config.DictConfigurator(config).configure_formatter(
        config["formatters"]["ours"]
    )
    record = logging.LogRecord("_granian", 20, "", 0, "Starting granian (pid: %s)", (1,), None)
    assert json.loads(formatter.format(record))["event"] == "Starting granian (pid: 1)"


@pytest.mark.parametrize("told", [True, False])
def test_the_edge_logs_once_and_answers(told):
    async def broken(scope, *_):
        if told:
            scope[edge.TOLD] = True
        raise ZeroDivisionError

    sent = []

    async def send(message):
        sent.append(message)

    with structlog.testing.capture_logs() as logged:
        scope = {"type": "http", "method": "GET", "path": "/"}
        asyncio.run(edge.Edge(broken)(scope, None, send))
    assert sent[0]["status"] == 500
    assert len(logged) == (0 if told else 1)
