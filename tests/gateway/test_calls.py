"""Calls end to end in one process: client, signature, grant, query, read, mask, evidence."""

import json
import re
import subprocess
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from datahall import ledger
from datahall.client import CallRefused, Client
from datahall.gateway import usage, usage_of
from datahall.gateway.admission import Rate
from datahall.gateway.errors import Busy
from datahall.kit.clock import utc_now
from datahall.supply_demand import Algorithm, Condition, GrantedField, GrantStatus, Operator
from tests.gateway.hall import CODE, GRANTED, open_hall, person

ID = person(0)["id_card"]
CLEAR_KEY = tuple(replace(f, masked=False) for f in GRANTED)


def refusal(client: Client, *args, **kwargs) -> CallRefused:
    with pytest.raises(CallRefused) as refused:
        client.get(*args or (CODE,), **kwargs)
    return refused.value


def code(client: Client, *args, **kwargs) -> str:
    return refusal(client, *args, **kwargs).code


class TestAnswer:
    def test_has_the_granted_fields_masked_as_the_grant_says(self, served):
        answer = served.client(served.hall.grant()).get(CODE, id_card=ID)
        assert answer.rows == [
            {
                "id_card": f"{ID[:6]}********{ID[-4:]}",
                "name": person(0)["name"],
                "mobile": "138****0000",
                "region": "341502",
                "pension": "0.50",
            }
        ]
        assert answer.masked == ("id_card", "mobile")

    def test_is_for_the_item_by_code_or_by_id(self, served):
        client = served.client(served.hall.grant())
        by_id = client.get(str(served.hall.item.id), id_card=ID)
        assert by_id.rows == client.get(CODE, id_card=ID).rows

    @pytest.mark.parametrize("algorithm", list(Algorithm))
    def test_is_given_to_either_algorithm(self, served, algorithm):
        caller = served.hall.grant(algorithm=algorithm)
        client = served.client(caller, algorithm=algorithm.value)
        assert len(client.get(CODE, region=["341502", "341503"], name="张三").rows) == 1

    def test_keeps_what_is_selected_only(self, served):
        answer = served.client(served.hall.grant()).get(CODE, id_card=ID, select=["name"])
        assert answer.rows == [{"name": person(0)["name"]}]
        assert answer.masked == ()

    def test_goes_page_by_page_when_the_key_is_in_clear(self, served):
        client = served.client(served.hall.grant(fields=CLEAR_KEY))
        first = client.get(CODE, limit=5)
        assert len(first.rows) == 5
        assert first.next is not None
        every = [row["id_card"] for row in client.rows(CODE, limit=5)]
        assert every == sorted(person(n)["id_card"] for n in range(12))

    def test_keeps_to_the_row_scope(self, served):
        scope = (Condition("region", Operator.EQ, ("341502",)),)
        client = served.client(served.hall.grant(row_scope=scope, fields=CLEAR_KEY))
        assert {row["region"] for row in client.get(CODE).rows} == {"341502"}

    def test_leaves_out_a_field_that_the_item_no_longer_has(self, served):
        fields = (*GRANTED, GrantedField("gone_field", masked=False))
        client = served.client(served.hall.grant(fields=fields))
        assert set(client.get(CODE, id_card=ID).rows[0]) == {f.name for f in GRANTED}
        assert code(client, id_card=ID, select=["gone_field"]) == "provider.item_changed"


