"""What the documents say of tests, links, commands, accounts and days is true."""

import ast
import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from datahall.cli.commands import app
from datahall.deadlines import LIMITS, Calendar
from datahall.deadlines.repository import published
from datahall.demo import cast

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
THREATS = (DOCS / "threat-model.md").read_text()
TUTORIAL = (DOCS / "tutorial.md").read_text()
CLOCKS = (DOCS / "explain/clocks.md").read_text()
NAMED = re.findall(r"`([\w/]+\.py)::([\w:]+)`", THREATS)


@cache
def written_in(path):
    """`Class::test` and `test` of every test in a file."""
    found = set()
    for node in ast.parse((ROOT / "tests" / path).read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{f.name}" for f in node.body if isinstance(f, ast.FunctionDef)}
    return found


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_every_named_test_exists(path, test):
    assert test in written_in(path)


def test_every_threat_names_its_test():
    rows = [line for line in THREATS.splitlines() if line.startswith("|") and line.count("|") == 4]
    threats = [row for row in rows if not row.startswith(("| threat", "|---"))]
    assert len(threats) > 30
    assert [row for row in threats if "::" not in row] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", text)
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_every_command_is_there():
    """In code: what begins with `datahall` is a command, with its sub-command."""
    known = get_command(app).commands
    used = re.compile(r"(?:^ {4}(?:\S+/)?|`)datahall ([a-z-]+)(?: ([a-z]+))?", re.MULTILINE)
    named = {found for page in PAGES for found in used.findall(page.read_text())}

    assert len(named) > 5
    for name, second in named:
        assert name in known
        if commands := getattr(known[name], "commands", None):
            assert second in commands


def test_the_tutorial_has_the_accounts_of_the_demo_city():
    told = dict(re.findall(r"^\| `([a-z.]+)` \| (\S+) \|", TUTORIAL, re.MULTILINE))
    people = {member.login: member.name for member in cast.CAST}

    assert told.items() <= people.items()
    assert len(told) == 5
    assert f"`{cast.PASSWORD}`" in TUTORIAL


def test_the_table_of_limits_is_the_programs():
    told = re.findall(r"^\| (\w\d) \| .+? \| .+? \| (\d+) \| (\S+) \|", CLOCKS, re.MULTILINE)

    assert {code: int(days) for code, days, _ in told} == {c: n.days for c, n in LIMITS.items()}
    assert {c: int(e) if e.isdigit() else 0 for c, _, e in told} == {
        c: n.extension_days for c, n in LIMITS.items()
    }


def test_the_example_of_a_limit_is_counted_by_the_calendar():
    assert "2026 年 9 月 28 日（周一）送达" in CLOCKS
    assert "第 10 个工作日是 10 月 16 日（周五）" in CLOCKS

    assert Calendar.of(published()).due_on(date(2026, 9, 28), 10) == date(2026, 10, 16)


def test_the_code_names_no_paper_that_is_not_here():
    """Who reads a line must be able to find what it refers to."""
    named = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"\b[A-Za-z-]+\.md\b", path.read_text())
    }
    assert named <= {page.name for page in PAGES}
