"""Every macro renders, as valid HTML5, from the plain shapes that its comment names."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import ChoiceLoader, DictLoader

from datahall.deadlines import Calendar, Clock, Pause, Reading, SpecialDay
from datahall.kit.html import environment
from datahall.web import assets
from datahall.web.app import with_templates
from datahall.web.shell import Shell
from tests.tools.judge import faults_of


@dataclass(frozen=True)
class Org:
    short_name: str
    seal: str
    kind: str


CALENDAR = Calendar.of(
    [
        *(SpecialDay(date(2026, 10, d), works=False, name="国庆节") for d in range(1, 8)),
        SpecialDay(date(2026, 10, 10), works=True, name="国庆节调休"),
    ]
)
TODAY = date(2026, 10, 16)


def reading(month: int, day: int, **facts: object) -> Reading:
    """A limit of ten working days that began on a day of 2026, as it stands on 16 October."""
    clock = Clock(**{"started_on": date(2026, month, day), "limit_days": 10, **facts})
    return clock.read(CALENDAR, TODAY)


CONTEXT = {
    "mz": Org("市民政局", "民", "city"),
    "jz": Org("金寨县", "寨", "county"),
    "st": Org("省民政厅", "省", "upper"),
    "clocks": [
        reading(10, 14),
        reading(9, 24, pauses=(Pause(date(2026, 9, 29), date(2026, 10, 9)),)),
        reading(9, 28),
        reading(9, 24),
        reading(10, 12, pauses=(Pause(date(2026, 10, 14)),)),
        reading(10, 12, finished_on=date(2026, 10, 15)),
        reading(9, 18, finished_on=TODAY),
    ],
    "steps": [
        SimpleNamespace(state=s, title=s, at="9-23 10:12", text="市人社局", due=s == "now")
        for s in ("done", "wait", "now", "todo")
    ],
    "today": TODAY,
    "url": lambda page: f"?page={page}",
}


def test_a_clock_shows_every_state():
    states = [c.state.value for c in CONTEXT["clocks"]]
    assert states == ["running", "due", "due", "overdue", "paused", "done", "latedone"]


def gallery() -> str:
    env = environment(with_templates(), asset=assets.address)
    source = (Path(__file__).parent / "gallery.html").read_text()
    env.loader = ChoiceLoader([env.loader, DictLoader({"gallery.html": source})])
    shell = Shell(csrf="t", city="六安", authority="六安市数据资源管理局")
    return env.get_template("gallery.html").render(CONTEXT, shell=shell, section="")


def test_every_macro_is_valid_html():
    assert faults_of(gallery()) == []


@pytest.mark.parametrize(
    "word", ["今日截止", "市民政局", "341502********1234", "第二十条", "核验通过"]
)
def test_the_words_are_there(word):
    assert word in gallery()


def test_what_people_typed_is_escaped():
    env = environment(with_templates(), asset=assets.address)
    made = env.from_string(
        '{% import "components/ui.html" as ui with context %}{{ ui.field("a", "名称", value) }}'
    ).render(value='"><script>', shell=None)
    assert "<script>" not in made
