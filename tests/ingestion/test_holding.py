"""Loads that would delete a large part of a register wait for a person."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from datahall import ingestion
from datahall.ingestion import Kind, LoadState, SourceForm, TaskStatus, repository
from datahall.ingestion.errors import NothingHeld
from datahall.ingestion.holding.model import Guard, Hold
from datahall.ingestion.tasks import run_due
from datahall.kit.errors import Invalid
from datahall.kit.ids import LoadId, new_id
from datahall.kit.messages import sentence
from datahall.organisations import seed
from datahall.organisations.repository import structure
from datahall.security import NotPermitted, Role
from datahall.store import Leaving
from tests.factories import POLICE, add_person, make_actor
from tests.ingestion.conftest import CLERK, HEAD, PERSONS, add_persons
from tests.web import people

REASON = "停办，名册已移交"


def register(rows):
    return ("证号,姓名\n" + "".join(f"ZH{i:06},张{i}\n" for i in range(rows))).encode()


def send(unit, source, rows, *, actor=CLERK):
    content = io.BytesIO(register(rows))
    return ingestion.upload(unit, actor, source.id, name="火化登记.csv", content=content)


@pytest.fixture
def mounted(mount):
    """A register of 500 rows in the hall."""
    made = mount(
        SourceForm(name="火化登记", kind=Kind.CSV),
        "火化登记",
        key=("证号",),
        prepare=lambda unit, source: send(unit, source, 500),
    )
    assert made.run().inserted == 500
    return made


def replaced(mounted, rows):
    """Another file of the same name, and what the next load makes of it."""
    with mounted.units.open() as unit:
        send(unit, mounted.source, rows)
    return mounted.run()


def held(mounted):
    with mounted.units.open() as unit:
        return ingestion.held(unit, CLERK, mounted.task.id)


def confirm(mounted, hold, reason=REASON):
    with mounted.units.open() as unit:
        return ingestion.confirm(unit, CLERK, mounted.task.id, hold.load, reason=reason)


class TestGuard:
    @pytest.mark.parametrize(
        ("rows", "going", "stops"),
        [
            (5000, 1000, False),  # not more than a fifth
            (5000, 1001, True),
            (5000, 5000, True),
            (100, 99, False),  # too few to ask
            (100, 100, True),
            (0, 0, False),
        ],
    )
    def test_asks_above_a_share_and_a_number(self, rows, going, stops):
        assert Guard(percent=20, rows=100).stops(rows=rows, going=going) is stops

    def test_a_confirmation_covers_what_was_shown_and_little_more(self, now):
        guard = Guard(percent=20, rows=100)
        hold = Hold(load=LoadId(new_id()), task=new_id(), at=now, rows=1000, going=500, read=500)
        leaves = replace(Leaving(rows=1000), going=599)
        assert hold.covers(leaves, guard, fingerprint="")
        assert not hold.covers(replace(leaves, going=801), guard, fingerprint="")
        assert not hold.covers(leaves, guard, fingerprint="another file")


@pytest.fixture
def now(units):
    return units.clock()


class TestLoad:
    def test_of_a_truncated_file_lands_nothing_and_waits(self, mounted):
        before = mounted.now().checked_at
        load = replaced(mounted, 2)

        assert load.state is LoadState.HELD
        assert (load.deleted, load.read) == (0, 2)
        assert len(mounted.rows()) == 500
        assert mounted.now().status is TaskStatus.HELD
        assert mounted.now().checked_at == before  # hall and source do not agree
        assert sentence(load.error_code, load.error_detail).startswith(
            "源端这次只有 2 行，入库会删去大厅现有 500 行中的 498 行，超过警戒线（20%）"
        )
        hold = held(mounted)
        assert (hold.rows, hold.going, hold.percent) == (500, 498, 99)
        assert hold.examples == ("ZH***02", "ZH***03", "ZH***04", "ZH***05", "ZH***06")
        with mounted.units.open() as unit:
            assert repository.due(unit.conn, unit.now + timedelta(days=1)) == []

    def test_is_carried_out_when_somebody_says_so(self, mounted, units):
        acts = []
        mounted.units = replace(units, sink=lambda _unit, events: acts.extend(events))
        replaced(mounted, 2)
        hold = held(mounted)
        confirm(mounted, hold)
        load = mounted.run()

        assert (load.state, load.deleted, load.unchanged) == (LoadState.DONE, 498, 2)
        assert len(mounted.rows()) == 2
        assert [each.state for each in mounted.loads()][1] is LoadState.CONFIRMED
        tags = {act.tag: act for act in acts}
        assert tags["ingestion:load:hold"].going == 498
        assert tags["ingestion:load:confirm"].by == CLERK.by
        assert tags["ingestion:load:confirm"].reason == REASON

    def test_a_yes_is_good_for_one_load(self, mounted):
        replaced(mounted, 250)
        confirm(mounted, held(mounted))
        assert mounted.run().deleted == 250
        assert replaced(mounted, 500).inserted == 250
        assert replaced(mounted, 250).state is LoadState.HELD

    def test_a_yes_is_good_for_the_file_that_was_shown(self, mounted):
        replaced(mounted, 250)
        confirm(mounted, held(mounted))
        assert replaced(mounted, 251).state is LoadState.HELD
        assert len(mounted.rows()) == 500

    def test_a_no_keeps_the_hall_until_the_file_is_put_right(self, mounted):
        replaced(mounted, 2)
        hold = held(mounted)
        with mounted.units.open() as unit:
            ingestion.reject(unit, CLERK, mounted.task.id, hold.load, reason="传错了")
        assert mounted.now().status is TaskStatus.STOPPED
        assert mounted.loads()[0].state is LoadState.REJECTED

        load = replaced(mounted, 501)
        assert (load.inserted, load.deleted, load.unchanged) == (1, 0, 500)

    def test_the_right_file_makes_the_question_go_away(self, mounted):
        hold_of = replaced(mounted, 2)
        assert replaced(mounted, 500).state is LoadState.DONE
        states = {load.id: load.state for load in mounted.loads()}
        assert states[hold_of.id] is LoadState.SUPERSEDED
        assert held(mounted) is None
        assert mounted.now().status is TaskStatus.ACTIVE

    def test_of_a_database_is_held_too(self, source_db, mount):
        source_db.execute(PERSONS)
        add_persons(source_db, range(1, 1001))
        mounted = mount(source_db.form(), "person", watermark="update_time")
        mounted.run()
        source_db.execute("delete from person where id > 700")
        with mounted.units.open() as unit:
            ingestion.compare_all(unit, CLERK, mounted.task.id)
        assert mounted.run().state is LoadState.HELD
        assert held(mounted).going == 300
        assert len(mounted.rows()) == 1000

    def test_that_builds_the_table_anew_is_held_too(self, mounted):
        """A revised entry rebuilds its hall table; that must not be a way round."""
        with mounted.units.open() as unit:
            send(unit, mounted.source, 2)
            dataset = repository.task(unit.conn, mounted.task.id).item
            unit.conn.exec_driver_sql(
                "update store_datasets set columns = jsonb_set(columns, '{1,type}', '\"date\"') "
                "where item = %s",
                (dataset,),
            )
        load = mounted.run()
        assert load.state is LoadState.HELD
        assert held(mounted).going == 498
        assert len(mounted.rows("count(*)")) == 1

    def test_a_task_may_have_its_own_line(self, mounted):
        with mounted.units.open() as unit:
            ingestion.set_guard(unit, CLERK, mounted.task.id, percent="100", rows="")
        assert replaced(mounted, 2).deleted == 498
        with mounted.units.open() as unit:
            ingestion.set_guard(unit, CLERK, mounted.task.id, percent="0", rows="1")
        assert replaced(mounted, 1).state is LoadState.HELD


class TestDecision:
    def test_needs_a_reason(self, mounted):
        replaced(mounted, 2)
        hold = held(mounted)
        for reason in (" ", "长" * 501):
            with pytest.raises(Invalid):
                confirm(mounted, hold, reason)

    def test_is_about_what_was_shown(self, mounted):
        replaced(mounted, 2)
        shown = held(mounted)
        replaced(mounted, 3)
        with pytest.raises(NothingHeld):
            confirm(mounted, shown)
        confirm(mounted, held(mounted))
        with pytest.raises(NothingHeld):
            confirm(mounted, shown)

    def test_is_the_clerks_alone(self, mounted):
        replaced(mounted, 2)
        hold = held(mounted)
        with mounted.units.open() as unit, pytest.raises(NotPermitted):
            ingestion.confirm(unit, HEAD, mounted.task.id, hold.load, reason=REASON)
        other = make_actor(Role.CLERK, org=seed.org_id("civil_affairs"))
        with mounted.units.open() as unit, pytest.raises(ingestion.TaskNotFound):
            ingestion.confirm(unit, other, mounted.task.id, hold.load, reason=REASON)

    @pytest.mark.parametrize("percent", ["-1", "101", "x", "9" * 5000, "²"])
    def test_a_line_that_is_none_is_refused(self, mounted, percent):
        with mounted.units.open() as unit, pytest.raises(Invalid):
            ingestion.set_guard(unit, CLERK, mounted.task.id, percent=percent, rows="")

    def test_waits_among_the_clerks_to_dos(self, mounted):
        replaced(mounted, 2)
        with mounted.units.open() as unit:
            assert [t.note for t in ingestion.todos(unit, CLERK)] == ["将删去 498 行，现有 500 行"]
            assert ingestion.todos(unit, HEAD) == []


class TestPage:
    @pytest.fixture
    def client(self, mounted, units, fresh_dsn):
        with units.open() as unit:
            seed.plant_regions(unit.conn)
            structure.add_organisations(unit.conn, [POLICE])
            clerk = add_person(unit.conn, Role.CLERK, org=POLICE)
        replaced(mounted, 2)
        with people.hall(fresh_dsn) as made:
            token = people.sit_down(made, units, clerk)
            made.headers.update({"X-CSRF-Token": token})
            made.token = token
            yield made

    def test_shows_the_figures_and_takes_the_decision(self, client, mounted, units):
        at = f"/ingestion/tasks/{mounted.task.id}"
        page = client.get(at).text
        assert "要不要删去这些行" in page
        assert "待确认，没有入库" in page
        assert f'href="{at}"' in client.get("/workbench").text
        load = re.search(r'name="load" value="([^"]+)"', page)[1]

        sent = {"_csrf": client.token, "load": load, "act": "confirm", "reason": ""}
        again = client.post(f"{at}/hold", data=sent)
        assert again.status_code == 422
        assert "请写明理由" in again.text
        assert (
            client.post(f"{at}/hold", data=sent | {"reason": "x", "load": "y"}).status_code == 409
        )
        assert client.post(f"{at}/hold", data=sent | {"reason": REASON}).status_code == 303
        run_due(units)
        assert len(mounted.rows()) == 2

    def test_the_interface_does_the_same(self, client, mounted):
        at = f"/api/v1/ingestion/tasks/{mounted.task.id}"
        hold = client.get(f"{at}/hold").json()
        assert (hold["rows"], hold["going"]) == (500, 498)
        answer = client.post(f"{at}/hold/reject", json={"load": hold["load"], "reason": "传错了"})
        assert (answer.status_code, answer.json()["confirmed"]) == (200, False)
        assert client.get(at).json()["status"] == "stopped"
        assert client.get(f"{at}/hold").json() is None
        assert client.put(f"{at}/guard", json={"percent": 50}).json()["deletions_percent"] == 50
        assert client.put(f"{at}/guard", json={"percent": 101}).status_code == 422

    def test_who_may_only_look_is_not_asked(self, client, mounted, units):
        with units.open() as unit:
            head = add_person(unit.conn, Role.HEAD, org=POLICE)
        people.sit_down(client, units, head)
        page = client.get(f"/ingestion/tasks/{mounted.task.id}").text
        assert "由数源部门的经办人确认或退回" in page
        assert 'name="reason"' not in page
