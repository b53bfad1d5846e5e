"""The pages of quarantine, used as a clerk does, without a script."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from datahall.catalogue import CatalogueItem
from datahall.kit.uow import Units
from datahall.organisations import Person, seed
from datahall.quality import RowStatus
from datahall.security import Role
from tests.factories import add_city, add_person
from tests.quality.conftest import BAD, LI, WANG, person
from tests.web import people


@dataclass
class Desk:
    """A hall in which an item has quarantined rows."""

    client: TestClient
    units: Units
    item: CatalogueItem
    rows: list[str]  # ids, the first has two faults
    token: str = ""

    def sit(self, who: Person) -> None:
        self.token = people.sit_down(self.client, self.units, who)

    def read(self, url: str, status: int = 200) -> str:
        answer = self.client.get(url)
        assert answer.status_code == status, answer.text[:2000]
        return answer.text

    def post(self, url: str, status: int = 303, **form: object) -> str:
        answer = self.client.post(url, data={"_csrf": self.token, **form})
        assert answer.status_code == status, answer.text[:2000]
        return answer.text


@pytest.fixture
def desk(units: Units, fresh_dsn: str, collect) -> Iterator[Desk]:
    with units.open() as unit:
        add_city(unit.conn)
        collected = collect(unit)
        collected.load(
            person(BAD, name=""), person(LI, sex="7"), person(WANG), person(None), whole=True
        )
        rows = [str(row["id"]) for row in collected.kept()]
        clerk = add_person(unit.conn, Role.CLERK, org=seed.org_id("police"), name="陈海")
    with people.hall(fresh_dsn) as client:
        made = Desk(client, units, collected.item, rows)
        made.sit(clerk)
        yield made


def test_the_overview_leads_to_the_list_and_the_list_to_the_row(desk):
    overview = desk.read("/quality")
    assert f"/quality/items/{desk.item.id}" in overview
    assert "75.00%" in overview
    assert "3 ÷ 4" in overview

    listed = desk.read(f"/quality/items/{desk.item.id}")
    assert all(f"/quality/rows/{row}" in listed for row in desk.rows)
    assert "校验位应为 7" in listed
    assert "公民身份号码 必填" in listed


def test_nothing_is_shown_in_clear(desk):
    pages = [desk.read(f"/quality/items/{desk.item.id}")]
    pages += [desk.read(f"/quality/rows/{row}") for row in desk.rows]

    assert not any(secret in page for page in pages for secret in (BAD, LI, WANG, "王德发"))
    assert "341502********0018" in pages[0]


def test_rows_are_filtered_by_reason(desk):
    page = desk.read(f"/quality/items/{desk.item.id}?reason=xb:code_list")

    assert f"/quality/rows/{desk.rows[1]}" in page
    assert f"/quality/rows/{desk.rows[0]}" not in page
    assert "没有符合条件的行" in desk.read(f"/quality/items/{desk.item.id}?status=gone")


def test_a_correction_lands_and_is_counted(desk):
    typed = {"value.xb": "1", "value.gmsfhm": ""}
    desk.post(f"/quality/rows/{desk.rows[1]}/repair", **typed)

    assert "已更正，通过核验并入库。" in desk.read(f"/quality/items/{desk.item.id}")
    settled = desk.read(f"/quality/rows/{desk.rows[1]}")
    assert RowStatus.REPAIRED.label in settled
    assert "陈海" in settled
    assert "核验并入库</button>" not in settled


def test_a_correction_that_is_still_wrong_keeps_what_was_typed(desk):
    page = desk.post(f"/quality/rows/{desk.rows[0]}/repair", 422, **{"value.gmsfhm": "34150219"})

    assert "少 10 位。" in page
    assert "没有填。" in page
    assert 'value="34150219"' in page


def test_a_correction_over_another_row_is_refused_in_words(desk):
    typed = {"value.gmsfhm": WANG, "value.xm": "李"}
    page = desk.post(f"/quality/rows/{desk.rows[0]}/repair", 422, **typed)

    assert "汇聚库里已有相同主键的另一行" in page


def test_releasing_and_discarding_want_reasons(desk):
    release, discard = (f"/quality/rows/{desk.rows[1]}/{act}" for act in ("release", "discard"))
    assert "请写明理由" in desk.post(release, 422, note=" ")
    assert "请写明理由" in desk.post(discard, 422, note="")

    desk.post(release, note="底册如此")
    assert "底册如此" in desk.read(f"/quality/rows/{desk.rows[1]}")
    assert "已经办结" in desk.post(discard, 409, note="再来")


def test_a_row_without_a_key_can_only_be_corrected_or_discarded(desk):
    page = desk.read(f"/quality/rows/{desk.rows[2]}")

    assert "汇聚库放不下" in page
    assert f"/quality/rows/{desk.rows[2]}/release" not in page


def test_ticked_rows_are_checked_again(desk):
    desk.post(f"/quality/items/{desk.item.id}/replay", rows=desk.rows)
    assert "0 行通过核验并入库，3 行仍未通过。" in desk.read(f"/quality/items/{desk.item.id}")

    desk.post(f"/quality/items/{desk.item.id}/replay")
    assert "没有勾选任何行。" in desk.read(f"/quality/items/{desk.item.id}")


def test_the_bureau_reads_and_changes_nothing(desk):
    with desk.units.open() as unit:
        bureau = add_person(unit.conn, Role.BUREAU, org=seed.org_id("bureau"), name="王科长")
    desk.sit(bureau)

    page = desk.read(f"/quality/rows/{desk.rows[0]}")
    assert "核验并入库</button>" not in page
    desk.post(f"/quality/rows/{desk.rows[0]}/discard", 403, note="不该由我")


def test_another_department_sees_nothing(desk):
    with desk.units.open() as unit:
        other = add_person(unit.conn, Role.CLERK, org=seed.org_id("finance"), name="路过")
    desk.sit(other)

    assert "没有被隔离的行" in desk.read("/quality")
    desk.read(f"/quality/items/{desk.item.id}", 403)
    desk.read(f"/quality/rows/{desk.rows[0]}", 403)


def test_the_rule_library_lists_every_rule(desk):
    page = desk.read("/quality/rules")

    assert "GB 11643" in page
    assert "<code>not_before:另一信息项</code>" in page


class TestApi:
    def test_lists_and_repairs_like_the_pages(self, desk):
        url = f"/api/v1/quality/items/{desk.item.id}"
        listed = desk.client.get(f"{url}/rows").json()
        assert listed["total"] == 3
        assert listed["reasons"]["xb:code_list"] == 1
        assert desk.client.get(f"{url}/results").json()[0]["failing"] == 1

        head = {"X-CSRF-Token": desk.token}
        row = f"/api/v1/quality/rows/{desk.rows[1]}"
        bad = desk.client.post(f"{row}/repair", json={"values": {"xb": "8"}}, headers=head)
        assert bad.status_code == 422
        assert bad.json()["errors"][0]["field"] == "xb"
        good = desk.client.post(f"{row}/repair", json={"values": {"xb": "1"}}, headers=head)
        assert good.json()["status"] == RowStatus.REPAIRED

    def test_releases_discards_and_replays(self, desk):
        head = {"X-CSRF-Token": desk.token}
        api = "/api/v1/quality"

        def act(path: str, **body: object) -> dict:
            return desk.client.post(f"{api}/{path}", json=body, headers=head).json()

        assert act(f"rows/{desk.rows[0]}/release", note="底册如此")["status"] == "released"
        assert act(f"rows/{desk.rows[1]}/discard", note="测试")["status"] == "discarded"
        assert act(f"items/{desk.item.id}/replay", rows=desk.rows) == {
            "landed": 0,
            "still_waiting": 1,
        }
        assert {r["name"] for r in desk.client.get(f"{api}/rules").json()} >= {"uscc", "id_card"}
