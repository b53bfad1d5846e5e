import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from datahall import ledger
from datahall.cli.main import command_line
from datahall.kit.keys import KeyStore
from datahall.kit.settings import settings
from datahall.ledger import commands
from datahall.ledger.tables import records
from tests.conftest import NOON


@pytest.fixture
def hall(fresh_dsn, units, tmp_path, monkeypatch):
    """A hall with three sequenced acts; the command line finds its database and keys."""
    keys = KeyStore(tmp_path / "keys")
    monkeypatch.setattr(commands, "key_store", lambda: keys)
    config = settings().model_copy(update={"database_url": fresh_dsn, "home": tmp_path})
    monkeypatch.setattr(commands, "settings", lambda: config)
    with units.open() as unit:
        made = ledger.append(
            unit.conn,
            [ledger.Leaf(kind="ledger:act:refuse", subject="x:1", at=NOON, by="p1", body={"n": n}) for n in range(3)],
        )  # fmt: skip
        ledger.sequence(unit.conn, keys.signer("ledger"))
        receipt = ledger.receipt(unit.conn, made[1])
    (tmp_path / "receipt.json").write_bytes(receipt.to_json())
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(
        command_line("receipt"), [str(a) for a in arguments], env={"COLUMNS": "200"}
    )


class TestReceiptVerify:
    def test_says_what_was_checked_and_what_the_record_says(self, hall):
        done = run("receipt", "verify", hall / "receipt.json")
        assert done.exit_code == 0, done.output
        for words in (
            "文件完整",
            "签名有效",
            "已经入账",
            "账本的第 2 条",
            "操作被拒绝",
            "2026-10-16 12:00:00",
        ):
            assert words in done.output

    def test_needs_nothing_but_the_published_key(self, hall, monkeypatch):
        key = run("ledger", "key").output.strip()
        (hall / "key.txt").write_text(key + "\n")
        monkeypatch.setattr(commands, "key_store", lambda: KeyStore(hall / "elsewhere"))
        monkeypatch.setattr(commands, "_dsn", lambda: pytest.fail("asked for a database"))
        assert run("receipt", "verify", hall / "receipt.json", "--key", key).exit_code == 0
        assert run("receipt", "verify", hall / "receipt.json", "--key", hall / "key.txt").exit_code == 0  # fmt: skip

    def test_one_changed_byte_fails(self, hall):
        file = hall / "receipt.json"
        file.write_bytes(file.read_bytes().replace(b'"p1"', b'"p2"'))
        done = run("receipt", "verify", file)
        assert done.exit_code == 1
        assert "不能采信" in done.output

    def test_without_a_key_it_says_so_and_makes_none(self, hall, monkeypatch):
        monkeypatch.setattr(commands, "key_store", lambda: KeyStore(hall / "elsewhere"))
        done = run("receipt", "verify", hall / "receipt.json")
        assert done.exit_code == 2
        assert "--key" in done.output
        assert not (hall / "elsewhere").exists()

    def test_what_is_no_key_is_named(self, hall):
        done = run("receipt", "verify", hall / "receipt.json", "--key", "钥匙")
        assert done.exit_code == 2
        assert "钥匙 不是公钥" in done.output


class TestLedgerVerify:
    @pytest.mark.usefixtures("hall")
    def test_whole_log(self):
        done = run("ledger", "verify")
        assert done.exit_code == 0, done.output
        assert "账本 3 条" in done.output
        assert "全部一致" in done.output

    @pytest.mark.usefixtures("hall")
    def test_changed_record_is_named(self, units):
        with units.open() as unit:
            unit.conn.execute(sa.update(records).values(record=sa.func.replace(records.c.record, "p1", "p2")))  # fmt: skip
        done = run("ledger", "verify")
        assert done.exit_code == 1
        assert "记录被改动：第 1" in done.output

    def test_against_a_checkpoint_that_was_kept(self, hall):
        kept = hall / "checkpoint.txt"
        kept.write_text(run("ledger", "checkpoint").stdout)
        assert run("ledger", "verify", "--checkpoint", kept).exit_code == 0
        kept.write_text("datahall/341500\n9\nAAAA\n")
        assert run("ledger", "verify", "--checkpoint", kept).exit_code == 2

    def test_no_database(self, hall, monkeypatch):
        config = settings().model_copy(update={"database_url": None, "home": hall})
        monkeypatch.setattr(commands, "settings", lambda: config)
        done = run("ledger", "verify")
        assert done.exit_code == 2
        assert "datahall up" in done.output
