"""What the JSON API of conformance takes and gives."""

from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TallyOut(Shape):
    """How many fields there are, are bound, and keep to their element."""

    fields: int = Field(description="信息项")
    bound: int = Field(description="已绑定")
    conforming: int = Field(description="已落标: bound and without deviation")
    bound_rate: Decimal | None = Field(description="绑定率; null without fields")
    conformance_rate: Decimal | None = Field(description="落标率; null without fields")


class OrgTallyOut(BaseModel):
    org: UUID
    tally: TallyOut


class RatesOut(BaseModel):
    """The rates of the city and of each department with entries in force (落标率)."""

    city: TallyOut
    departments: list[OrgTallyOut]


class DeviationOut(Shape):
    """One way in which a field differs from its element."""

    path: str
    found: str
    wanted: str
    words: str


class StandingOut(Shape):
    """One field of an entry in force, as it was judged (落标情况)."""

    item: UUID
    item_title: str
    org: UUID
    field: str
    title: str
    shape: str
    element: str | None
    is_source: bool
    deviations: tuple[DeviationOut, ...]


class StandingsOut(BaseModel):
    """A page of fields."""

    total: int
    fields: list[StandingOut]


class SuggestionOut(BaseModel):
    element: str
    name: str
    score: float
    reasons: tuple[str, ...]


class PlaceOut(BaseModel):
    """One field with its element, or with what it may be."""

    field: str
    title: str
    element: str | None
    is_source: bool
    deviations: tuple[DeviationOut, ...]
    suggestions: list[SuggestionOut]


class SheetOut(BaseModel):
    """An entry's newest version with its bindings (绑定情况)."""

    item: UUID
    version: int
    edit: int = Field(description="To be sent with a change, so that no save is lost")
    tally: TallyOut
    fields: list[PlaceOut]


class BindingIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    field: str = Field(description="Column name in the hall 字段名")
    element: str | None = Field(default=None, description="数据元编码; null releases the field")
    is_source: bool = Field(
        default=False, description="The provider claims to be the source 主张数源"
    )


class BindingsIn(BaseModel):
    """What to bind in one save."""

    model_config = ConfigDict(extra="forbid")

    bindings: list[BindingIn]
    edit: int | None = Field(default=None, description="`edit` of the version chosen on")


class RejectionIn(BaseModel):
    field: str
    element: str
