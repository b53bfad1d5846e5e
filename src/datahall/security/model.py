"""Who is acting, in which posts, and the relation in which each post may act.  No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from datahall.kit.ids import OrgId, PersonId


class Role(StrEnum):
    """A post that a person is appointed to (岗位)."""

    CLERK = "clerk"  # 经办人（编目员）
    DEVELOPER = "developer"  # 部门开发人员
    REPRESENTATIVE = "representative"  # 首席代表（共享工作机构负责人）
    HEAD = "head"  # 部门负责人
    CDO = "cdo"  # 首席数据官
    BUREAU = "bureau"  # 市数管局业务人员（数据主管部门）
    LEADER = "leader"  # 领导小组
    GRASSROOTS = "grassroots"  # 乡镇、村（社区）工作人员
    SYSTEM_ADMIN = "system_admin"  # 系统管理员
    SECURITY_ADMIN = "security_admin"  # 安全管理员
    AUDIT_ADMIN = "audit_admin"  # 审计管理员


ADMINISTRATORS: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""三员分立: no person holds two of these, and none of them together with a business post."""


class Relation(StrEnum):
    """How the actor must stand to the thing acted on."""

    OWN = "own"  # it belongs to the actor's organisation
    ANY = "any"  # whoever owns it


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody acting through the pages, the API or the command line (操作人)."""

    person: PersonId
    name: str
    org: OrgId
    org_name: str  # short name, as in 市人社局
    roles: frozenset[Role]
    region: str = ""  # GB/T 2260 code prefix of the area that the actor may see rows of

    @property
    def by(self) -> str:
        """How acts name the actor; the system's own jobs are `system`."""
        return str(self.person) if self.person.int else "system"


Policy = Mapping[str, Mapping[Role, Relation]]
"""act → post → relation; what is not there is denied."""


def allowed(policy: Policy, actor: Actor, act: str, *, on: OrgId | None) -> bool:
    """Whether one of the actor's posts may do `act` to a thing of organisation `on`.

    `on=None` asks whether the actor may do it to anything at all.
    """
    rules = policy.get(act, {})
    for role in actor.roles:
        relation = rules.get(role)
        if relation is Relation.ANY or (
            relation is Relation.OWN and (on is None or on == actor.org)
        ):
            return True
    return False
