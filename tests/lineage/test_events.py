"""Lineage as OpenLineage events: what the standard takes, and what each person may know."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from datahall import lineage, supply_demand
from datahall.ingestion import Kind, Layer, LoadState, Source
from datahall.ingestion import repository as loads
from datahall.kit.ids import LoadId, new_id
from datahall.kit.settings import settings
from datahall.lineage import openlineage
from datahall.lineage.push import push
from datahall.security import Role
from tests.acceptance.others import SECRET_WORD
from tests.conftest import NOON
from tests.factories import make_actor
from tests.lineage.conftest import BUREAU, OWNER, PARTNER, STRANGER
from tests.lineage.standard import judge


def events_for(hall, actor):
    with hall.units.open() as unit:
        return lineage.events_of_item(unit, actor, hall.item)


def names(events, kind):
    return [e["dataset"]["name"] for e in events if e["schemaURL"].endswith(kind)]


class TestEvents:
    def test_are_what_the_standard_takes(self, hall):
        self.fail_a_load(hall)
        events = events_for(hall, OWNER)
        judged = [judge(event) for event in events]
        assert {type(e).__name__ for e in judged} == {"DatasetEvent", "JobEvent", "RunEvent"}
        assert [e.get("eventType") for e in events if "run" in e] == [
            "START", "COMPLETE", "START", "FAIL",
        ]  # fmt: skip

    def test_a_part_that_is_not_the_standards_is_found(self, hall):
        (event, *_) = events_for(hall, OWNER)
        with pytest.raises(TypeError):
            judge(event | {"colour": "red"})
        with pytest.raises(ValueError, match="Parsed date-time"):
            judge(event | {"eventTime": "2026-10-16"})

    def fail_a_load(self, hall):
        with hall.units.open() as unit:
            (done,) = loads.loads_of(unit.conn, hall.task)
            failed = replace(
                done, id=LoadId(new_id()), state=LoadState.FAILED,
                started_at=done.started_at + timedelta(hours=1),
                finished_at=done.started_at + timedelta(hours=2),
                error_layer=Layer.CONTRACT, error_code="ingestion.columns_gone",
                error_detail={"table": "t", "columns": "xm"},
            )  # fmt: skip
            loads.put_load(unit.conn, failed)

    def test_map_columns_from_source_to_consumer(self, hall):
        events = events_for(hall, OWNER)
        (source, hall_table, service) = [e["dataset"] for e in events if "dataset" in e]
        assert (source["namespace"], source["name"]) == ("postgres://10.9.8.7:5432", "rk.rk.t_czrk")
        assert source["facets"]["dataSource"]["name"] == f"{SECRET_WORD}库"
        (origin,) = hall_table["facets"]["columnLineage"]["fields"]["xm"]["inputFields"]
        assert (origin["name"], origin["field"]) == ("rk.rk.t_czrk", "xm")
        # The scan found the last column gone: it is no origin any more.
        assert "update_time" not in hall_table["facets"]["columnLineage"]["fields"]
        (served,) = service["facets"]["columnLineage"]["fields"]["xm"]["inputFields"]
        assert served["name"] == hall_table["name"]
        (call,) = [e for e in events if e.get("job", {}).get("name", "").startswith("call.")]
        given = call["outputs"][0]["facets"]["columnLineage"]["fields"]
        assert set(given) == {"gmsfhm", "xm"}
        assert given["xm"]["inputFields"][0]["name"] == service["name"]

    def test_tell_masking(self, hall):
        with hall.units.open() as unit:
            known = lineage.facts.facts(unit.conn, hall.item)
        (grant,) = known.grants
        fields = tuple(replace(f, masked=f.name == "xm") for f in grant.fields)
        events = openlineage.job_events(replace(known, grants=(replace(grant, fields=fields),)))
        (*_, call) = events
        told = call["outputs"][0]["facets"]["columnLineage"]["fields"]
        masked = {n: f["inputFields"][0]["transformations"][0]["masking"] for n, f in told.items()}
        assert masked == {"gmsfhm": False, "xm": True}
        judge(call)

    @pytest.mark.parametrize("actor", [OWNER, BUREAU], ids=["owner", "bureau"])
    def test_the_provider_and_the_authority_know_everything(self, hall, actor):
        events = events_for(hall, actor)
        assert len(names(events, "DatasetEvent")) == 3
        assert sum("call." in str(e.get("job")) for e in events) == 1

    def test_a_consumer_knows_its_own_use_and_not_the_source(self, hall):
        told = json.dumps(events_for(hall, PARTNER), ensure_ascii=False)
        assert "call." in told
        assert "10.9.8.7" not in told
        assert f"{SECRET_WORD}库" not in told
        assert '"run"' not in told

    def test_a_stranger_knows_neither(self, hall):
        told = json.dumps(events_for(hall, STRANGER), ensure_ascii=False)
        assert SECRET_WORD not in told
        assert "call." not in told
        assert "service." in told

    def test_an_ended_grant_uses_nothing(self, hall):
        with hall.units.open() as unit:
            known = lineage.facts.facts(unit.conn, hall.item)
            assert len(known.grants) == 1
            lead = make_actor(Role.REPRESENTATIVE, org=OWNER.org)
            supply_demand.revoke(unit, lead, hall.grant, reason="停用")
            assert lineage.facts.facts(unit.conn, hall.item).grants == ()


class TestNames:
    @pytest.mark.parametrize(
        ("about", "namespace", "name"),
        [
            ({"kind": Kind.POSTGRESQL, "host": "h", "port": 5432, "database": "d"}, "postgres://h:5432", "d.s.t"),
            ({"kind": Kind.MYSQL, "host": "h", "port": 3306, "database": "d"}, "mysql://h:3306", "d.t"),
            ({"kind": Kind.CSV, "path": "册.csv"}, "file", None),
        ],
    )  # fmt: skip
    def test_follow_the_standard(self, about, namespace, name):
        source = Source(id=new_id(), org=new_id(), name="库", registered_at=NOON, **about)
        made = openlineage.source_name(source, "s", "t")
        assert made[0] == namespace
        assert made[1] == (name or f"/{source.id}/册.csv/t")


class TestPush:
    def test_is_off_unless_an_address_is_set(self, hall):
        assert settings().openlineage_url == ""
        assert push(hall.units) == 0

    def test_sends_each_load_until_it_is_taken_and_then_no_more(self, hall):
        sent = []

        def refuse(event):
            sent.append(event)
            raise httpx.ConnectError("down")

        assert push(hall.units, refuse) == 0
        assert len(sent) == 1
        sent.clear()
        assert push(hall.units, sent.append) == 1
        assert [e["eventType"] for e in sent] == ["START", "COMPLETE"]
        assert push(hall.units, sent.append) == 0

    def test_speaks_to_a_real_address_with_the_token(self, hall, monkeypatch):
        heard = []

        class Marquez(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                heard.append((self.path, self.headers["authorization"], json.loads(body)))
                self.send_response(201)
                self.end_headers()

            def log_message(self, *args):
                pass

        with HTTPServer(("127.0.0.1", 0), Marquez) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            changed = settings().model_copy(
                update={
                    "openlineage_url": f"http://127.0.0.1:{server.server_port}/api/v1/lineage",
                    "openlineage_key": type(settings().openlineage_key)("s3cret"),
                }
            )
            monkeypatch.setattr("datahall.lineage.push.settings", lambda: changed)
            try:
                assert push(hall.units) == 1
            finally:
                server.shutdown()
                thread.join()
        assert [(path, token) for path, token, _ in heard] == [
            ("/api/v1/lineage", "Bearer s3cret")
        ] * 2
        assert all(judge(event) for _, _, event in heard)