class TestRefuses:
    """Each refusal names the side that has to act."""

    def test_a_wrong_signature(self, served):
        client = served.client(served.hall.grant(), secret="wrong")
        refused = refusal(client, id_card=ID)
        assert (refused.code, refused.status, refused.side) == (
            "consumer.wrong_signature", 401, "consumer",
        )  # fmt: skip
        assert "签名不正确" in refused.title

    def test_a_changed_query(self, served):
        caller = served.hall.grant()
        client = served.client(caller)
        headers = client.signed(f"/v1/data/{CODE}", "region=eq.341502")
        with httpx.Client(transport=served.transport(), base_url="http://gateway") as http:
            got = http.get(f"/v1/data/{CODE}?region=eq.341503", headers=headers)
        assert got.json()["code"] == "consumer.wrong_signature"
        assert got.headers["content-type"] == "application/problem+json"

    def test_an_unknown_caller(self, served):
        assert (
            code(served.client(served.hall.grant(), app_id="app-nobody")) == "consumer.unknown_app"
        )

    def test_another_algorithm_than_issued(self, served):
        client = served.client(served.hall.grant(), algorithm="HMAC-SM3")
        assert code(client) == "consumer.wrong_algorithm"

    @pytest.mark.parametrize("ahead_s", [-301, 301])
    def test_a_clock_that_is_off(self, served, ahead_s):
        client = served.client(served.hall.grant())
        served.clock.ahead = timedelta(seconds=ahead_s)
        assert code(client, id_card=ID) == "consumer.clock_skew"

    def test_a_replay(self, served):
        client = served.client(served.hall.grant())
        path, query = f"/v1/data/{CODE}", f"id_card=eq.{ID}"
        headers = client.signed(path, query)
        with httpx.Client(transport=served.transport(), base_url="http://gateway") as http:
            first, second = (http.get(f"{path}?{query}", headers=headers) for _ in range(2))
        assert first.status_code == 200
        assert (second.status_code, second.json()["code"]) == (401, "consumer.replayed")

    def test_a_nonce_used_again_with_a_new_time_stamp(self, served, monkeypatch):
        client = served.client(served.hall.grant())
        monkeypatch.setattr("datahall.client.calls.secrets.token_urlsafe", lambda _: "n" * 24)
        client.get(CODE, id_card=ID)
        assert code(client, id_card=ID) == "consumer.replayed"

    def test_another_grant_of_somebody_else(self, served):
        other = served.hall.grant()
        client = served.client(served.hall.grant(), grant=str(other.grant.id))
        assert code(client, id_card=ID) == "consumer.grant_mismatch"

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (GrantStatus.REVOKED, "consumer.grant_revoked"),
            (GrantStatus.SUSPENDED, "consumer.grant_suspended"),
        ],
    )
    def test_a_grant_that_was_ended_or_suspended(self, served, status, expected):
        caller = served.hall.grant()
        client = served.client(caller)
        client.get(CODE, id_card=ID)
        served.hall.end(caller, status)
        served.refresh()
        assert code(client, id_card=ID) == expected

    def test_a_grant_outside_its_term(self, served):
        today = utc_now().date()
        over = served.hall.grant(valid_from=today - timedelta(9), valid_to=today - timedelta(2))
        soon = served.hall.grant(valid_from=today + timedelta(2))
        assert code(served.client(over)) == "consumer.grant_expired"
        assert code(served.client(soon)) == "consumer.grant_not_yet"

    def test_a_call_outside_the_hours(self, served):
        hour = (utc_now() + timedelta(hours=8)).hour
        shut = ((hour + 2) % 24, (hour + 3) % 24)
        open_ = (hour, (hour + 2) % 24)
        assert code(served.client(served.hall.grant(hours=shut))) == "consumer.outside_hours"
        served.client(served.hall.grant(hours=open_)).get(CODE, id_card=ID)

    def test_a_call_from_elsewhere(self, served):
        caller = served.hall.grant(addresses=("10.34.0.0/16",))
        served.client(caller).get(CODE, id_card=ID)
        elsewhere = served.client(caller, address="10.35.0.1")
        assert code(elsewhere, id_card=ID) == "consumer.outside_addresses"

    def test_another_item(self, served):
        assert code(served.client(served.hall.grant()), "101001/000002") == "consumer.wrong_item"

    def test_too_many_calls_a_second(self, served):
        client = served.client(served.hall.grant(rate_per_s=2))
        got = [client.get(CODE, id_card=ID) for _ in range(2)]
        assert len(got) == 2
        assert code(client, id_card=ID) == "consumer.over_rate"

    def test_more_calls_than_the_day_allows(self, served):
        caller = served.hall.grant(daily_quota=3)
        client = served.client(caller)
        for _ in range(3):
            client.get(CODE, id_card=ID)
        refused = refusal(client, id_card=ID)
        assert (refused.code, refused.status) == ("consumer.over_quota", 429)
        assert code(client, id_card=ID) == "consumer.over_quota"
        with served.hall.units.engine.connect() as conn:
            today = usage(conn, caller.grant.id, now=utc_now())[-1]
        assert (today.calls, today.rows, today.refused) == (3, 3, 2)
        served.clock.ahead = timedelta(days=1)  # its own clock must go along to be believed
        assert code(client, id_card=ID) == "consumer.clock_skew"

    @pytest.mark.parametrize("field", ["remark", "birth_date", "nothing"])
    def test_fields_outside_the_grant(self, served, field):
        client = served.client(served.hall.grant())
        assert code(client, id_card=ID, select=[field]) == "consumer.field_not_granted"
        assert code(client, id_card=ID, **{field: "1"}) == "consumer.field_not_granted"

    def test_rows_outside_the_scope(self, served):
        scope = (Condition("region", Operator.EQ, ("341503",)),)
        client = served.client(served.hall.grant(row_scope=scope))
        refused = refusal(client, id_card=ID)  # who lives in 341502
        assert (refused.code, refused.status) == ("consumer.not_in_scope", 404)
        assert code(client, id_card="nobody") == "consumer.not_in_scope"
        assert code(client, region="341502") == "consumer.outside_scope"

    def test_a_probe_of_a_masked_field(self, served):
        client = served.client(served.hall.grant())
        assert code(client, id_card__prefix="3415") == "consumer.filter_not_allowed"
        assert code(client, mobile="13800000000") == "consumer.filter_not_allowed"

    def test_an_unknown_parameter(self, served):
        client = served.client(served.hall.grant())
        assert code(client, Order="id_card") == "consumer.unknown_parameter"

    def test_an_answer_that_is_too_large(self, served):
        client = served.client(served.hall.grant())
        refused = refusal(client, limit=2)
        assert (refused.code, refused.status) == ("consumer.answer_too_large", 413)

    @pytest.mark.parametrize(
        "header", ["X-App-Id", "X-Timestamp", "X-Nonce", "X-Sign-Alg", "X-Sign", "X-Grant"]
    )
    def test_a_missing_or_odd_header(self, served, header):
        headers = served.client(served.hall.grant()).signed(f"/v1/data/{CODE}", "")
        with httpx.Client(transport=served.transport(), base_url="http://gateway") as http:
            for odd in (
                {k: v for k, v in headers.items() if k != header},
                headers | {header: "<>"},
            ):
                got = http.get(f"/v1/data/{CODE}", headers=odd)
                assert (got.status_code, got.json()["code"]) == (400, "consumer.malformed_call")
                assert header in got.json()["title"]

    def test_a_path_that_is_not_there(self, served):
        with httpx.Client(transport=served.transport(), base_url="http://gateway") as http:
            assert http.get("/v1/nothing").json()["code"] == "consumer.no_such_path"
            for method in ("POST", "TRACE", "BREW"):
                got = http.request(method, f"/v1/data/{CODE}")
                assert (got.status_code, got.json()["code"]) == (404, "consumer.no_such_path")

    def test_a_body_which_nobody_signed(self, served):
        path, query = f"/v1/data/{CODE}", f"id_card=eq.{ID}"
        headers = served.client(served.hall.grant()).signed(path, query)
        with httpx.Client(transport=served.transport(), base_url="http://gateway") as http:
            for sign_of_body in ({"Content-Length": "5"}, {"Transfer-Encoding": "chunked"}):
                got = http.get(f"{path}?{query}", headers=headers | sign_of_body)
                assert (got.status_code, got.json()["code"]) == (400, "consumer.malformed_call")

    @pytest.mark.parametrize(
        "place",
        [
            '["\\ud800"]',
            '["\\u0000"]',
            "[1e999]",
            '[{"a": 1}]',
            "[" * 5000,
            "[]",
            '["a", "b"]',
            "{",
        ],
    )
    def test_a_place_in_the_pages_that_never_was(self, served, place):
        client = served.client(served.hall.grant(fields=CLEAR_KEY))
        after = urlsafe_b64encode(place.encode()).decode().rstrip("=")
        assert code(client, after=after) == "consumer.malformed_query"

    def test_a_scope_that_the_field_can_no_longer_have(self, served):
        scope = (Condition("birth_date", Operator.GE, ("2026-02-31",)),)
        refused = refusal(served.client(served.hall.grant(row_scope=scope)), id_card=ID)
        assert (refused.code, refused.side) == ("provider.item_changed", "provider")
        assert "birth_date" in refused.title

    def test_an_item_without_data(self, fresh_dsn, tmp_path, serve):
        with open_hall(fresh_dsn, tmp_path / "keys", landed=False) as hall, serve(hall) as served:
            refused = refusal(served.client(hall.grant()), id_card=ID)
        assert (refused.code, refused.side) == ("provider.not_landed", "provider")

    def test_when_the_secret_cannot_be_read(self, served):
        caller = served.hall.grant()
        with served.hall.units.open() as unit:
            unit.conn.execute(text("update supply_demand_credentials set sealed_secret = '\\x00'"))
        assert code(served.client(caller), id_card=ID) == "platform.credential_unreadable"


