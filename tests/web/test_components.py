"""Every macro renders, as valid HTML5, from the plain shapes that its comment names."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import html5lib
import pytest
from jinja2 import ChoiceLoader, DictLoader

from datahall.kit.html import environment
from datahall.web import assets
from datahall.web.app import with_templates
from datahall.web.shell import Shell


@dataclass(frozen=True)
class Org:
    short_name: str
    seal: str
    kind: str


def cells(kinds: str) -> list[SimpleNamespace]:
    """One cell a letter; capital: today."""
    return [
        SimpleNamespace(
            kind={"g": "gap"}.get(k.lower(), k.lower()),
            today=k.isupper(),
            due=i == len(kinds) - 1,
            flag="今天" if k.isupper() else None,
            holiday="国庆" if k == "g" else None,
            day=date(2026, 10, i + 1),
        )
        for i, k in enumerate(kinds)
    ]


def clock(state: str, label: str, kinds: str) -> SimpleNamespace:
    return SimpleNamespace(
        state=state, label=label, note="10-20 截止", cells=cells(kinds),
        title="答复时限", headline="剩 2", unit="个工作日", deadline="10月20日（周二）24:00 截止",
        sentence="从 10月1日 起算 10 个工作日", facts=[("法定", "10 个工作日"), ("已用", 8)],
    )  # fmt: skip


CONTEXT = {
    "mz": Org("市民政局", "民", "city"),
    "jz": Org("金寨县", "寨", "county"),
    "st": Org("省民政厅", "省", "upper"),
    "big": clock("due", "剩 2 个工作日", "eepgeeEr"),
    "clocks": [
        clock("running", "剩 8 个工作日", "eErrrr"),
        clock("due", "今日截止", "eeeeE"),
        clock("overdue", "超期 1 个工作日", "eeeeeX"),
        clock("paused", "已暂停 2 个工作日", "eepP"),
        clock("done", "用时 3 个工作日", "eeerr"),
        clock("latedone", "用时 12 个工作日", "eeexx"),
    ],
    "steps": [
        SimpleNamespace(state=s, title=s, at="9-23 10:12", text="市人社局", due=s == "now")
        for s in ("done", "wait", "now", "todo")
    ],
    "url": lambda page: f"?page={page}",
}


def gallery() -> str:
    env = environment(with_templates(), asset=assets.address)
    source = (Path(__file__).parent / "gallery.html").read_text()
    env.loader = ChoiceLoader([env.loader, DictLoader({"gallery.html": source})])
    shell = Shell(csrf="t", city="六安", authority="六安市数据资源管理局")
    return env.get_template("gallery.html").render(CONTEXT, shell=shell, section="")


def test_every_macro_is_valid_html():
    html5lib.HTMLParser(strict=True).parse(gallery())


@pytest.mark.parametrize("word", ["剩 2", "市民政局", "341502********1234", "第二十条", "核验通过"])
def test_the_words_are_there(word):
    assert word in gallery()


def test_what_people_typed_is_escaped():
    env = environment(with_templates(), asset=assets.address)
    made = env.from_string(
        '{% import "components/ui.html" as ui with context %}{{ ui.field("a", "名称", value) }}'
    ).render(value='"><script>', shell=None)
    assert "<script>" not in made
