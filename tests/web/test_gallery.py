"""The components in a real browser: readable, operable, and no wider than a phone."""

import mimetypes

import pytest

from datahall.web import assets
from tests.tools import browser
from tests.web.test_components import gallery

pytestmark = pytest.mark.browser
ADDRESS = "http://gallery.test/"


def answer(route):
    """The gallery and the static files, without a server."""
    path = route.request.url.removeprefix(ADDRESS).split("?")[0]
    if not path:
        route.fulfill(body=gallery(), content_type="text/html; charset=utf-8")
        return
    file = assets.STATIC / path.removeprefix("static/")
    route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])


@pytest.fixture(scope="module")
def chromium():
    assets.build()
    with browser.chromium() as made:
        yield made


@pytest.mark.parametrize("size", [browser.DESK, browser.PHONE], ids=["desk", "phone"])
def test_components_pass_axe_and_fit(chromium, size):
    with browser.window(chromium, size) as context:
        context.route("**/*", answer)
        page = context.new_page()
        page.goto(ADDRESS)
        browser.shoot(page, browser.ROOT / f"build/screens/gallery-{size[0]}.png")
        assert browser.faults(page) == []