class TestChanges:
    def test_a_field_graded_higher_is_hidden_at_the_next_reading(self, served):
        caller = served.hall.grant()
        client = served.client(caller)
        fields = tuple(
            replace(f, grade=4) if f.name == "id_card" else f for f in served.hall.item.fields
        )
        served.hall.publish(fields=fields)
        served.parts.book.item_changed(served.hall.item.id)
        served.refresh()
        shown = client.get(CODE, id_card=ID).rows[0]["id_card"]
        assert shown == f"{ID[0]}{'*' * 16}{ID[-1]}"

    def test_a_scope_on_a_field_that_is_gone_closes_the_grant(self, served):
        scope = (Condition("gone_field", Operator.EQ, ("1",)),)
        client = served.client(served.hall.grant(row_scope=scope))
        assert code(client, id_card=ID) == "provider.item_changed"

    def test_grants_that_may_be_stale_serve_nobody(self, served, monkeypatch):
        client = served.client(served.hall.grant())
        book = served.parts.book
        monkeypatch.setattr(book, "_read_at", book._read_at - 5.1)
        refused = refusal(client, id_card=ID)
        assert (refused.code, refused.status, refused.side) == (
            "platform.grants_stale",
            503,
            "platform",
        )


class TestReader:
    def test_sees_the_hall_tables_and_nothing_else(self, served):
        run, fetch = served.run, served.parts.readers.fetch
        (table,) = served.hall.fetch("select table_name from store_datasets")[0]
        assert run(fetch(f'select count(*) from hall."{table}"', ()))[0][0] == 12
        for forbidden in (
            "select * from supply_demand_credentials",
            "select * from ledger_records",
            f'delete from hall."{table}"',
            "create table hall.mine (n int)",
        ):
            with pytest.raises(Busy):
                run(fetch(forbidden, ()))


