"""The people of the demo city: who logs in as whom (示例账号).

Everybody enters by the doors that a real city uses: the set-up link makes the administrators,
the system administrator registers organisations and people, the security administrator appoints
them, and each sets a password by a one-time link.
"""

from dataclasses import dataclass
from typing import Final

from datahall import organisations
from datahall.kit.ids import OrgId
from datahall.kit.uow import Unit
from datahall.organisations import Newcomer, seed
from datahall.security import Actor, Role

PASSWORD: Final = "Dabie-Shan-2026"  # noqa: S105 - of the demo city only; `make run` prints it


@dataclass(frozen=True, slots=True)
class Member:
    """One account of the demo city."""

    login: str
    name: str
    org: str  # key in the seed of organisations
    role: Role
    shows: str  # what this person comes to do


ADMINISTRATORS: Final = (
    Member("sysadmin", "高建平", "bureau", Role.SYSTEM_ADMIN, "登记单位、人员与账号"),
    Member("secadmin", "张德胜", "bureau", Role.SECURITY_ADMIN, "任免岗位"),
    Member("auditor", "韩雪梅", "bureau", Role.AUDIT_ADMIN, "查看存证与审计"),
)
STAFF: Final = (
    Member("police.clerk", "王立新", "police", Role.CLERK, "接人口库、编目、看归集与隔离行"),
    Member("police.head", "赵国栋", "police", Role.HEAD, "同意本部门目录"),
    Member("police.rep", "方志远", "police", Role.REPRESENTATIVE, "答复申请、收回授权"),
    Member("police.cdo", "江淮生", "police", Role.CDO, "查看本部门情况"),
    Member("market.clerk", "郑晓东", "market", Role.CLERK, "接企业登记库"),
    Member("market.head", "吴海燕", "market", Role.HEAD, "同意本部门目录"),
    Member("market.rep", "孙玉梅", "market", Role.REPRESENTATIVE, "答复申请"),
    Member("civil.clerk", "何志强", "civil_affairs", Role.CLERK, "上传救助名册与火化登记"),
    Member("civil.head", "陈伟国", "civil_affairs", Role.HEAD, "同意本部门目录"),
    Member("civil.rep", "周明远", "civil_affairs", Role.REPRESENTATIVE, "答复申请"),
    Member("social.clerk", "许文静", "social_security", Role.CLERK, "找数据、提申请"),
    Member("social.rep", "沈静宜", "social_security", Role.REPRESENTATIVE, "同意本单位的申请"),
    Member("social.dev", "程敏", "social_security", Role.DEVELOPER, "取凭证、调接口"),
    Member("bureau", "刘春阳", "bureau", Role.BUREAU, "审核发布目录、同意延期"),
)
CAST: Final = ADMINISTRATORS + STAFF


def assemble(unit: Unit) -> None:
    """Set up the hall and bring in everybody; once."""
    known = seed.by_key()
    bureau = known["bureau"]
    token = organisations.setup_link(unit)
    made = organisations.set_up(
        unit,
        token,
        name=bureau.name,
        short_name=bureau.short_name,
        seal=bureau.seal,
        uscc=bureau.uscc,
        newcomers={m.role: Newcomer(name=m.name, login=m.login) for m in ADMINISTRATORS},
        password=PASSWORD,
        again=PASSWORD,
    )
    for link in made.links.values():
        organisations.set_password_by_link(unit, link, password=PASSWORD, again=PASSWORD)
    system_admin, security_admin = (actor(unit, m.login) for m in ADMINISTRATORS[:2])

    ids: dict[OrgId, OrgId] = {bureau.id: made.authority.id}
    for org in known.values():
        if org.id not in ids:
            ids[org.id] = organisations.register_organisation(
                unit,
                system_admin,
                name=org.name,
                short_name=org.short_name,
                seal=org.seal,
                kind=org.kind,
                uscc=org.uscc,
                region=org.region,
                parent=ids[org.parent] if org.parent else None,
            ).id
    for member in STAFF:
        person = organisations.register_person(
            unit,
            system_admin,
            name=member.name,
            login=member.login,
            org=ids[seed.org_id(member.org)],
            phone="0564-3379000",
        )
        organisations.appoint(unit, security_admin, person.id, member.role)
        link = organisations.make_link(unit, person.id, by=system_admin.by)
        organisations.set_password_by_link(unit, link, password=PASSWORD, again=PASSWORD)


def assembled(unit: Unit) -> bool:
    """Whether the last of the cast has come in."""
    return organisations.person_by_login(unit.conn, CAST[-1].login) is not None


def actor(unit: Unit, login: str) -> Actor:
    """The member of the cast with this login, as somebody who acts."""
    person = organisations.person_by_login(unit.conn, login)
    if person is None:
        raise LookupError(login)
    return organisations.actor_of(unit, person)
