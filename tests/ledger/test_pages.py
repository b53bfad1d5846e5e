"""The ledger's pages, as people see them."""

import pytest
import sqlalchemy as sa

from datahall import ledger
from datahall.kit.crypto import Suite
from datahall.ledger import tables
from datahall.organisations import seed
from datahall.security import Role
from tests.conftest import NOON
from tests.factories import actor_of, add_city, add_person
from tests.web import people


@pytest.fixture
def client(units, fresh_dsn):
    with units.open() as unit:
        add_city(unit.conn)
    with people.hall(fresh_dsn) as made:
        yield made


@pytest.fixture
def receipt(units):
    """A receipt of this hall's log, whose checkpoint is not the newest."""
    with units.open() as unit:
        [leaf] = ledger.append(unit.conn, [make_leaf()])
        made = ledger.receipt(unit.conn, leaf, signer=unit.keys.signer("ledger"))
        ledger.append(unit.conn, [make_leaf() for _ in range(4)])
        ledger.sequence(unit.conn, unit.keys.signer("ledger"))
    return made.to_json()


def make_leaf(**changes):
    return ledger.Leaf(
        **{
            "kind": "ledger:act:refuse", "subject": "item:1", "at": NOON, "by": "p1",
            "body": {"act": "POST /catalogue/items", "code": "security.not_permitted"}, **changes,
        }
    )  # fmt: skip


def add(units, *roles, org="bureau", name="秦明"):
    with units.open() as unit:
        return add_person(unit.conn, *roles, org=seed.org_id(org), name=name)


def guest(client):
    """Open the form as a stranger; the token that it carries."""
    page = client.get("/receipts").text
    return page.split('name="_csrf" value="')[1].split('"')[0]


def submit(client, file=None, text=""):
    """What the browser sends, a file field being there even when it is empty."""
    name, content = ("receipt.json", file) if file is not None else ("", b"")
    return client.post(
        "/receipts", data={"_csrf": guest(client), "text": text}, files={"file": (name, content)}
    )


class TestReceipts:
    def test_is_open_to_everybody_with_the_key(self, client):
        page = client.get("/receipts")
        assert page.status_code == 200
        assert "datahall/341500+" in page.text
        assert "核验通过" not in page.text

    def test_an_uploaded_receipt_is_explained(self, client, receipt):
        page = submit(client, receipt).text
        for words in (
            "核验通过",
            "4 / 4 项通过",
            "账本的第 1 条",
            "增加到 5 条",
            "操作被拒绝",
            "2026-10-16 12:00:00",
        ):
            assert words in page

    def test_a_pasted_receipt_is_as_good_as_the_file(self, client, receipt):
        pasted = f"  \r\n{receipt.decode()}\r\n"
        assert "4 / 4 项通过" in submit(client, text=pasted).text

    def test_a_forged_receipt_is_not_believed(self, client, receipt):
        page = submit(client, receipt.replace(b"POST", b"PUT\\u0000")).text
        assert "核验不通过" in page
        assert "不能采信" in page

    @pytest.mark.parametrize(
        "file", [b"{}", b"\x89PNG\r\n", "存证".encode("gb18030"), b"x" * 200_000]
    )
    def test_what_is_no_receipt_is_answered_kindly(self, client, file):
        page = submit(client, file)
        assert page.status_code == 200
        assert "0 / 4 项通过" in page.text
        assert "不是一份完整的存证回执" in page.text

    def test_nothing_sent(self, client):
        page = submit(client)
        assert page.status_code == 422
        assert "还没有选择回执文件" in page.text

    def test_a_rewritten_history_is_noticed(self, client, units, receipt):
        """The receipt is good in itself, but the hall's log is another one by now."""
        with units.open() as unit:
            for table in (tables.tiles, tables.checkpoints, tables.leaves, tables.records):
                unit.conn.execute(sa.delete(table))
            ledger.append(unit.conn, [make_leaf() for _ in range(5)])
            ledger.sequence(unit.conn, unit.keys.signer("ledger"))
        page = submit(client, receipt).text
        assert "3 / 4 项通过" in page
        assert "历史可能被改写" in page

    def test_the_key_and_the_newest_checkpoint_can_be_kept(self, client, receipt):
        key = client.get("/receipts/key")
        assert "attachment" in key.headers["content-disposition"]
        assert ledger.verify_receipt(receipt, key.text).ok
        note = client.get("/receipts/checkpoint").text
        assert ledger.Checkpoint.open(note, ledger.VerifierKey.parse(key.text)).size == 5


class TestLedger:
    def test_staff_see_how_far_the_log_has_grown(self, client, units, receipt):
        people.sit_down(client, units, add(units, Role.CLERK, org="civil_affairs"))
        page = client.get("/ledger").text
        assert "检查点" in page
        assert "查操作记录" not in page
        assert receipt

    def test_an_empty_log(self, client, units):
        people.sit_down(client, units, add(units, Role.AUDIT_ADMIN))
        page = client.get("/ledger").text
        assert "还没有检查点" in page
        assert client.get("/receipts/checkpoint").status_code == 404

    def test_checkpoints_turn_pages(self, client, units):
        with units.open() as unit:
            for _ in range(52):
                ledger.append(unit.conn, [make_leaf()])
                ledger.sequence(unit.conn, unit.keys.signer("ledger"), at=NOON)
        people.sit_down(client, units, add(units, Role.AUDIT_ADMIN))
        page = client.get("/ledger").text
        assert page.count("<td>2026-10-16 12:00:00</td>") == 50
        older = page.split('href="/ledger?before=')[1].split('"')[0]
        assert client.get(f"/ledger?before={older}").text.count("12:00:00</td>") == 2


