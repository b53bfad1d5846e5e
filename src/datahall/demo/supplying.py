"""Steps 1 to 4 of the story: from a department's database to a grant (供数与申请)."""

import os
import random
import signal
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Final

import psutil
import sqlalchemy as sa

from datahall import catalogue, store, supply_demand
from datahall.catalogue import CatalogueItem, SearchQuery, Sharing
from datahall.demo import cast, seed
from datahall.demo.plans import PLANS
from datahall.demo.stage import QUOTA, SCOPE, Access, Figures, Stage, StepFailed, hold, refused
from datahall.ingestion import LoadState
from datahall.kit.keys import key_store
from datahall.supply_demand import (
    Answer,
    Condition,
    GrantedField,
    GrantIssued,
    Operator,
    Proposal,
    WantedField,
)


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
