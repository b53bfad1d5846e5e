"""Write docs/reference from the code; a house test compares.

python -m tools.reference
"""

import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from pydantic_core import PydanticUndefined
from typer.main import get_command

import datahall
from datahall.cli.main import command_line
from datahall.kit import db
from datahall.kit.errors import DomainError
from datahall.kit.events import REGISTRY
from datahall.kit.messages import catalogue
from datahall.kit.settings import Settings
from datahall.security import POLICY, Role
from datahall.web.app import create_app

FOLDER: Final = Path(__file__).parents[1] / "docs/reference"
SOURCE: Final = Path(datahall.__file__).parent


def _import_everything() -> None:
    """So that every error, act and table is known."""
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        if "migrations" not in parts and parts[-1] not in ("__main__", "asgi"):
            importlib.import_module(".".join(p for p in parts if p != "__init__"))


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(c) for c in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0]


def _family(base: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in base.__subclasses__():
        yield child
        yield from _family(child)


def openapi() -> str:
    nowhere = sa.create_engine("postgresql+psycopg://")
    return json.dumps(create_app(nowhere).openapi(), ensure_ascii=False, indent=1) + "\n"


def errors() -> str:
    rows = sorted(
        (f"`{e.code}`", e.status, _first_line(e), catalogue().get(e.code, ""))
        for e in set(_family(DomainError))
        if "code" in e.__dict__
    )
    return (
        "# Errors\n\nEvery refusal is `application/problem+json` with one of these codes.\n\n"
        + _table(("code", "status", "meaning", "sentence on the screen"), rows)
    )


def events() -> str:
    rows = sorted(
        (f"`{tag}`", _first_line(cls), ", ".join(f"`{f}`" for f in cls.__dataclass_fields__))
        for tag, cls in REGISTRY.items()
        if cls.__module__.startswith("datahall.")
    )
    return (
        "# Acts\n\nEvery act is a leaf of the ledger, committed together with what it did.\n\n"
        + _table(("tag", "what happened", "fields"), rows)
    )


def settings() -> str:
    rows: list[tuple[object, ...]] = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, PydanticUndefined) else f"`{field.default}`"
        variable = "DATABASE_URL" if name == "database_url" else f"DATAHALL_{name.upper()}"
        rows.append((f"`{variable}`", f"`{name}`", default, field.description or ""))
    return (
        "# Settings\n\nFrom the environment, or from `datahall.toml` in the working folder.\n\n"
        + _table(("variable", "in datahall.toml", "default", "meaning"), rows)
    )


def tables() -> str:
    parts = ["# Tables\n\nThe state database; datasets live in schema `hall` beside it.\n"]
    for table in sorted(db.metadata.tables.values(), key=lambda t: t.name):
        parts.append(f"## {table.name}\n\n{table.comment or ''}\n")
        parts.append(
            _table(
                ("column", "type", "null", "meaning"),
                [
                    (
                        f"`{c.name}`",
                        c.type.compile(dialect=sa.dialects.postgresql.dialect()),
                        "yes" if c.nullable else "no",
                        c.comment or "",
                    )
                    for c in table.columns
                ],
            )
        )
    return "\n".join(parts)


def permissions() -> str:
    roles = list(Role)
    rows = [
        (f"`{act}`", *(rules[role].value if role in rules else "" for role in roles))
        for act, rules in POLICY.items()
    ]
    return (
        "# Permissions\n\nWhat is not here is denied. `own`: things of the person's own "
        "organisation; `any`: whoever owns them.\n\n"
        + _table(("act", *(r.value for r in roles)), rows)
    )


def commands() -> str:
    lines = ["# Commands\n"]

    def walk(command: object, path: str) -> None:
        children = getattr(command, "commands", None)
        if children:
            for name in sorted(children):
                walk(children[name], f"{path} {name}")
            return
        lines.append(f"## `{path}`\n\n{(getattr(command, 'help', '') or '').strip()}\n")
        rows = [
            (
                f"`{' '.join(getattr(p, 'opts', [])) or p.name}`",
                "yes" if p.required else "no",
                getattr(p, "help", "") or "",
            )
            for p in getattr(command, "params", [])
            if p.name != "help"
        ]
        if rows:
            lines.append(_table(("parameter", "required", "meaning"), rows))

    walk(get_command(command_line("")), "datahall")
    return "\n".join(lines)


DOCUMENTS: Final[dict[str, Callable[[], str]]] = {
    "openapi.json": openapi,
    "errors.md": errors,
    "events.md": events,
    "settings.md": settings,
    "tables.md": tables,
    "permissions.md": permissions,
    "commands.md": commands,
}


def render() -> dict[str, str]:
    """Each document's name and text."""
    _import_everything()
    return {name: make() for name, make in DOCUMENTS.items()}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in render().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
