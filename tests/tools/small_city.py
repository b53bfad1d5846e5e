"""A small believable 六安 for tests of pages: departments, people, entries at every stage.

Stages are reached by the same use cases that people use; nothing is written behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from typing import Any

from datahall import catalogue, conformance, ingestion, store, supply_demand
from datahall.catalogue import ScannedColumn, Sharing, UpdateCycle
from datahall.catalogue import repository as entries
from datahall.conformance import Binding
from datahall.demo import city as demo_city
from datahall.ingestion import Kind, SourceForm
from datahall.ingestion.tasks import run_due
from datahall.kit.clock import local_date, utc_now
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId, new_id
from datahall.kit.keys import key_store
from datahall.kit.uow import Unit, Units
from datahall.organisations import Person, seed
from datahall.security import Actor, Role
from datahall.supply_demand import (
    Answer,
    Citation,
    Condition,
    GrantedField,
    Operator,
    Proposal,
    WantedField,
)
from tests.factories import (
    actor_of,
    add_city,
    add_person,
    make_field,
    make_fields,
    make_item,
    make_table,
)
from tests.tools.collect import collect

PEOPLE: Mapping[str, tuple[str, str, tuple[Role, ...]]] = {
    "clerk": ("civil_affairs", "何志强", (Role.CLERK,)),
    "representative": ("civil_affairs", "周明远", (Role.REPRESENTATIVE,)),
    "head": ("civil_affairs", "罗建华", (Role.HEAD,)),
    "applicant": ("social_security", "许文静", (Role.CLERK, Role.DEVELOPER)),
    "applicant_lead": ("social_security", "沈静宜", (Role.REPRESENTATIVE, Role.HEAD)),
    "police": ("police", "王立新", (Role.REPRESENTATIVE, Role.HEAD, Role.CLERK)),
    "bureau": ("bureau", "梁思齐", (Role.BUREAU,)),
    "system_admin": ("bureau", "卫东", (Role.SYSTEM_ADMIN,)),
    "security_admin": ("bureau", "严守正", (Role.SECURITY_ADMIN,)),
    "audit_admin": ("bureau", "秦明", (Role.AUDIT_ADMIN,)),
}

PUBLISHED = (
    ("civil_affairs", "最低生活保障对象信息", "城市与农村低保在册对象的身份、家庭、待遇与起止时间，可按身份号核验是否在册。", Sharing.CONDITIONAL, UpdateCycle.DAILY),
    ("civil_affairs", "殡葬火化登记信息", "全市殡仪馆火化登记，含死亡日期、火化日期与户籍所在地。", Sharing.CONDITIONAL, UpdateCycle.DAILY),
    ("civil_affairs", "老年助餐点及服务能力", "助餐点名称、地址、开放时间与可供餐位数。", Sharing.UNCONDITIONAL, UpdateCycle.WEEKLY),
    ("police", "常住人口基本信息", "全市常住人口的身份与户籍所在地，每日更新。", Sharing.CONDITIONAL, UpdateCycle.DAILY),
    ("police", "刑事案件侦查信息", "依法不予共享，可申请统计结果。", Sharing.WITHHELD, UpdateCycle.IRREGULAR),
)  # fmt: skip


COLLECTED = ("最低生活保障对象信息", "常住人口基本信息")
"""Entries whose data have arrived, with about three rows of a hundred in quarantine."""

BOUND = ("常住人口基本信息", "殡葬火化登记信息")
"""Entries of two departments that both claim to be the source of 姓名."""
BINDINGS = (
    Binding(field="gmsfhm", element="DE01002"),
    Binding(field="xm", element="DE01001", is_source=True),
    Binding(field="xb", element="DE01003"),
)

PLACES = (
    make_field("bh", title="编号", length=20, required=True, is_key=True),
    make_field("mc", title="名称", length=100, required=True),
    make_field("ssxq", title="所属县区", length=6, code_list="GB/T 2260"),
)


LOW, DEAD = "最低生活保障对象信息", "殡葬火化登记信息"
CASES: tuple[dict[str, Any], ...] = (
    {"item": DEAD, "scenario": "养老保险待遇领取资格核验", "sent": 20},
    {"item": LOW, "scenario": "医疗救助一站式结算", "sent": 13},
    {"item": LOW, "scenario": "就业困难人员认定", "sent": 3},
    {"item": DEAD, "scenario": "失业保险金停发核查", "sent": 9, "answered": 6, "end": "supplement"},
    {"item": LOW, "scenario": "公益性岗位资格核验", "sent": 30, "answered": 26, "end": "agreed"},
    {"item": DEAD, "scenario": "宣传稿件素材", "sent": 28, "answered": 25, "end": "refused"},
    {"item": LOW, "scenario": "技能培训补贴发放", "sent": 1, "end": "sent"},
    {"item": DEAD, "scenario": "工伤保险待遇复核", "sent": 0, "end": "draft"},
)


@dataclass(frozen=True, slots=True)
class City:
    """Who is there, by their key in PEOPLE."""

    people: Mapping[str, Person]


def plant(units: Units) -> City:
    """Fill an empty hall: six weeks of its life, up to now."""
    with days_ago(units, 45).open() as unit:
        add_city(unit.conn)
        people = {
            key: add_person(unit.conn, *roles, org=seed.org_id(org), name=name)
            for key, (org, name, roles) in PEOPLE.items()
        }
        actors = {key: actor_of(unit.conn, person) for key, person in people.items()}
        items = _catalogue(unit, actors)
    for case in CASES:
        _apply(units, actors, items, **case)
    _bring(units, actors["clerk"])
    return City(people)


LEDGER = "证号,姓名,火化日期\nHH0001,张三,2026-10-01\nHH0002,李四,2026-10-02\n,王五,2026-10-03\n"


def _bring(units: Units, clerk: Actor) -> None:
    """A file that was scanned, catalogued and brought; and a database that does not answer."""
    with units.open() as unit:
        source = ingestion.register_source(
            unit, clerk, SourceForm(name="殡仪馆台账", kind=Kind.CSV)
        )
        content = BytesIO(LEDGER.encode("gb18030"))
        ingestion.upload(unit, clerk, source.id, name="台账.csv", content=content)
        ingestion.test_source(unit, clerk, source.id)
        ingestion.scan(unit, clerk, source.id)
        table = catalogue.inventory(unit.conn, source.id)[0]
        item = make_item(
            provider=clerk.org,
            title="殡仪馆火化台账",
            table=table.id,
            status=catalogue.ItemStatus.PUBLISHED,
            code="101003/000009",
            published_at=unit.now,
            fields=(
                make_field("zh", title="证号", source_column="证号", is_key=True, required=True),
                make_field("xm", title="姓名", source_column="姓名"),
            ),
        )
        entries.add(unit.conn, item)
        published = catalogue.ItemPublished(
            at=unit.now, by=clerk.by, item=item.id, version=1, code=item.code or ""
        )
        ingestion.follow_published(unit, published)
        unreached = SourceForm(
            name="社会救助前置库",
            kind=Kind.POSTGRESQL,
            host="127.0.0.1",
            port="1",
            database="jz",
            user="hall",
            password="correct horse",
        )
        lost = ingestion.register_source(unit, clerk, unreached)
        ingestion.test_source(unit, clerk, lost.id)
    run_due(units)
    _change(units, clerk, source.id, table.id)


CHANGED = "证号,姓名,火化时间,经办殡仪馆\nHH0001,张三,2026-10-01,六安市殡仪馆\n"


def _change(units: Units, clerk: Actor, source: SourceId, table: TableId) -> None:
    """The file comes with other columns: a scan notices, its columns are summed up."""
    with units.open() as unit:
        content = BytesIO(CHANGED.encode("gb18030"))
        ingestion.upload(unit, clerk, source, name="台账.csv", content=content)
        ingestion.scan(unit, clerk, source)
        ingestion.order_profile(unit, clerk, table)
    ingestion.make_profile(units, table)


def days_ago(units: Units, days: int) -> Units:
    """The same hall, as it was on an earlier day."""
    return replace(units, clock=lambda: utc_now() - timedelta(days=days))


def _entry(unit: Unit, provider: OrgId, title: str, **about: Any) -> catalogue.CatalogueItem:
    item = make_item(provider=provider, title=title, **about)
    entries.add(unit.conn, item)
    return item


def _catalogue(unit: Unit, actors: Mapping[str, Actor]) -> dict[str, ItemId]:
    items: dict[str, ItemId] = {}
    for org, title, abstract, sharing, cycle in PUBLISHED:
        clerk, head = (
            (actors["clerk"], actors["head"])
            if org == "civil_affairs"
            else (actors["police"], actors["police"])
        )
        withheld = sharing is Sharing.WITHHELD
        item = _entry(
            unit,
            clerk.org,
            title,
            abstract=abstract,
            sharing=sharing,
            update_cycle=cycle,
            withheld_basis="《中华人民共和国刑事诉讼法》（主席令第10号）第五十四条"
            if withheld
            else "",
            fields=PLACES if sharing is Sharing.UNCONDITIONAL else make_fields(),
        )
        items[title] = item.id
        if title in BOUND:
            conformance.bind(unit, clerk, item.id, BINDINGS)
        catalogue.submit(unit, clerk, item.id)
        catalogue.agree(unit, head, item.id)
        published = catalogue.publish(unit, actors["bureau"], item.id)
        if title in COLLECTED:
            people = demo_city.build(scale=0.005, today=local_date(unit.now)).persons
            collect(
                unit.conn, published, store.ensure(unit, published), people, at=unit.now, whole=True
            )

    mine = actors["clerk"]
    scan = [
        make_table(),
        make_table(
            ScannedColumn(name="JZZH", type="varchar(20)", comment="救助证号", position=1),
            ScannedColumn(name="HLDJ", type="varchar(2)", comment="护理等级", position=2),
            name="T_TKGY",
            comment="特困供养台账",
            row_estimate=8_120,
        ),
    ]
    source = SourceId(new_id())
    catalogue.record_scan(unit, mine, source, mine.org, scan, kind="postgresql")
    large = max(catalogue.inventory(unit.conn, source), key=lambda t: len(t.columns))
    catalogue.draft_from_table(unit, mine, large.id)
    _entry(unit, mine.org, "养老机构入住信息", fields=())
    waiting = _entry(unit, mine.org, "婚姻登记信息")
    catalogue.submit(unit, mine, waiting.id)
    reviewed = _entry(unit, mine.org, "社会组织登记信息")
    catalogue.submit(unit, mine, reviewed.id)
    catalogue.agree(unit, actors["head"], reviewed.id)
    returned = _entry(unit, mine.org, "特困人员救助供养信息")
    catalogue.submit(unit, mine, returned.id)
    catalogue.return_(unit, actors["head"], returned.id, remarks="请补充“护理等级”的代码表。")
    return items


def _apply(
    units: Units,
    actors: Mapping[str, Actor],
    items: Mapping[str, ItemId],
    *,
    item: str,
    scenario: str,
    sent: int,
    answered: int | None = None,
    end: str = "",
) -> None:
    """One case: handed in `sent` days ago, and what came of it `answered` days ago."""
    clerk, lead, provider = actors["applicant"], actors["applicant_lead"], actors["representative"]
    today = local_date(utc_now())
    wanted = (WantedField("gmsfhm", "比对主键"), WantedField("xm", "防止号码误录", masked=True))
    proposal = Proposal(
        fields=wanted,
        scenario=scenario,
        basis="《中华人民共和国社会保险法》第七十四条",
        usage="市人社局养老保险科 6 名经办人",
        row_scope=(Condition("ssxq", Operator.IN, ("341502", "341503")),),
        valid_from=today,
        valid_to=today + timedelta(days=364),
        disposal="核验结果保存 3 年后销毁，提交销毁证明",
        system="智慧人社经办平台",
    )
    with days_ago(units, sent).open() as unit:
        case = supply_demand.draft(unit, clerk, items[item], proposal)
        if end == "draft":
            return
        supply_demand.send(unit, clerk, case.id)
        if end == "sent":
            return
        supply_demand.endorse(unit, lead, case.id)
    if answered is None:
        return
    with days_ago(units, answered).open() as unit:
        if end == "supplement":
            supply_demand.ask_supplement(unit, provider, case.id, "缺：系统等级保护备案证明。")
            return
        citation = Citation(
            document="政务数据共享条例", number="国务院令第809号", article="第二十条"
        )
        answers = {
            "agreed": Answer(
                agreed=True, fields=tuple(GrantedField(f.name, masked=f.masked) for f in wanted)
            ),
            "refused": Answer(agreed=False, reason="用途与履职无关。", citation=citation),
        }
        supply_demand.answer(unit, provider, case.id, answers[end], vault=key_store().vault())
