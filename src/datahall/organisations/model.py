"""Regions, organisations, people and the posts they hold.  No I/O."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from datahall.kit.ids import OrgId, PersonId
from datahall.organisations.errors import PostNotOfOrganisation, PostsMustBeSeparate
from datahall.security import ADMINISTRATORS, Actor, Role


class RegionLevel(StrEnum):
    """The four levels of the network (四级网络)."""

    CITY = "city"  # 市
    COUNTY = "county"  # 县区
    TOWN = "town"  # 乡镇（街道）
    VILLAGE = "village"  # 村（社区）


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """An administrative area (行政区划) by its statistical code."""

    code: str  # GB/T 2260: 6 digits to the county, 9 to the town, 12 to the village
    name: str
    level: RegionLevel
    parent: str | None = None

    @property
    def prefix(self) -> str:
        """What the codes of every area inside begin with: 3415 for the city 341500."""
        return self.code[:4] if self.level is RegionLevel.CITY else self.code


class OrgKind(StrEnum):
    """Where an organisation stands; the shape of its seal says it too."""

    CITY = "city"  # 市直部门
    COUNTY = "county"  # 县区
    TOWN = "town"  # 乡镇（街道）
    UPPER = "upper"  # 上级部门


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A department, a county or another body that takes part (单位)."""

    id: OrgId
    name: str  # as on its seal: 六安市人力资源和社会保障局
    short_name: str  # standard short form: 市人社局
    seal: str  # one character, shown in its department seal (单位章)
    kind: OrgKind
    uscc: str  # unified social credit code (统一社会信用代码)
    region: str  # code of the area that it serves
    parent: OrgId | None = None
    is_authority: bool = False  # 数据主管部门


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works in an organisation and may log in (人员)."""

    id: PersonId
    name: str
    login: str
    org: OrgId
    roles: frozenset[Role] = frozenset()  # posts held now
    phone_masked: str = ""  # 138****5678; the clear number is never kept
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A person in a post, from an instant until another (任职)."""

    id: UUID
    person: PersonId
    role: Role
    since: datetime
    until: datetime | None = None
    document: str = ""  # the letter that appoints, as 六数〔2026〕3号


ROLE_NAMES: Final = {
    Role.CLERK: "经办人（编目员）",
    Role.DEVELOPER: "开发人员",
    Role.REPRESENTATIVE: "首席代表",
    Role.HEAD: "部门负责人",
    Role.CDO: "首席数据官",
    Role.BUREAU: "市数管局业务人员",
    Role.LEADER: "领导小组成员",
    Role.GRASSROOTS: "乡镇村工作人员",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
}

AUTHORITY_POSTS: Final = ADMINISTRATORS | {Role.BUREAU}
"""Posts that exist only in the data authority (数据主管部门)."""

SYSTEM: Final = Actor(
    person=PersonId(UUID(int=0)),
    name="系统",
    org=OrgId(UUID(int=0)),
    org_name="系统",
    roles=frozenset(),
)
"""Who jobs act as: it holds no post, so it passes no permission by itself."""


def check_post(person: Person, org: Organisation, role: Role) -> None:
    """Refuse a post that the person may not hold.

    Raises:
        PostsMustBeSeparate: an administrator holds one post and nothing else (三员分立).
        PostNotOfOrganisation
    """
    held = _conflicting(person.roles, role)
    if held is not None:
        raise PostsMustBeSeparate(
            name=person.name, held=ROLE_NAMES[held], role=ROLE_NAMES[role], person=str(person.id)
        )
    if (role in AUTHORITY_POSTS and not org.is_authority) or (
        role is Role.GRASSROOTS and org.kind is not OrgKind.TOWN
    ):
        raise PostNotOfOrganisation(role=ROLE_NAMES[role], org=org.short_name)


def open_posts(person: Person, org: Organisation) -> list[Role]:
    """The posts that the person could be given now."""
    found = []
    for role in Role:
        try:
            check_post(person, org, role)
        except (PostsMustBeSeparate, PostNotOfOrganisation):
            continue
        if role not in person.roles:
            found.append(role)
    return found


def _conflicting(held: Collection[Role], role: Role) -> Role | None:
    """The post that keeps `role` from the same person."""
    for other in sorted(held):
        if other is not role and (role in ADMINISTRATORS or other in ADMINISTRATORS):
            return other
    return None
