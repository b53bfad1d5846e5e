"""`make screens`: pictures of every page, as several people see it, on a desk and on a phone.

The pictures go to build/screens/<who>/ for somebody to look at beside the design.
"""

import os
import sys
from pathlib import Path

from datahall import bootstrap
from datahall.kit import cookies, db, postgres
from datahall.kit.uow import Units
from datahall.organisations import Person
from datahall.organisations.service.login import open_session
from datahall.web import assets
from datahall.web.app import create_app
from tests.tools import browser, live, small_city
from tests.tools.walk import Walk

OUT = browser.ROOT / "build/screens"


def main(who: list[str]) -> None:
    """Shoot the pages of these people (keys of small_city.PEOPLE), or of everybody and of nobody."""
    assets.build()
    with (
        postgres.scratch_folder("datahall-screens-") as folder,
        postgres.Server(folder / "pg", options=dict(postgres.FAST)) as server,
    ):
        os.environ["DATAHALL_HOME"] = str(folder)  # the keys of this hall
        dsn = server.create_database("screens")
        bootstrap.migrate(dsn)
        engine = db.engine(dsn)
        units = bootstrap.units(engine)
        city = small_city.plant(units)
        app = create_app(engine)
        with live.pages(dsn, folder / "web.log") as address, browser.chromium() as chromium:
            for key in who or ("nobody", *city.people):
                for size in (browser.DESK, browser.PHONE):
                    with browser.window(chromium, size) as context:
                        if key in city.people:
                            sit_down(context, address, units, city.people[key])
                        look(Walk(app), context, address, OUT / key, size[0])
        engine.dispose()


def sit_down(context: browser.BrowserContext, address: str, units: Units, person: Person) -> None:
    """Give the browser a session of the person."""
    with units.open() as unit:
        opened = open_session(unit, person, address="127.0.0.1", agent="screens")
    context.add_cookies([{"name": cookies.SESSION, "value": opened.token, "url": address}])


def look(walk: Walk, context: browser.BrowserContext, address: str, out: Path, width: int) -> None:
    for kind, page in walk.through(context, address):
        name = kind.strip("/").replace("/", "-").replace("{", "").replace("}", "") or "home"
        n = walk.seen.get(kind, 0)
        marker = "" if "?" not in page.url else "-query"
        browser.shoot(page, out / f"{name}{marker}{'' if n < 2 else f'-{n}'}-{width}.png")
        for fault in browser.faults(page):
            print(f"{out.name} {width} {page.url.removeprefix(address)}: {fault}")
    for path in walk.dead:
        print(f"{out.name} {width}: dead link {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
