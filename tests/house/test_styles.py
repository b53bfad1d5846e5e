"""A class of ours that a template uses is in the style sheets; one misspelt shows as nothing."""

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "src/datahall"
SHEETS = "".join(p.read_text() for p in (WEB / "web/static/css").glob("*.css"))
KNOWN = set(re.findall(r"\.(dh-[a-z0-9-]+)", SHEETS))


def test_every_class_of_ours_has_a_rule():
    used = {
        f"{path.name}: {name}"
        for path in WEB.rglob("templates/**/*.html")
        for value in re.findall(r'class="([^"]*)"', path.read_text())
        for name in re.findall(r"\bdh-[a-z0-9-]+", value)
        if name not in KNOWN
    }
    assert used == set()


def test_style_sheets_are_balanced():
    for path in (WEB / "web/static/css").glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert text.count("{") == text.count("}"), path.name


def test_nothing_comes_from_elsewhere():
    assert re.findall(r"url\(\s*['\"]?https?:|@import", SHEETS) == []
