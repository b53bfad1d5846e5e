"""Steps 5 to 8 of the story: what the grant gives, proves and ends (调用、核验与收回)."""

import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import sqlalchemy as sa

from datahall import supply_demand
from datahall.client import Answer, CallRefused
from datahall.demo import cast
from datahall.demo.city import PERSONS, change_row
from datahall.demo.stage import (
    ELSEWHERE,
    QUOTA,
    SCOPE,
    Access,
    Figures,
    Stage,
    StepFailed,
    hold,
    refused,
)
from datahall.kit import signing
from datahall.kit.clock import utc_now
from datahall.supply_demand import Algorithm

FRESH_WITHIN_S: Final = 60.0
REVOKED_WITHIN_S: Final = 5.0


def call_gateway(stage: Stage) -> Figures:
    """调用：只给授权的项和行，按分级脱敏；不该给的逐一被拒绝，说明责任在哪一方"""
    code = str(stage.persons.code)
    person = stage.someone(SCOPE)
    answer = _first_answer(stage, person)
    row = answer.rows[0]
    hold(set(row) == {"gmsfhm", "xm", "ssxq", "hjdz"}, f"给出的信息项不对：{sorted(row)}")
    hold(row["gmsfhm"] == person["gmsfhm"], "主键不符。")
    hold(row["xm"] != person["xm"] and row["xm"][0] == person["xm"][0], "姓名没有按规则脱敏。")
    hold(row["hjdz"] != person["hjdz"], "户籍地址没有脱敏。")
    stage.say(f"查得 1 行：姓名 {row['xm']}，户籍地址 {row['hjdz']}")
    codes: list[str] = []

    def denied(code_: str, call: Callable[[], object]) -> None:
        with refused(code_):
            call()
        codes.append(code_)

    key = person["gmsfhm"]
    client = stage.client()
    denied("consumer.field_not_granted", lambda: client.get(code, gmsfhm=key, select=["lxdh"]))
    denied("consumer.outside_scope", lambda: client.get(code, ssxq=ELSEWHERE, gmsfhm=key))
    other = stage.someone(ELSEWHERE)["gmsfhm"]
    denied("consumer.not_in_scope", lambda: client.get(code, gmsfhm=other))
    forged = stage.client(Access(stage.held.grant, "x" * 43))
    denied("consumer.wrong_signature", lambda: forged.get(code, gmsfhm=key))
    _replay(stage, f"/v1/data/{code}", f"gmsfhm=eq.{key}")
    codes.append("consumer.replayed")
    _late(stage, f"/v1/data/{code}", f"gmsfhm=eq.{key}")
    codes.append("consumer.clock_skew")
    small, cremation = stage.client(stage.small), str(stage.items["cremations"].code)
    for _ in range(QUOTA):
        small.get(cremation, limit=1)
    denied("consumer.over_quota", lambda: small.get(cremation, limit=1))
    stage.say(f"被拒绝的 {len(codes)} 种情形都写明了责任方：{'、'.join(codes)}")
    return {"answered_fields": sorted(row), "refusals": codes}


def _first_answer(stage: Stage, person: dict[str, Any]) -> Answer:
    answer = stage.client().get(str(stage.persons.code), gmsfhm=person["gmsfhm"])
    hold(len(answer.rows) == 1, f"应查得 1 行，实际 {len(answer.rows)} 行。")
    stage.last_answer = answer
    return answer


def _replay(stage: Stage, path: str, query: str) -> None:
    """The very same signed call twice: the second is refused."""
    headers = stage.client().signed(path, query)
    first = httpx.get(f"{stage.gateway}{path}?{query}", headers=headers)
    second = httpx.get(f"{stage.gateway}{path}?{query}", headers=headers)
    hold(first.is_success, f"第一次调用应成功：{first.text}")
    hold(second.json().get("code") == "consumer.replayed", f"重放没有被拒绝：{second.text}")


