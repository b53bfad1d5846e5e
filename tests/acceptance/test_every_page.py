"""Every page of the hall in a real Chromium, reached by its links as each kind of person.

axe finds nothing serious, nothing is wider than the window, no link is dead, nothing is logged
as an error by the browser; at a desk and on a phone.
"""

from functools import partial

import pytest
from playwright.sync_api import ConsoleMessage

from datahall import bootstrap
from datahall.kit import db
from datahall.web import assets
from datahall.web.app import create_app
from tests.tools import browser, live, small_city
from tests.tools.screens import sit_down
from tests.tools.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]


def note_error(faults: list[str], message: ConsoleMessage) -> None:
    if message.type == "error" and "404" not in message.text:  # a page that is not there is walked
        faults.append(f"{message.text} {message.location}")


@pytest.mark.parametrize("size", [browser.DESK, browser.PHONE], ids=["desk", "phone"])
def test_every_page_can_be_read_and_operated(size, fresh_dsn, tmp_path, request):
    assets.build()
    engine = db.engine(fresh_dsn)
    request.addfinalizer(engine.dispose)
    units = bootstrap.units(engine)
    city = small_city.plant(units)
    walk = Walk(create_app(engine), again=1)
    faults: list[str] = []
    with live.pages(fresh_dsn, tmp_path / "web.log") as address, browser.chromium() as chromium:
        for key in ("nobody", *city.people):
            with browser.window(chromium, size) as context:
                if key in city.people:
                    sit_down(context, address, units, city.people[key])
                context.on("console", partial(note_error, faults))
                for kind, page in walk.through(context, address):
                    faults += [f"{key} {kind}: {fault}" for fault in browser.faults(page)]
    assert faults == []
    assert walk.dead == []
