"""The entry of the command line."""

import importlib
import sys
from typing import Final

import typer

from datahall.kit import logs
from datahall.kit.errors import CannotStart, DomainError
from datahall.kit.messages import sentence

QUICK: Final = {
    "receipt": "datahall.ledger.commands",
    "ledger": "datahall.ledger.commands",
    "certificate": "datahall.ledger.commands",
    "call": "datahall.client.commands",
}
"""Commands that start without the rest of the hall: seconds count when one runs them often."""


def command_line(first: str) -> typer.Typer:
    """The commands that `first`, the first word typed, may be about."""
    if first not in QUICK:
        whole: typer.Typer = importlib.import_module("datahall.cli.commands").app
        return whole
    part = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    part.add_typer(importlib.import_module(QUICK[first]).app)
    part.callback()(_nothing)  # keeps the command's own name in front of its words
    return part


def _nothing() -> None:
    """政务数据大厅 DataHall。"""


def main() -> None:
    """Run a command; a refusal is one sentence and exit code 1, never a traceback."""
    logs.configure()
    try:
        command_line(sys.argv[1] if len(sys.argv) > 1 else "")()
    except DomainError as refused:
        sys.stderr.write(sentence(refused.code, refused.detail) + "\n")
        sys.exit(1)
    except CannotStart as reason:
        sys.stderr.write(f"{reason}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