def leaves_of(hall, code: str) -> list[dict]:
    rows = hall.fetch("select record from ledger_records where by like 'app:%' order by leaf")
    return [r for (text_,) in rows if (r := json.loads(text_))["body"]["code"] == code]


class TestEvidence:
    def test_every_answer_is_on_record(self, served):
        caller = served.hall.grant()
        answer = served.client(caller).get(CODE, id_card=ID)
        (record,) = leaves_of(served.hall, "ok")
        body = record["body"]
        assert record["id"] == answer.receipt
        assert record["kind"] == "gateway:call:answer"
        assert record["by"] == f"app:{caller.grant.app_id}"
        assert body["grant"] == str(caller.grant.id)
        assert body["purpose"] == caller.grant.purpose
        assert (body["rows"], body["bytes"], body["address"]) == (1, len(answer.body), "10.34.0.7")
        assert body["masked"] == ["id_card", "mobile"]

    def test_every_refusal_is_on_record(self, served):
        caller = served.hall.grant(daily_quota=1)
        client = served.client(caller)
        client.get(CODE, id_card=ID)
        codes = [
            code(client, id_card=ID),
            code(client, select=["remark"]),
            code(served.client(caller, secret="wrong")),
            code(served.client(caller, app_id="app-nobody")),
        ]
        for wanted in codes:
            assert len(leaves_of(served.hall, wanted)) == 1
        assert served.hall.fetch("select count(*) from gateway_calls")[0][0] == 5

    def test_strangers_cannot_fill_it(self, served, monkeypatch):
        caller = served.hall.grant()
        monkeypatch.setattr(
            served.parts.gateway.strangers, "rate", Rate(per_s=1, burst_s=2, _due=0.0)
        )
        monkeypatch.setattr(served.parts.gateway.strangers, "clock", lambda: 100.0)
        nobody = served.client(caller, app_id="app-nobody")
        forger = served.client(caller, secret="wrong")
        refusals = [refusal(who, id_card=ID) for who in (nobody, forger, nobody, forger)]
        assert [r.status for r in refusals] == [401] * 4
        assert [bool(r.receipt) for r in refusals] == [True, True, False, False]
        assert served.hall.fetch("select count(*) from gateway_calls")[0][0] == 2
        served.client(caller).get(CODE, id_card=ID)
        assert code(served.client(caller), select=["remark"]) == "consumer.field_not_granted"
        assert served.hall.fetch("select count(*) from gateway_calls")[0][0] == 4

    def test_has_no_personal_data_in_clear(self, served):
        client = served.client(served.hall.grant())
        client.get(CODE, id_card=ID)
        code(client, id_card="341502195001019999")
        code(client, mobile="13800000000")
        with httpx.Client(transport=served.transport(), base_url="http://gateway") as http:
            http.get(f"/v1/data/{ID}?id_card=eq.{ID}", headers={"X-App-Id": ID})
        for table in ("ledger_records", "gateway_calls"):
            text_ = str(  # every text of every row
                served.hall.fetch(f"select t::text from {table} t where t::text like '%app%'")
            )
            assert not re.search(rf"{ID}|341502195001019999|13800000000|{person(0)['name']}", text_)

    def test_finds_all_calls_about_one_person(self, served):
        first, second = (served.client(served.hall.grant()) for _ in range(2))
        first.get(CODE, id_card=ID)
        second.get(CODE, id_card=ID)
        second.get(CODE, id_card=person(1)["id_card"])
        asked = [record["body"]["where"][0][2][0] for record in leaves_of(served.hall, "ok")]
        assert asked[0] == asked[1] != asked[2]

    def test_proves_what_was_answered(self, served):
        client = served.client(served.hall.grant())
        answer = client.get(CODE, id_card=ID)
        assert leaves_of(served.hall, "ok")[0]["body"]["answer"] == client.answer_code(answer)

    def test_nothing_is_answered_when_it_cannot_be_kept(self, served):
        client = served.client(served.hall.grant())
        client.get(CODE, id_card=ID)
        with served.hall.units.engine.begin() as conn:
            conn.execute(text("alter table gateway_calls rename to gateway_calls_away"))
        refused = refusal(client, id_card=ID)
        assert (refused.code, refused.status) == ("platform.evidence_unavailable", 503)
        with served.hall.units.engine.begin() as conn:
            conn.execute(text("alter table gateway_calls_away rename to gateway_calls"))
        client.get(CODE, id_card=ID)

    def test_a_bug_is_refused_and_on_record(self, served, monkeypatch):
        client = served.client(served.hall.grant())
        monkeypatch.setattr("datahall.gateway.app.bound", lambda *_: 1 / 0)
        refused = refusal(client, id_card=ID)
        assert (refused.code, refused.status) == ("platform.internal", 500)
        assert len(leaves_of(served.hall, "platform.internal")) == 1


