"""A certificate verifies offline, and nothing in it can be changed unnoticed."""

import json

import pytest
from typer.testing import CliRunner

from datahall import ledger, reconciliation
from datahall.cli.commands import app
from tests.ingestion.conftest import CLERK, PERSONS, add_persons

ISSUED = []


@pytest.fixture
def issued(request):
    """A run, its certificate file and the published key; made once, since files do not change."""
    if not ISSUED:
        source_db, reconciled = map(request.getfixturevalue, ("source_db", "reconciled"))
        source_db.execute(PERSONS)
        add_persons(source_db, range(1, 4_501))
        made = reconciled(source_db.form(), "person", watermark="update_time")
        made.mounted.age_checkpoint()
        source_db.execute("delete from person where id = 5")
        run = made.run()
        with made.units.open() as unit:
            file = reconciliation.certificate(unit, CLERK, run.certificate).to_json()
            key = str(ledger.published_key(unit.keys.signer("ledger")))
        ISSUED.append((run, file, key))
    return ISSUED[0]


def states(verdict):
    return {check.name: str(check.state) for check in verdict.checks}


def test_verifies_with_the_published_key_alone(issued):
    run, file, key = issued

    verdict = ledger.verify_certificate(file, key)

    assert verdict.ok, verdict.checks
    assert list(states(verdict)) == ["file", "seal", "parts", "signature", "inclusion"]
    totals = verdict.statement["totals"]
    assert (totals["source"], totals["hall"]) == (4_499, 4_500)
    assert (totals["found"], totals["repaired"], totals["remaining"]) == (1, 1, 0)
    assert len(verdict.statement["parts"]) == run.ranges == 2


def test_says_nothing_of_what_the_rows_hold(issued):
    _, file, _ = issued

    assert "张" not in file.decode()


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda c: c["totals"].update(found=0), {"seal", "parts"}),
        (lambda c: c["parts"][0].update(digest="0" * 48), {"seal", "parts"}),
        (lambda c: c["item"].update(title="另一个目录"), {"seal"}),
        (lambda c: c.update(issued_at="2020-01-01T00:00:00Z"), {"seal"}),
        (lambda c: c["parts"].pop(), {"seal", "parts"}),
    ],
)
def test_no_change_goes_unnoticed(issued, change, broken):
    _, file, key = issued
    plain = json.loads(file)
    change(plain["certificate"])

    verdict = ledger.verify_certificate(json.dumps(plain), key)

    assert {name for name, state in states(verdict).items() if state == "failed"} == broken


def test_the_receipt_of_another_entry_does_not_serve(issued):
    _, file, key = issued
    plain = json.loads(file)
    plain["receipt"]["record"]["body"]["digest"] = "00" * 32

    assert states(ledger.verify_certificate(json.dumps(plain), key))["seal"] == "failed"


@pytest.mark.parametrize(
    "file", [b"", b"{}", b'{"format": "datahall-certificate/1"}', b"\xff" * 99]
)
def test_what_is_no_certificate_is_told(issued, file):
    verdict = ledger.verify_certificate(file, issued[2])

    assert not verdict.ok
    assert states(verdict)["file"] == "failed"


def test_on_the_command_line(issued, tmp_path):
    _, file, key = issued
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(file)
    bad.write_bytes(file.replace(b'"found":1', b'"found":0'))

    verify = ["certificate", "verify"]
    passed = CliRunner().invoke(app, [*verify, str(good), "--key", key])
    failed = CliRunner().invoke(app, [*verify, str(bad), "--key", key])

    assert passed.exit_code == 0, passed.output
    assert failed.exit_code == 1
    assert "不能采信" in failed.output
