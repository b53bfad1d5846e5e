"""What forms send and the API answers."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datahall.organisations.model import OrgKind, RegionLevel
from datahall.organisations.service.setup import Newcomer
from datahall.security import Role

Short = Annotated[str, Field(max_length=100)]
Secret = Annotated[str, Field(max_length=200)]


class SetUpForm(BaseModel):
    """The form of the first run."""

    name: Short = ""
    short_name: Short = ""
    seal: Short = ""
    uscc: Short = ""
    system_admin_name: Short = ""
    system_admin_login: Short = ""
    security_admin_name: Short = ""
    security_admin_login: Short = ""
    audit_admin_name: Short = ""
    audit_admin_login: Short = ""
    password: Secret = ""
    again: Secret = ""

    def newcomer(self, role: Role) -> Newcomer:
        """The person typed for one of the three posts."""
        return Newcomer(name=getattr(self, f"{role}_name"), login=getattr(self, f"{role}_login"))


class OrganisationForm(BaseModel):
    """Registering an organisation."""

    name: Short = ""
    short_name: Short = ""
    seal: Short = ""
    kind: OrgKind = OrgKind.CITY
    uscc: Short = ""
    region: Short = ""


class PersonForm(BaseModel):
    """Registering a person."""

    name: Short = ""
    login: Short = ""
    phone: Short = ""


class RegionOut(BaseModel):
    """An administrative area (行政区划)."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(description="GB/T 2260 code, longer below the county", examples=["341502"])
    name: str = Field(examples=["金安区"])
    level: RegionLevel
    parent: str | None = Field(description="code of the area around it")


class OrganisationOut(BaseModel):
    """An organisation of the directory (单位)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str = Field(examples=["六安市人力资源和社会保障局"])
    short_name: str = Field(examples=["市人社局"])
    seal: str = Field(description="one character of its seal 单位章", examples=["人"])
    kind: OrgKind
    uscc: str = Field(description="unified social credit code 统一社会信用代码")
    region: str = Field(description="code of the area that it serves")
    parent: UUID | None
    is_authority: bool = Field(description="whether it is the data authority 数据主管部门")


class ColleagueOut(BaseModel):
    """A person of an organisation with the posts held now; no login name, no telephone."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    org: UUID
    roles: list[Role]


class ViewerOut(BaseModel):
    """Who is calling (当前用户)."""

    person: UUID
    name: str
    org: UUID
    org_name: str
    roles: list[Role]
    region: str = Field(description="prefix of the region codes whose rows the caller may see")
