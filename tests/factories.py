"""Plain functions that make a valid thing; a test names only what it is about.

`make_…` makes a value without a database; `add_…` stores it in the test's transaction.
"""

from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import Connection
from stdnum.cn import uscc

from datahall.catalogue import (
    Assessment,
    CatalogueItem,
    Field,
    FieldType,
    ScannedColumn,
    ScannedTable,
)
from datahall.kit.ids import ItemId, OrgId, PersonId, new_id
from datahall.organisations import Appointment, Organisation, OrgKind, Person, seed
from datahall.organisations.repository import structure
from datahall.security import Actor, Role
from datahall.standards import SensitiveKind
from tests.conftest import NOON

_NUMBER = count(1)
CITY = "341500"


def make_uscc() -> str:
    """A unified social credit code that nobody has yet, with its check character."""
    base = f"12{CITY}{next(_NUMBER):08d}0"
    return base + uscc.calc_check_digit(base)


def make_org(**about: Any) -> Organisation:
    """A city department."""
    n = next(_NUMBER)
    defaults = {
        "id": OrgId(new_id()),
        "name": f"六安市第{n}局",
        "short_name": f"市{n}局",
        "seal": "测",
        "kind": OrgKind.CITY,
        "uscc": make_uscc(),
        "region": CITY,
    }
    return Organisation(**defaults | about)


def make_actor(*roles: Role, org: Organisation | OrgId | None = None, **about: Any) -> Actor:
    """Somebody with these posts; in an organisation of their own unless one is named."""
    if not isinstance(org, Organisation):
        org = make_org() if org is None else make_org(id=org)
    defaults = {
        "person": PersonId(new_id()),
        "name": "周明远",
        "org": org.id,
        "org_name": org.short_name,
        "roles": frozenset(roles),
        "region": "3415",
    }
    return Actor(**defaults | about)


def add_city(conn: Connection) -> None:
    """The seeded areas and organisations; `seed.org_id("police")` is 市公安局."""
    seed.plant(conn)


def add_org(conn: Connection, **about: Any) -> Organisation:
    """A stored department; the areas are planted when they are missing."""
    if not structure.children_of(conn, None):
        seed.plant_regions(conn)
    org = make_org(**about)
    structure.add_organisations(conn, [org])
    return org


def add_person(
    conn: Connection, *roles: Role, org: Organisation | OrgId | None = None, **about: Any
) -> Person:
    """A stored person in these posts, without a password."""
    if org is None:
        org = add_org(conn)
    n = next(_NUMBER)
    defaults = {
        "id": PersonId(new_id()),
        "name": "周明远",
        "login": f"person{n}",
        "org": org.id if isinstance(org, Organisation) else org,
        "roles": frozenset(roles),
    }
    person = Person(**defaults | about)
    structure.add_person(conn, person, at=NOON)
    for role in sorted(person.roles):
        structure.add_appointment(
            conn, Appointment(id=new_id(), person=person.id, role=role, since=NOON)
        )
    return person


def add_actor(
    conn: Connection, *roles: Role, org: Organisation | OrgId | None = None, **about: Any
) -> Actor:
    """A stored person in these posts, as the services want them."""
    return actor_of(conn, add_person(conn, *roles, org=org, **about))


def actor_of(conn: Connection, person: Person) -> Actor:
    org = structure.organisation(conn, person.org)
    return make_actor(*person.roles, org=org, person=person.id, name=person.name)


POLICE = make_org(name="六安市公安局", short_name="市公安局", seal="公")
"""Provider of `make_item` unless another is named."""


def make_field(name: str = "xm", **about: Any) -> Field:
    given = {"title": name, "source_column": name, "type": FieldType.STRING, "length": 50}
    return Field(name=name, **{**given, **about})


def make_fields() -> tuple[Field, ...]:
    """A person's fields, one of each grade below 4."""
    return (
        make_field(
            "gmsfhm",
            title="公民身份号码",
            length=18,
            required=True,
            is_key=True,
            grade=3,
            sensitive=SensitiveKind.ID_CARD,
            rules=("id_card",),
        ),
        make_field("xm", title="姓名", required=True, grade=3, sensitive=SensitiveKind.NAME),
        make_field("xb", title="性别", length=1, grade=2, code_list="GB/T 2261.1"),
        make_field("ssxq", title="所属县区", length=6, code_list="GB/T 2260"),
    )


def make_item(**about: Any) -> CatalogueItem:
    """A draft that could be submitted."""
    given: dict[str, Any] = {
        "id": ItemId(new_id()),
        "provider": POLICE.id,
        "title": "常住人口基本信息",
        "abstract": "全市常住人口的身份与户籍所在地，每日更新。",
        "category_code": "101001",
        "fields": make_fields(),
        "share_condition": "限办理本部门法定职责时逐人核验，不得批量留存。",
        "duty_basis": "《中华人民共和国户口登记条例》第三条",
        "contact": "周明远",
        "phone": "0564-3379000",
        "secrecy": make_assessment("六公密审〔2026〕18号"),
        "privacy": make_assessment("PIA-2026-0087"),
        "drafted_at": NOON,
    }
    return CatalogueItem(**{**given, **about})


def make_assessment(number: str = "PIA-2026-0087") -> Assessment:
    return Assessment(number=number, conclusion="不涉密，可以共享", done_on=date(2026, 10, 9))


def make_table(*columns: ScannedColumn, **about: Any) -> ScannedTable:
    """The police bureau's table of persons, as its metadata tell it."""
    given: dict[str, Any] = {
        "schema": "rk",
        "name": "t_czrk",
        "comment": "常住人口基本信息表",
        "row_estimate": 200_000,
        "primary_key": ("gmsfhm",),
        "columns": columns or make_columns(),
    }
    return ScannedTable(**{**given, **about})


def make_columns() -> tuple[ScannedColumn, ...]:
    told = (
        ("gmsfhm", "character varying(18)", "公民身份号码", False),
        ("xm", "character varying(50)", "姓名", False),
        ("xb", "character(1)", "性别（GB/T 2261.1）", True),
        ("mz", "character(2)", "民族", True),
        ("csrq", "date", "出生日期", True),
        ("hjdz", "character varying(200)", "户籍地址", True),
        ("lxdh", "character varying(20)", "联系电话", True),
        ("ssxq", "character(6)", "所属县区", True),
        ("update_time", "timestamp without time zone", "更新时间", False),
    )
    return tuple(
        ScannedColumn(name=name, type=type, comment=comment, nullable=nullable, position=position)
        for position, (name, type, comment, nullable) in enumerate(told, start=1)
    )
