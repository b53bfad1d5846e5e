"""Other packages enter a capability by its front door: the package itself."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src/datahall"
ASSEMBLERS = {"web", "cli", "worker", "bootstrap", "kit", "demo", "client"}
CAPABILITIES = {p.name for p in SRC.iterdir() if p.is_dir()} - ASSEMBLERS - {"__pycache__"}
MODULES = sorted(p for p in SRC.rglob("*.py") if p.relative_to(SRC).parts[0] in CAPABILITIES)


def back_doors(path: Path) -> list[str]:
    """Imports in `path` that reach past another capability's `__init__`."""
    own = path.relative_to(SRC).parts[0]
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            targets = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            continue
        for target in targets:
            root, cap, inner, *_ = [*target.split("."), "", ""]
            if (
                root == "datahall"
                and cap in CAPABILITIES - {own}
                and (SRC / cap / f"{inner}.py").exists()
            ):
                found.append(f"line {node.lineno}: {target}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SRC)))
def test_module_uses_front_doors(path: Path) -> None:
    assert back_doors(path) == []


@pytest.mark.parametrize("capability", sorted(CAPABILITIES))
def test_no_module_hides_a_name_of_the_front_door(capability: str) -> None:
    """When `x/y.py` is first imported later, `x.y` becomes that module, whatever `x` gave this name."""
    folder = SRC / capability
    modules = {p.stem for p in folder.glob("*.py")} | {
        p.parent.name for p in folder.glob("*/__init__.py")
    }
    door = ast.parse((folder / "__init__.py").read_text())
    given = {
        alias.asname or alias.name
        for node in door.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if node.module != f"datahall.{capability}.{alias.asname or alias.name}"
    }
    assert given & modules == set()
