"""The loop of organisations: what no longer opens anything is forgotten."""

from datahall.kit.jobs import Loop
from datahall.kit.uow import Units
from datahall.organisations.repository import logins
from datahall.organisations.service.login import FAMILIAR, limits

EVERY_S = 3600.0


def tidy(units: Units) -> None:
    """Forget sessions, links and failures that are over; the ledger keeps the acts (清理)."""
    with units.open() as unit:
        rules = limits()
        logins.forget_sessions_before(unit.conn, unit.now - max(rules.absolute, FAMILIAR))
        logins.forget_links_before(unit.conn, unit.now)
        logins.forget_failures_before(unit.conn, unit.now - rules.lock)


LOOPS = (Loop("organisations:tidy", EVERY_S, tidy),)
