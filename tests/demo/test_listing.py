"""The lists of the demo city stand at several stages, and its gaps and exemptions are real."""

from collections import Counter

from datahall import coverage, lists
from datahall.coverage import ExemptionStatus, State
from datahall.demo import cast, listing
from datahall.kit.clock import local_date
from datahall.lists import ListStatus
from datahall.lists.service import reading


def test_departments_stand_at_several_stages_once(units):
    with units.open() as unit:
        cast.assemble(unit)
        today = local_date(unit.now)
    for _ in range(2):  # an interrupted start begins again
        listing.fill(units, today=today)
    with units.open() as unit:
        bureau = cast.actor(unit, "bureau")
        clerk = {key: cast.actor(unit, f"{key}.clerk") for key in ("civil", "police", "market")}
        stages = Counter(
            version.status
            for actor in clerk.values()
            for version in reading.repository.of_org(unit.conn, actor.org)
        )
        account = coverage.account_of(unit, bureau, clerk["civil"].org)
        states = Counter(one.state for one in account.subjects)
        waiting = coverage.exemptions(unit, bureau, stage=ExemptionStatus.ASKED)
        assert stages == {
            ListStatus.PUBLISHED: 1, ListStatus.SIGN_OFF: 1,
            ListStatus.RETURNED: 1, ListStatus.FILLING: 1,
        }  # fmt: skip
        assert states[State.EXEMPT] == states[State.ASKED] == 1
        assert [one.name for one in waiting] == ["养老服务平台"]
        assert {t.kind for t in lists.todos(unit, clerk["police"])} >= {"清单退回"}
