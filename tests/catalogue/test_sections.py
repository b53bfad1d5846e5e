"""Higher packages add blocks to the page of an entry."""

from dataclasses import replace

import pytest
from jinja2 import ChoiceLoader, DictLoader

from datahall.catalogue import EntrySections, Section, repository
from tests.tools import small_city
from tests.web.people import hall, sit_down

TEMPLATE = "{% import 'components/ui.html' as ui with context %}{{ ui.tag(content.word) }}"


@pytest.mark.parametrize("place", ["main", "side"])
def test_a_section_is_shown_to_who_may_see_the_entry(units, fresh_dsn, place):
    city = small_city.plant(units)
    asked = []

    def sections(_unit, question):
        asked.append((question.item.title, question.actor.name))
        yield Section(
            key="lineage",
            title="血缘 <1>",
            template="test/lineage.html",
            content={"word": "来自 a & b"},
            place=place,
        )

    with units.open() as unit:
        item = next(d for d in repository.drafts(unit.conn) if d.title == "最低生活保障对象信息")
    with hall(fresh_dsn) as client:
        app = client.app
        app.state.pages.loader = ChoiceLoader(
            [app.state.pages.loader, DictLoader({"test/lineage.html": TEMPLATE})]
        )
        app.state.units = replace(app.state.units, answerers={EntrySections: [sections]})
        sit_down(client, units, city.people["applicant"])
        page = client.get(f"/catalogue/items/{item.id}").text
    assert asked == [("最低生活保障对象信息", "许文静")]
    assert 'id="lineage"' in page
    assert "血缘 &lt;1&gt;" in page
    assert "来自 a &amp; b" in page
