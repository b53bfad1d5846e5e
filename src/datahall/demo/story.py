"""The main job told in eight steps against a running hall, each step checked (全流程演示).

From one department's database to another department's governed call: nothing here touches the
gateway's configuration, and every figure is measured.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import sqlalchemy as sa

from datahall import catalogue, store, supply_demand
from datahall.catalogue import CatalogueItem, SearchQuery, Sharing
from datahall.client import Answer as CallAnswer
from datahall.client import CallRefused, Client
from datahall.demo import cast, seed
from datahall.demo.city import PERSONS, City, change_row
from datahall.demo.departments import Departments
from datahall.demo.plans import PLANS
from datahall.ingestion import LoadState, Source
from datahall.kit import signing
from datahall.kit.clock import local_date, utc_now
from datahall.kit.errors import DomainError, Invalid
from datahall.kit.keys import key_store
from datahall.kit.uow import Units
from datahall.supply_demand import (
    Algorithm,
    Answer,
    Condition,
    Grant,
    GrantedField,
    GrantIssued,
    Operator,
    Proposal,
    WantedField,
)

SCOPE: Final = "341502"  # 金安区: the rows that the application asks for
ELSEWHERE: Final = "341503"  # 裕安区
QUOTA: Final = 3  # calls a day of the second grant, so that one more is over it
FRESH_WITHIN_S: Final = 60.0
REVOKED_WITHIN_S: Final = 5.0

Figures = dict[str, Any]


class StepFailed(AssertionError):
    """A step of the story did not hold."""


def hold(condition: object, sentence: str) -> None:
    """Stop the story unless `condition`."""
    if not condition:
        raise StepFailed(sentence)


@dataclass(frozen=True, slots=True)
class Access:
    """A grant with the secret of its credential, as the consumer's developer holds them."""

    grant: Grant
    secret: str


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where the story plays, and what it has come to."""

    units: Units
    departments: Departments
    city: City
    gateway: str
    home: Path
    worker: Callable[[], int | None]  # process id of the hall's worker
    say: Callable[[str], None]
    today: date = field(default_factory=lambda: local_date(utc_now()))
    sources: dict[str, Source] = field(default_factory=dict)
    items: dict[str, CatalogueItem] = field(default_factory=dict)
    access: Access | None = None
    small: Access | None = None
    last_answer: CallAnswer | None = None

    @property
    def persons(self) -> CatalogueItem:
        return self.items["persons"]

    @property
    def held(self) -> Access:
        if self.access is None:
            raise StepFailed("还没有授权。")
        return self.access

    def client(self, access: Access | None = None) -> Client:
        """The application system of 市人社局 with one of its credentials."""
        used = access or self.held
        return Client(self.gateway, used.grant.app_id, used.secret, str(used.grant.id))


@contextmanager
def refused(*codes: str, field: str | None = None) -> Iterator[None]:
    """The block is refused with one of these codes, beside `field` if it is named."""
    try:
        yield
    except Invalid as error:
        found = {(f.code, f.field) for f in error.faults}
        hold(
            any(
                code in codes and (field is None or path.startswith(field)) for code, path in found
            ),
            f"应当因 {codes} 被拒绝，实际是 {found}。",
        )
    except DomainError as error:
        hold(error.code in codes, f"应当因 {codes} 被拒绝，实际是 {error.code}。")
    except CallRefused as error:
        hold(error.code in codes, f"应当因 {codes} 被拒绝，实际是 {error.code}。")
    else:
        raise StepFailed(f"应当因 {codes} 被拒绝，却办成了。")


def connect_sources(stage: Stage) -> Figures:
    """数据源登记、连接测试、扫描：口令加密保存，不搬一行数据"""
    columns = 0
    for plan in PLANS:
        connected = seed.connect(stage.units, plan, stage.departments)
        stage.sources[plan.dataset] = connected.source
        with stage.units.open() as unit:
            for table in catalogue.inventory(unit.conn, connected.source.id):
                columns += len(table.columns)
        if plan.table is not None:
            password = stage.departments.reading(plan.table).password.encode()
            sealed = connected.source.secret or b""
            hold(sealed and password not in sealed, "口令没有加密保存。")
        stage.say(f"{plan.source}（{plan.kind.label}）：连接正常，扫描到 {connected.tables} 张表")
    with stage.units.open() as unit:
        moved = unit.conn.scalar(
            sa.text("select count(*) from information_schema.tables where table_schema = 'hall'")
        )
    hold(moved == 0, "扫描时就有数据进了大厅。")
    return {"sources": len(PLANS), "columns": columns, "rows_moved": 0}


def publish_items(stage: Stage) -> Figures:
    """编目、同意、审核、发布：写错的目录在该栏被指出"""
    wrong = 0
    for plan in PLANS:
        item = seed.draft(stage.units, plan, stage.sources[plan.dataset], today=stage.today)
        if plan.dataset == "persons":
            wrong += _wrong_entries(stage, item)
        published = seed.publish(stage.units, plan, item)
        stage.items[plan.dataset] = published
        stage.say(f"{published.title}：信息项 {len(published.fields)} 个，代码 {published.code}")
    with stage.units.open() as unit:
        clerk = cast.actor(unit, "police.clerk")
        with refused("catalogue.title_taken", field="title"):
            copy = catalogue.draft_blank(unit, clerk, title="另一项人口信息")
            catalogue.revise(unit, clerk, copy.id, title=stage.persons.title)
    return {
        "published": len(stage.items),
        "codes": [str(item.code) for item in stage.items.values()],
        "refused_entries": wrong + 1,
    }


def _wrong_entries(stage: Stage, item: CatalogueItem) -> int:
    stranger = replace(item.fields[1], name="no_such", title="不存在", source_column="no_such")
    with stage.units.open() as unit:
        clerk = cast.actor(unit, "police.clerk")
        with refused("catalogue.withheld_basis_missing", field="withheld_basis"):
            catalogue.revise(unit, clerk, item.id, sharing=Sharing.WITHHELD, withheld_basis="")
        with refused("catalogue.field_not_in_table", field="fields."):
            catalogue.revise(unit, clerk, item.id, fields=(*item.fields, stranger))
    stage.say("不予共享而没有法律依据、信息项在来源表里不存在：都在该栏被指出，草稿没有变")
    return 2


def load_data(stage: Stage) -> Figures:
    """归集：坏行进隔离区并写明原因，好行入库；中途杀掉后台任务也不丢不重"""
    killed = 0
    figures: Figures = {}
    for plan in PLANS:
        item = stage.items[plan.dataset]
        last = None
        for last in seed.loading(stage.units, plan, item.id):
            if not killed and plan.dataset == "persons" and last.state is LoadState.RUNNING:
                killed = _kill(stage)
        hold(last is not None, "没有归集批次。")
        frame = stage.city.datasets[plan.dataset].frame
        manifest = stage.city.manifests[plan.dataset]
        with stage.units.open() as unit:
            dataset = store.dataset_for_item(unit.conn, item.id)
            if dataset is None:
                raise StepFailed(f"{plan.title}没有大厅表。")
            rows = store.state(unit.conn, dataset.id).rows
            waiting = unit.conn.execute(_WAITING, {"dataset": dataset.id}).scalars().all()
        found = Counter((f["field"], f["rule"]) for faults in waiting for f in faults)
        columns = {f.source_column: f.name for f in item.fields}
        sown = Counter((columns[c], rule) for faults in manifest.values() for c, rule in faults)
        hold(
            len(waiting) == len(manifest),
            f"{plan.title}：埋 {len(manifest)} 行，隔离 {len(waiting)} 行。",
        )
        hold(found == sown, f"{plan.title}：隔离原因与埋点不符：{found - sown} {sown - found}")
        hold(
            rows == frame.height - len(manifest),
            f"{plan.title}：入库 {rows} 行，应为 {frame.height - len(manifest)}。",
        )
        figures[plan.dataset] = {"read": frame.height, "landed": rows, "quarantined": len(waiting)}
        stage.say(
            f"{plan.title}：读 {frame.height:,} 行，入库 {rows:,} 行，隔离 {len(waiting):,} 行，与埋点逐项一致"
        )
    return {**figures, "worker_killed": killed}


_WAITING: Final = sa.text(
    "select faults from quality_quarantine where dataset = :dataset and status = 'waiting'"
)


def _kill(stage: Stage) -> int:
    """kill -9 the worker in the middle of a load; the supervisor starts it again."""
    pid = stage.worker()
    if pid is None:
        return 0
    time.sleep(random.uniform(0.05, 0.4))
    for process in [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]:
        os.kill(process.pid, signal.SIGKILL)
    stage.say("在归集途中强行杀掉后台任务（kill -9），由守护进程重新拉起")
    return 1


def apply_and_answer(stage: Stage) -> Figures:
    """市人社局检索、申请，本部门同意，数源部门首席代表答复：同意即授权"""
    with stage.units.open() as unit:
        hits = catalogue.search(unit.conn, SearchQuery(text="人口"))
    hold(any(hit.id == stage.persons.id for hit in hits.items), "检索“人口”没有找到。")
    proposal = Proposal(
        fields=(
            WantedField("gmsfhm", "比对主键"),
            WantedField("xm", "防止号码误录"),
            WantedField("ssxq", "派发到县区核实"),
            WantedField("hjdz", "确认户籍所在地"),
        ),
        scenario="城乡居民养老保险待遇领取资格核验，每月比对一次，防止冒领。",
        basis="《中华人民共和国社会保险法》第七十四条",
        usage="市人社局养老保险科经办人，限本系统使用",
        row_scope=(Condition("ssxq", Operator.EQ, (SCOPE,)),),
        valid_from=stage.today,
        valid_to=stage.today + timedelta(days=364),
        disposal="核验结果保存三年后销毁",
        system="智慧人社经办平台",
        daily_quota=10_000,
    )
    stage.access = _obtain(stage, "persons", "police.rep", proposal, masked=("xm", "hjdz"))
    small = replace(
        proposal,
        fields=(WantedField("hhzbh", "比对主键"), WantedField("swrq", "确定停发月份")),
        row_scope=(),
        daily_quota=QUOTA,
    )
    stage.small = _obtain(stage, "cremations", "civil.rep", small, masked=())
    return {"grants": [str(a.grant.id) for a in (stage.access, stage.small)]}


def _obtain(
    stage: Stage, dataset: str, answered_by: str, proposal: Proposal, *, masked: tuple[str, ...]
) -> Access:
    """From a draft to a grant with its credential, each desk by its own person."""
    vault = key_store().vault()
    item = stage.items[dataset]
    with stage.units.open() as unit:
        clerk = cast.actor(unit, "social.clerk")
        application = supply_demand.draft(unit, clerk, item.id, proposal)
        supply_demand.send(unit, clerk, application.id)
    with stage.units.open() as unit:
        supply_demand.endorse(unit, cast.actor(unit, "social.rep"), application.id)
    fields = tuple(GrantedField(w.name, masked=w.name in masked) for w in proposal.fields)
    with stage.units.open() as unit:
        supply_demand.answer(
            unit,
            cast.actor(unit, answered_by),
            application.id,
            Answer(agreed=True, fields=fields),
            vault=vault,
        )
        issued = next(e for e in unit.events if isinstance(e, GrantIssued))
    with stage.units.open() as unit:
        developer = cast.actor(unit, "social.dev")
        grant = supply_demand.read_grant(unit, developer, issued.grant)
        secret = supply_demand.reveal_secret(unit, developer, grant.id, vault=vault)
    stage.say(f"办件 {application.code}：{item.title}，{len(fields)} 项；同意后授权与凭证同时生效")
    return Access(grant, secret)


def _someone(stage: Stage, area: str, nth: int = 0) -> dict[str, Any]:
    """A clean row of the source in the area."""
    frame = stage.city.persons
    bad = stage.city.manifests["persons"]
    rows = frame.filter(frame["ssxq"] == area).head(200).to_dicts()
    return [row for row in rows if row["gmsfhm"] not in bad][nth]


def call_gateway(stage: Stage) -> Figures:
    """调用：只给授权的项和行，按分级脱敏；不该给的逐一被拒绝，说明责任在哪一方"""
    code = str(stage.persons.code)
    person = _someone(stage, SCOPE)
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
    other = _someone(stage, ELSEWHERE)["gmsfhm"]
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


def _first_answer(stage: Stage, person: dict[str, Any]) -> CallAnswer:
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
    person = _someone(stage, SCOPE, nth=1)
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
    key = _someone(stage, SCOPE)["gmsfhm"]
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


STEPS: Final[tuple[Callable[[Stage], Figures], ...]] = (
    connect_sources,
    publish_items,
    load_data,
    apply_and_answer,
    call_gateway,
    change_at_source,
    verify_receipt,
    revoke,
)


def play(stage: Stage) -> dict[str, Any]:
    """Play every step; a step that fails ends the story.

    Returns:
        `{"ok", "steps": [{"n", "name", "ok", "seconds", "figures"}, …]}`, with `error` in the
        step that failed.
    """
    steps: list[dict[str, Any]] = []
    for number, step in enumerate(STEPS, start=1):
        name = (step.__doc__ or step.__name__).strip()
        stage.say(f"[bold]{number}. {name}[/bold]")
        started = time.monotonic()
        told: dict[str, Any] = {"n": number, "name": name}
        try:
            told |= {"ok": True, "figures": step(stage)}
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the report says it
            told |= {"ok": False, "figures": {}, "error": f"{type(error).__name__}: {error}"}
        told["seconds"] = round(time.monotonic() - started, 2)
        steps.append(told)
        if not told["ok"]:
            break
    return {"ok": len(steps) == len(STEPS) and all(s["ok"] for s in steps), "steps": steps}