class TestReceipt:
    def test_proves_the_call_offline(self, served):
        client = served.client(served.hall.grant())
        answer = client.get(CODE, id_card=ID)
        file = client.receipt(answer.receipt)
        key = ledger.published_key(served.hall.keys.signer("ledger"))
        assert ledger.verify_receipt(file, key).ok
        forged = re.sub(rb'("rows": ?)1', rb"\g<1>2", file)
        assert forged != file
        assert not ledger.verify_receipt(forged, key).ok
        record = json.loads(file)["record"]
        assert record["body"]["answer"] == client.answer_code(answer)

    def test_the_change_of_the_tutorial_is_found(self, served, tmp_path):
        client = served.client(served.hall.grant())
        file = tmp_path / "receipt.json"
        file.write_bytes(client.receipt(client.get(CODE, id_card=ID).receipt))
        tutorial = Path("docs/tutorial.md").read_text("utf-8")
        (change,) = re.findall(r"sed '(.+)' receipt\.json", tutorial)
        done = subprocess.run(["sed", change, file], capture_output=True, check=True)
        assert done.stdout != file.read_bytes()
        key = ledger.published_key(served.hall.keys.signer("ledger"))
        assert not ledger.verify_receipt(done.stdout, key).ok

    def test_of_a_refusal_is_given_too(self, served):
        client = served.client(served.hall.grant())
        refused = refusal(client, select=["remark"])
        assert json.loads(client.receipt(refused.receipt))["record"]["body"]["code"] == refused.code

    def test_is_not_given_to_somebody_else(self, served):
        answer = served.client(served.hall.grant()).get(CODE, id_card=ID)
        other = served.client(served.hall.grant())
        for id_ in (answer.receipt, "0" * 36, "nonsense"):
            with pytest.raises(CallRefused) as refused:
                other.receipt(id_)
            assert refused.value.code == "consumer.receipt_not_found"

    def test_is_given_after_the_grant_has_ended(self, served):
        caller = served.hall.grant()
        client = served.client(caller)
        answer = client.get(CODE, id_card=ID)
        served.hall.end(caller, GrantStatus.REVOKED)
        served.refresh()
        assert json.loads(client.receipt(answer.receipt))["record"]["id"] == answer.receipt


class TestUsage:
    def test_counts_by_grant_and_day(self, served):
        caller, idle = served.hall.grant(), served.hall.grant()
        client = served.client(caller)
        client.get(CODE, region="341502")
        client.get(CODE, id_card=ID)
        code(client, select=["remark"])
        with served.hall.units.engine.connect() as conn:
            days = usage(conn, caller.grant.id, now=utc_now())
            both = usage_of(conn, [caller.grant.id, idle.grant.id], utc_now())
        assert len(days) == 30
        assert (days[-1].calls, days[-1].rows, days[-1].refused) == (2, 5, 1)
        assert both[caller.grant.id].today == 2
        assert both[caller.grant.id].rows_30_days == 5
        assert both[idle.grant.id].last_at is None