class TestActs:
    @pytest.fixture
    def auditor(self, client, units):
        person = add(units, Role.AUDIT_ADMIN)
        people.sit_down(client, units, person)
        return person

    def test_are_for_the_auditor(self, client, units):
        people.sit_down(client, units, add(units, Role.SYSTEM_ADMIN))
        assert client.get("/ledger/acts").status_code == 403

    @pytest.mark.usefixtures("auditor")
    def test_say_who_did_what(self, client, units):
        doer = add(units, Role.CLERK, org="civil_affairs", name="何志强")
        with units.open() as unit:
            ledger.append(unit.conn, [make_leaf(by=doer.id), make_leaf(by="system")])
        page = client.get(f"/ledger/acts?by={doer.id}").text
        assert "市民政局 何志强" in page
        assert page.count("操作被拒绝<span") == 1
        assert "系统</a>" not in page

    @pytest.mark.usefixtures("auditor")
    def test_by_subject_and_day(self, client, units):
        with units.open() as unit:
            ledger.append(unit.conn, [make_leaf(), make_leaf(subject="item:2")])
        found = "/ledger/acts?subject=item:2&since=2026-10-16&until=2026-10-16"
        assert client.get(found).text.count("操作被拒绝<span") == 1
        assert "没有符合条件的记录" in client.get("/ledger/acts?subject=item:3").text
        assert (
            "没有符合条件的记录" in client.get("/ledger/acts?subject=item:2&until=2026-10-15").text
        )
        assert client.get("/ledger/acts?since=gestern").status_code == 200

    @pytest.mark.usefixtures("auditor")
    def test_turn_pages_and_keep_the_question(self, client, units):
        with units.open() as unit:
            ledger.append(unit.conn, [make_leaf(subject="item:9") for _ in range(60)])
        page = client.get("/ledger/acts?subject=item:9").text
        assert page.count("操作被拒绝<span") == 50
        older = (
            page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        )
        assert client.get(older).text.count("操作被拒绝<span") == 10

    @pytest.mark.usefixtures("auditor")
    def test_one_act_with_its_receipt(self, client, units):
        with units.open() as unit:
            [leaf] = ledger.append(unit.conn, [make_leaf()])
        page = client.get(f"/ledger/acts/{leaf}").text
        assert "POST /catalogue/items" in page
        file = client.get(f"/ledger/receipts/{leaf}")
        assert ledger.verify_receipt(file.content, client.get("/receipts/key").text).ok

    @pytest.mark.usefixtures("auditor")
    def test_an_erased_act_says_so(self, client, units):
        with units.open() as unit:
            [leaf] = ledger.append(unit.conn, [make_leaf()])
        person = add(units, Role.SECURITY_ADMIN, name="严守正")
        with units.open() as unit:
            ledger.erase(unit, actor_of(unit.conn, person), leaf, basis="行政裁定")
        assert "内容已依法删除" in client.get(f"/ledger/acts/{leaf}").text
        assert client.get(f"/ledger/receipts/{leaf}").status_code == 410


class TestOwnReceipts:
    def test_whoever_acted_may_have_the_receipt_and_nobody_else(self, client, units):
        doer = add(units, Role.CLERK, org="civil_affairs", name="何志强")
        with units.open() as unit:
            mine, other = ledger.append(unit.conn, [make_leaf(by=str(doer.id)), make_leaf()])
        people.sit_down(client, units, doer)
        assert client.get(f"/ledger/receipts/{mine}").status_code == 200
        assert client.get(f"/ledger/receipts/{other}").status_code == 403


class TestApi:
    def test_a_receipt_is_checked(self, client, receipt):
        sent = {"Content-Type": "application/octet-stream", "Accept": "application/json"}
        verdict = client.post(
            "/api/v1/ledger/receipts/verify", content=receipt, headers=sent
        ).json()
        assert verdict["ok"] is True
        assert [c["name"] for c in verdict["checks"]] == [
            "file",
            "signature",
            "inclusion",
            "current",
        ]

    def test_a_witness_follows_the_log(self, client, receipt):
        old = ledger.verify_receipt(receipt, client.get("/api/v1/ledger/key").text).checkpoint
        new = ledger.Checkpoint.open(
            client.get("/api/v1/ledger/checkpoint").text,
            ledger.VerifierKey.parse(client.get("/api/v1/ledger/key").text),
        )
        proof = client.get(f"/api/v1/ledger/consistency?old={old.size}&new={new.size}").json()
        path = [bytes.fromhex(step) for step in proof["path"]]
        assert ledger.is_extended(old, new, path, Suite.INTL)
        assert client.get("/api/v1/ledger/consistency?old=1&new=99").status_code == 404

    def test_acts_are_for_the_auditor(self, client, units, receipt):
        assert client.get("/api/v1/ledger/acts").status_code == 401
        people.sit_down(client, units, add(units, Role.AUDIT_ADMIN))
        acts = client.get("/api/v1/ledger/acts?subject=item:1&limit=2").json()
        assert [act["index"] for act in acts] == [4, 3]
        assert receipt
