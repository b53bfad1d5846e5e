"""An application from the draft to the grant, and everything that refuses on the way."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from datahall.catalogue import ItemStatus, ShareScope, Sharing
from datahall.catalogue.tables import items
from datahall.deadlines import ClockState
from datahall.kit.uow import Unit, Units
from datahall.organisations import OrgKind
from datahall.security import NotPermitted, Role
from datahall.supply_demand import (
    Answer,
    Application,
    Citation,
    GrantedField,
    Status,
    answer,
    ask_extension,
    ask_supplement,
    decide_extension,
    draft,
    endorse,
    grants_changed_since,
    read,
    return_to_clerk,
    reveal_secret,
    revise,
    revoke,
    send,
    supplement,
    todos,
    withdraw,
)
from datahall.supply_demand.errors import (
    AskedAlready,
    ClockHasRunOut,
    ExtensionTooLong,
    ItemNotOffered,
    ItemWithheld,
    NoFieldAgreed,
    NotAtThisStage,
    NotWanted,
    OutOfScope,
    OwnApplication,
    OwnItem,
    ProposalIncomplete,
    ReasonRequired,
    RefusalIncomplete,
)
from datahall.supply_demand.model.application import ROUTES, StepKind
from datahall.supply_demand.repository import applications as repository
from datahall.supply_demand.repository import notices
from datahall.supply_demand.service import applying
from datahall.supply_demand.service.notices import take_note
from datahall.supply_demand.service.reading import case
from datahall.supply_demand.service.reminding import send_reminders
from tests.factories import add_city
from tests.supply_demand.factories import (
    MINZHENG,
    RENSHE,
    SHUGUAN,
    VAULT,
    add_cremations,
    make_actor,
    make_proposal,
)

CLERK = make_actor(Role.CLERK, name="许文静")
HEAD = make_actor(Role.REPRESENTATIVE, name="沈静宜")
DEVELOPER = make_actor(Role.DEVELOPER)
PROVIDER = make_actor(Role.REPRESENTATIVE, org=MINZHENG, name="周明远")
BUREAU = make_actor(Role.BUREAU, org=SHUGUAN)
ALL = tuple(GrantedField(n, masked=False) for n in ("gmsfhm", "xm", "hhrq"))
AGREE = Answer(agreed=True, fields=ALL)
REFUSE = Answer(
    agreed=False,
    reason="超出资格核验的必要范围",
    citation=Citation(document="政务数据共享条例", number="国务院令第809号", article="第二十条"),
)


@pytest.fixture
def unit(unit: Unit) -> Unit:
    add_city(unit.conn)
    return unit


def later(unit: Unit, **about: float) -> Unit:
    """The same transaction, some time later."""
    return replace(unit, now=unit.now + timedelta(**about))


def drafted(unit: Unit, **about) -> Application:
    return draft(unit, CLERK, add_cremations(unit).id, make_proposal(**about))


def sent(unit: Unit) -> Application:
    return send(unit, CLERK, drafted(unit).id)


def submitted(unit: Unit) -> Application:
    return endorse(unit, HEAD, sent(unit).id)


class TestDraft:
    def test_gets_the_days_next_number(self, unit: Unit):
        item = add_cremations(unit)
        codes = [draft(unit, CLERK, item.id, make_proposal()).code for _ in range(2)]

        assert codes == ["SQ20261016-0001", "SQ20261016-0002"]

    def test_comes_back_as_it_was(self, unit: Unit):
        application = drafted(unit, hours=(8, 18), addresses=("10.34.0.0/16",))

        assert repository.get(unit.conn, application.id) == application

    @pytest.mark.parametrize(
        ("about", "refusal"),
        [
            (
                {
                    "sharing": Sharing.WITHHELD,
                    "withheld_basis": "《档案法》（主席令第47号）第三十条",
                },
                ItemWithheld,
            ),
            ({"status": ItemStatus.DRAFT}, ItemNotOffered),
            ({"provider": RENSHE}, OwnItem),
        ],
    )
    def test_refuses_what_cannot_be_applied_for(self, unit: Unit, about, refusal):
        item = add_cremations(unit, **about)

        with pytest.raises(refusal):
            draft(unit, CLERK, item.id, make_proposal())

    def test_only_departments_in_the_scope_may_apply(self, unit: Unit):
        county = add_cremations(unit, share_scope=ShareScope(levels=(OrgKind.COUNTY,)))
        with pytest.raises(OutOfScope):
            draft(unit, CLERK, county.id, make_proposal())
        named = add_cremations(unit, title="另一项", share_scope=ShareScope(departments=(RENSHE,)))
        assert draft(unit, CLERK, named.id, make_proposal()).item == named.id

    def test_is_a_clerks_work(self, unit: Unit):
        item = add_cremations(unit)

        with pytest.raises(NotPermitted):
            draft(unit, DEVELOPER, item.id, make_proposal())

    def test_is_sent_only_when_complete(self, unit: Unit):
        application = drafted(unit, basis="")

        with pytest.raises(ProposalIncomplete):
            send(unit, CLERK, application.id)
        revise(unit, CLERK, application.id, make_proposal())
        assert send(unit, CLERK, application.id).status is Status.DEPARTMENT


class TestDepartment:
    def test_agrees_and_the_provider_receives_it_at_once(self, unit: Unit):
        application = submitted(unit)
        reading = case(unit, application).reading

        assert application.status is Status.PROVIDER
        assert reading is not None
        assert (reading.limit_days, str(reading.due_on)) == (10, "2026-10-30")
        assert [s.kind for s in repository.steps_of(unit.conn, application.id)] == [
            StepKind.DRAFTED,
            StepKind.SENT,
            StepKind.DEPARTMENT_AGREED,
            StepKind.RECEIVED,
        ]

    def test_unconditional_data_are_answered_by_the_make_up_saturday(self, unit: Unit):
        """Complaint 1 of the officials: Friday 17:00 before a holiday with a make-up Saturday."""
        friday = datetime(2026, 2, 13, 9, tzinfo=UTC)
        unit = replace(unit, now=friday)
        item = add_cremations(unit, sharing=Sharing.UNCONDITIONAL)
        application = draft(unit, CLERK, item.id, make_proposal())
        send(unit, CLERK, application.id)
        application = endorse(unit, HEAD, application.id)

        reading = case(later(unit, days=1), application).reading
        assert reading is not None
        assert (str(reading.due_on), reading.state) == ("2026-02-14", ClockState.DUE)

    def test_may_send_it_back_and_forth(self, unit: Unit):
        application = return_to_clerk(unit, HEAD, sent(unit).id, "补充依据条款")

        assert application.status is Status.RETURNED
        assert [t.kind for t in todos(unit, CLERK)] == ["修改申请"]
        assert send(unit, CLERK, application.id).status is Status.DEPARTMENT

    def test_is_of_the_applicant_only(self, unit: Unit):
        application = sent(unit)

        with pytest.raises(NotPermitted):
            endorse(unit, PROVIDER, application.id)
        with pytest.raises(NotPermitted):
            endorse(unit, CLERK, application.id)

    def test_cannot_agree_twice(self, unit: Unit):
        with pytest.raises(NotAtThisStage):
            endorse(unit, HEAD, submitted(unit).id)

    def test_does_not_agree_to_what_was_withdrawn_from_the_catalogue(self, unit: Unit):
        application = sent(unit)
        unit.conn.execute(sa.update(items).values(status="withdrawn"))

        with pytest.raises(ItemNotOffered):
            endorse(unit, HEAD, application.id)


class TestAgree:
    def test_creates_the_grant_and_its_credential_in_the_same_unit(self, unit: Unit):
        application = answer(unit, PROVIDER, submitted(unit).id, AGREE, vault=VAULT)

        assert application.status is Status.AGREED
        (terms,) = grants_changed_since(unit.conn, 0)
        assert terms.grant.application == application.id
        assert terms.grant.row_scope == application.proposal.row_scope
        assert {e.tag for e in unit.events} >= {
            "supply_demand:application:answer",
            "supply_demand:grant:issue",
        }

    def test_keeps_what_the_applicant_is_content_to_get_masked(self, unit: Unit):
        answer(unit, PROVIDER, submitted(unit).id, AGREE, vault=VAULT)

        (terms,) = grants_changed_since(unit.conn, 0)
        assert {f.name: f.masked for f in terms.grant.fields} == {
            "gmsfhm": False,
            "xm": True,
            "hhrq": False,
        }

    def test_may_give_some_fields_only_and_says_why(self, unit: Unit):
        application = submitted(unit)
        some = replace(AGREE, fields=ALL[:2])

        with pytest.raises(ReasonRequired):
            answer(unit, PROVIDER, application.id, some, vault=VAULT)
        application = answer(
            unit, PROVIDER, application.id, replace(some, reason="年月已够用"), vault=VAULT
        )
        assert application.is_partial
        (terms,) = grants_changed_since(unit.conn, 0)
        assert [f.name for f in terms.grant.fields] == ["gmsfhm", "xm"]

    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [((), NoFieldAgreed), ((*ALL, GrantedField("ssxq", masked=False)), NotWanted)],
    )
    def test_gives_something_and_nothing_else(self, unit: Unit, fields, refusal):
        with pytest.raises(refusal):
            answer(
                unit, PROVIDER, submitted(unit).id, Answer(agreed=True, fields=fields), vault=VAULT
            )
        assert grants_changed_since(unit.conn, 0) == []

    def test_lets_the_developer_fetch_the_secret(self, unit: Unit):
        answer(unit, PROVIDER, submitted(unit).id, AGREE, vault=VAULT)

        (todo,) = [t for t in todos(unit, DEVELOPER) if t.kind == "领取凭证"]
        (terms,) = grants_changed_since(unit.conn, 0)
        assert todo.url == f"/grants/{terms.grant.id}"
        assert reveal_secret(unit, DEVELOPER, terms.grant.id, vault=VAULT)
        assert [t.kind for t in todos(unit, DEVELOPER)] == ["知会"]


class TestRefuse:
    def test_ends_it_with_reason_and_citation(self, unit: Unit):
        application = answer(unit, PROVIDER, submitted(unit).id, REFUSE, vault=VAULT)

        assert application.status is Status.REFUSED
        assert grants_changed_since(unit.conn, 0) == []
        last = repository.steps_of(unit.conn, application.id)[-1]
        assert (
            last.note == "超出资格核验的必要范围，《政务数据共享条例》（国务院令第809号）第二十条"
        )

    @pytest.mark.parametrize(
        ("decision", "missing"),
        [
            (replace(REFUSE, reason=""), ["reason"]),
            (replace(REFUSE, citation=None), ["document", "number", "article"]),
            (
                replace(REFUSE, citation=Citation(document="条例", number="809号", article="")),
                ["article"],
            ),
        ],
    )
    def test_names_everything_that_is_missing(self, unit: Unit, decision, missing):
        with pytest.raises(RefusalIncomplete) as refused:
            answer(unit, PROVIDER, submitted(unit).id, decision, vault=VAULT)
        assert [f.field for f in refused.value.faults] == missing

    def test_tells_the_applicant(self, unit: Unit):
        answer(unit, PROVIDER, submitted(unit).id, REFUSE, vault=VAULT)

        (notice,) = todos(unit, CLERK)
        assert (notice.kind, notice.title) == ("知会", "殡葬火化登记信息")
        assert todos(unit, PROVIDER) == []


class TestWhoAnswers:
    @pytest.mark.parametrize(
        "actor",
        [
            HEAD,  # the applicant's own representative
            make_actor(Role.CLERK, org=MINZHENG),
            BUREAU,
            make_actor(Role.REPRESENTATIVE, org=SHUGUAN),
        ],
    )
    def test_nobody_but_the_providers_representative(self, unit: Unit, actor):
        with pytest.raises((NotPermitted, OwnApplication)):
            answer(unit, actor, submitted(unit).id, AGREE, vault=VAULT)

    def test_nothing_is_answered_before_the_own_department_agreed(self, unit: Unit):
        with pytest.raises(NotAtThisStage):
            answer(unit, PROVIDER, sent(unit).id, AGREE, vault=VAULT)

    def test_nothing_is_answered_twice(self, unit: Unit):
        application = answer(unit, PROVIDER, submitted(unit).id, REFUSE, vault=VAULT)

        with pytest.raises(NotAtThisStage):
            answer(unit, PROVIDER, application.id, AGREE, vault=VAULT)


class TestAtOnce:
    """Two people of the provider answer in the same moment."""

    def test_one_answer_counts_and_one_grant_exists(self, units: Units):
        with units.open() as unit:
            add_city(unit.conn)
            application = submitted(unit)
        outcomes: list[object] = []
        start = threading.Barrier(2)

        def decide() -> None:
            start.wait()
            try:
                with units.open() as unit:
                    outcomes.append(answer(unit, PROVIDER, application.id, AGREE, vault=VAULT))
            except NotAtThisStage as late:
                outcomes.append(late)

        people = [threading.Thread(target=decide) for _ in range(2)]
        for person in people:
            person.start()
        for person in people:
            person.join()

        assert sorted(type(o).__name__ for o in outcomes) == ["Application", "NotAtThisStage"]
        with units.open() as unit:
            assert len(grants_changed_since(unit.conn, 0)) == 1

    def test_case_numbers_are_given_once(self, units: Units):
        with units.open() as unit:
            add_city(unit.conn)
            item = add_cremations(unit)
        codes: list[str] = []

        def begin() -> None:
            with units.open() as unit:
                codes.append(draft(unit, CLERK, item.id, make_proposal()).code)

        clerks = [threading.Thread(target=begin) for _ in range(8)]
        for clerk in clerks:
            clerk.start()
        for clerk in clerks:
            clerk.join()

        assert sorted(c[-4:] for c in codes) == [f"{n:04d}" for n in range(1, 9)]


class TestSupplement:
    def test_stops_the_clock_until_it_is_there(self, unit: Unit):
        application = submitted(unit)
        asked = later(unit, days=3)  # Monday 10-19
        ask_supplement(asked, PROVIDER, application.id, "缺系统等保证明")
        assert [t.kind for t in todos(asked, CLERK)] == ["补正材料"]
        assert todos(asked, PROVIDER) == []

        waiting = case(later(unit, days=5), repository.get(unit.conn, application.id)).reading
        assert waiting is not None
        assert (waiting.state, waiting.paused_days) == (ClockState.PAUSED, 2)

        answered = later(unit, days=6)  # Thursday 10-22
        application = supplement(
            answered, CLERK, application.id, explanation="已附证明", reasons={"xm": "防止误录"}
        )
        reading = case(answered, application).reading
        assert reading is not None
        assert (reading.paused_days, str(reading.original_due_on), str(reading.due_on)) == (
            3, "2026-10-30", "2026-11-04",
        )  # fmt: skip
        assert application.status is Status.PROVIDER
        wanted = application.proposal.wanted("xm")
        assert wanted is not None
        assert wanted.reason == "防止误录"

    def test_is_asked_for_once(self, unit: Unit):
        application = submitted(unit)
        ask_supplement(unit, PROVIDER, application.id, "缺证明")
        supplement(unit, CLERK, application.id, explanation="已附", reasons={})

        with pytest.raises(AskedAlready):
            ask_supplement(unit, PROVIDER, application.id, "还缺一份")

    def test_does_not_save_who_is_late(self, unit: Unit):
        application = submitted(unit)

        with pytest.raises(ClockHasRunOut):
            ask_supplement(later(unit, days=15), PROVIDER, application.id, "缺证明")


class TestExtension:
    def test_counts_when_the_authority_agrees(self, unit: Unit):
        application = submitted(unit)
        ask_extension(unit, PROVIDER, application.id, days=5, reason="需逐县核对")
        (todo,) = todos(unit, BUREAU)
        assert todo.kind == "延期审批"

        application = decide_extension(unit, BUREAU, application.id, granted=True)

        reading = case(unit, application).reading
        assert reading is not None
        assert (reading.extension_days, str(reading.due_on)) == (5, "2026-11-06")
        assert [t.kind for t in todos(unit, CLERK)] == ["知会"]

    def test_does_not_when_it_refuses(self, unit: Unit):
        application = submitted(unit)
        ask_extension(unit, PROVIDER, application.id, days=5, reason="需逐县核对")

        application = decide_extension(unit, BUREAU, application.id, granted=False)

        assert application.extension_days == 0
        with pytest.raises(AskedAlready):
            ask_extension(unit, PROVIDER, application.id, days=5, reason="需逐县核对")

    @pytest.mark.parametrize("days", [0, 11])
    def test_is_limited_by_law(self, unit: Unit, days):
        with pytest.raises(ExtensionTooLong):
            ask_extension(unit, PROVIDER, submitted(unit).id, days=days, reason="需逐县核对")

    def test_is_the_authoritys_to_grant(self, unit: Unit):
        application = submitted(unit)
        ask_extension(unit, PROVIDER, application.id, days=5, reason="需逐县核对")

        with pytest.raises(NotPermitted):
            decide_extension(unit, PROVIDER, application.id, granted=True)


class TestWithdraw:
    def test_tells_the_provider_when_it_knew(self, unit: Unit):
        application = withdraw(unit, CLERK, submitted(unit).id, "改由省级接口获取")

        assert application.status is Status.WITHDRAWN
        assert [t.kind for t in todos(unit, PROVIDER)] == ["知会"]

    def test_is_too_late_after_the_answer(self, unit: Unit):
        application = answer(unit, PROVIDER, submitted(unit).id, REFUSE, vault=VAULT)

        with pytest.raises(NotAtThisStage):
            withdraw(unit, CLERK, application.id)


class TestRead:
    def test_by_its_parties_and_the_authority(self, unit: Unit):
        application = submitted(unit)

        for actor in (CLERK, DEVELOPER, PROVIDER, BUREAU):
            assert read(unit, actor, application.id) == application

    def test_by_nobody_else(self, unit: Unit):
        stranger = make_actor(Role.CLERK, Role.REPRESENTATIVE, org=None)

        with pytest.raises(NotPermitted):
            read(unit, stranger, submitted(unit).id)

    def test_a_draft_is_nobodys_business(self, unit: Unit):
        application = sent(unit)

        for actor in (PROVIDER, BUREAU):
            with pytest.raises(NotPermitted):
                read(unit, actor, application.id)


class TestNotices:
    def test_leave_the_list_when_seen_by_one_of_the_department(self, unit: Unit):
        answer(unit, PROVIDER, submitted(unit).id, AGREE, vault=VAULT)
        (terms,) = grants_changed_since(unit.conn, 0)
        revoke(unit, BUREAU, terms.grant.id, "超范围使用")

        for notice in notices.unseen(unit.conn, RENSHE):
            take_note(unit, DEVELOPER, notice.id)
        assert todos(unit, CLERK) == []
        assert [t.note for t in todos(unit, PROVIDER)] == [
            f"{BUREAU.org_name}终止了“智慧人社经办平台”的授权：超范围使用"
        ]


class TestReminders:
    def test_come_at_a_half_at_four_fifths_and_on_the_last_day(self, unit: Unit):
        """The desk hears of it once each, however often the loop turns."""
        application = submitted(unit)  # Friday 10-16, due 10-30
        heard = []
        for days in range(16):
            now = later(unit, days=days)
            for _ in range(2):
                send_reminders(now)
            fresh = notices.unseen(unit.conn, MINZHENG)
            heard += [(f"{now.now:%m-%d}", n.text.split("，")[0]) for n in fresh]
            for notice in fresh:
                take_note(now, PROVIDER, notice.id)

        assert heard == [
            ("10-23", f"{application.code} 剩 5 个工作日"),
            ("10-28", f"{application.code} 剩 2 个工作日"),
            ("10-30", f"{application.code} 今日截止"),
        ]

    def test_stop_with_the_answer(self, unit: Unit):
        application = submitted(unit)
        answer(unit, PROVIDER, application.id, REFUSE, vault=VAULT)

        assert send_reminders(later(unit, days=14)) == 0


class TestRoutes:
    """Local routes with a desk of the authority; each desk has its own clock."""

    def routed(self, unit: Unit, monkeypatch, name: str) -> Application:
        monkeypatch.setattr(applying, "_route", lambda *_: ROUTES[name])
        return submitted(unit)

    def test_r2_the_authority_checks_first(self, unit: Unit, monkeypatch):
        application = self.routed(unit, monkeypatch, "R2")
        assert (application.status, application.limit_days) == (Status.AUTHORITY, 2)
        with pytest.raises(NotPermitted):
            answer(unit, PROVIDER, application.id, AGREE, vault=VAULT)

        next_week = later(unit, days=3)
        application = answer(next_week, BUREAU, application.id, AGREE, vault=VAULT)

        assert (application.status, application.limit_days) == (Status.PROVIDER, 10)
        assert grants_changed_since(unit.conn, 0) == []
        reading = case(next_week, application).reading
        assert reading is not None
        assert str(reading.started_on) == "2026-10-19"
        application = answer(next_week, PROVIDER, application.id, AGREE, vault=VAULT)
        assert application.status is Status.AGREED

    def test_r3_the_authority_answers_alone(self, unit: Unit, monkeypatch):
        application = self.routed(unit, monkeypatch, "R3")

        assert answer(unit, BUREAU, application.id, AGREE, vault=VAULT).status is Status.AGREED
        assert len(grants_changed_since(unit.conn, 0)) == 1

    def test_r4_the_authority_confirms_and_may_give_less(self, unit: Unit, monkeypatch):
        application = self.routed(unit, monkeypatch, "R4")
        first = Answer(agreed=True, fields=ALL[:2], reason="年月已够用")
        answer(unit, PROVIDER, application.id, first, vault=VAULT)
        assert grants_changed_since(unit.conn, 0) == []

        with pytest.raises(NotWanted):
            answer(unit, BUREAU, application.id, AGREE, vault=VAULT)
        answer(unit, BUREAU, application.id, Answer(agreed=True, fields=ALL[:2]), vault=VAULT)
        assert len(grants_changed_since(unit.conn, 0)) == 1