def _late(stage: Stage, path: str, query: str) -> None:
    """A call that was signed ten minutes ago."""
    held = stage.held
    timestamp, nonce = str(time.time_ns() // 1_000_000 - 600_000), secrets.token_urlsafe(18)
    algorithm = Algorithm.HMAC_SHA256.value
    digest = signing.body_digest(algorithm, b"")
    text = signing.string_to_sign("GET", path, query, digest, timestamp, nonce)
    headers = {
        **stage.client().signed(path, query),
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Sign": signing.sign(algorithm, held.secret, text),
    }
    late = httpx.get(f"{stage.gateway}{path}?{query}", headers=headers)
    hold(late.json().get("code") == "consumer.clock_skew", f"过期时间没有被拒绝：{late.text}")


def change_at_source(stage: Stage) -> Figures:
    """来源表改一行，网关的答案随之改变"""
    person = stage.someone(SCOPE, nth=1)
    code, key = str(stage.persons.code), person["gmsfhm"]
    client = stage.client()
    before = client.get(code, gmsfhm=key).rows[0]["hjdz"]
    address = f"霍山县衡山镇中兴社区{random.randint(1, 99)}号"
    reading = stage.departments.reading(PERSONS)
    change_row(reading, key, {"hjdz": address}, at=utc_now())
    changed = time.monotonic()
    while time.monotonic() - changed < FRESH_WITHIN_S:
        if client.get(code, gmsfhm=key).rows[0]["hjdz"] != before:
            took = round(time.monotonic() - changed, 2)
            stage.say(f"来源改动 {took} 秒后，网关给出新值（承诺 {FRESH_WITHIN_S:.0f} 秒）")
            return {"seconds_to_gateway": took, "promise_s": FRESH_WITHIN_S}
        time.sleep(0.25)
    raise StepFailed(f"{FRESH_WITHIN_S:.0f} 秒后网关给出的仍是旧值。")


def verify_receipt(stage: Stage) -> Figures:
    """下载回执，离线核验；回执或日志改动一个字节，核验就不通过"""
    if stage.last_answer is None:
        raise StepFailed("还没有调用。")
    number = stage.last_answer.receipt
    file = stage.home / "receipt.json"
    file.write_bytes(stage.client().receipt(number))
    key = stage.home / "ledger.pub"
    key.write_text(_datahall("ledger", "key").stdout)
    hold(_verifies(file, key), "真的回执没有通过核验。")

    content = bytearray(file.read_bytes())
    at = content.index(str(stage.held.grant.id).encode())
    content[at] = ord("0") if content[at] != ord("0") else ord("1")
    forged = stage.home / "receipt-forged.json"
    forged.write_bytes(content)
    hold(not _verifies(forged, key), "改过一个字节的回执通过了核验。")

    hold(_datahall("ledger", "verify").returncode == 0, "台账没有通过核验。")
    with _tampered(stage, number):
        hold(_datahall("ledger", "verify").returncode != 0, "台账被改动，却通过了核验。")
    hold(_datahall("ledger", "verify").returncode == 0, "复原后的台账没有通过核验。")
    stage.say(f"回执 {number} 离线核验通过；改动回执或台账一个字节都被发现")
    return {"receipt": number, "bytes": len(file.read_bytes()), "tampering_found": 2}


def _datahall(*arguments: str, offline: bool = False) -> subprocess.CompletedProcess[str]:
    """The command line as an operator uses it; offline without database and gateway in reach."""
    env = {k: v for k, v in os.environ.items() if not (offline and k == "DATABASE_URL")}
    return subprocess.run(
        [sys.executable, "-m", "datahall.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )


def _verifies(receipt: Path, key: Path) -> bool:
    done = _datahall("receipt", "verify", str(receipt), "--key", str(key), offline=True)
    return done.returncode == 0


@contextmanager
def _tampered(stage: Stage, leaf: str) -> Iterator[None]:
    """One character of the stored record is another one, for as long as the block runs."""
    with stage.units.engine.begin() as conn:
        held = conn.execute(
            sa.text("select record from ledger_records where leaf = :leaf"), {"leaf": leaf}
        ).scalar_one()
        _write_record(conn, leaf, _other(held))
    try:
        yield
    finally:
        with stage.units.engine.begin() as conn:
            _write_record(conn, leaf, held)


def _other(record: str) -> str:
    at = record.index("2")
    return f"{record[:at]}3{record[at + 1 :]}"


def _write_record(conn: sa.Connection, leaf: str, record: str) -> None:
    conn.execute(
        sa.text("update ledger_records set record = :record where leaf = :leaf"),
        {"record": record, "leaf": leaf},
    )


def revoke(stage: Stage) -> Figures:
    """数源部门收回授权，下一次调用就被拒绝"""
    code = str(stage.persons.code)
    key = stage.someone(SCOPE)["gmsfhm"]
    client = stage.client()
    client.get(code, gmsfhm=key)
    with stage.units.open() as unit:
        actor = cast.actor(unit, "police.rep")
        supply_demand.revoke(unit, actor, stage.held.grant.id, "核验方式变更，重新申请。")
    revoked = time.monotonic()
    while time.monotonic() - revoked < REVOKED_WITHIN_S:
        try:
            client.get(code, gmsfhm=key)
        except CallRefused as error:
            took = round(time.monotonic() - revoked, 3)
            hold(error.code == "consumer.grant_revoked", f"应因授权终止被拒绝，实际 {error.code}。")
            stage.say(f"收回后 {took} 秒起被拒绝：{error.title}")
            return {"seconds_to_refusal": took, "limit_s": REVOKED_WITHIN_S}
        time.sleep(0.02)
    raise StepFailed(f"收回 {REVOKED_WITHIN_S:.0f} 秒后仍能调用。")
