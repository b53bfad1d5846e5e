"""What the JSON API takes and gives of mounted resources."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from datahall.catalogue.mounting.model import Health, ResourceKind
from datahall.catalogue.schemas import Shape


class MountIn(Shape):
    """A table, an API or a camera group to mount; files are sent as a form (挂接)."""

    kind: ResourceKind
    title: str = Field(description="资源名称")
    address: str = Field(default="", description="URL of an API, code of a camera group")
    table: UUID | None = Field(default=None, description="Scanned table 库表")
    field_map: Mapping[str, str] = Field(
        default={}, description="Field of the entry → the resource's own 字段映射"
    )


class ProbeOut(Shape):
    """One probe (探测记录)."""

    at: datetime
    ok: bool
    code: str
    detail: Mapping[str, Any]
    took_ms: int | None


class ResourceOut(Shape):
    """One mounted resource (挂接资源)."""

    id: UUID
    item: UUID
    kind: ResourceKind
    title: str
    address: str
    table: UUID | None
    field_map: Mapping[str, str]
    size_bytes: int | None
    digest: str = Field(description="SHA-256 of a file")
    mounted_at: datetime
    due_at: datetime | None = Field(description="Next probe; null: none is made")
    last: ProbeOut | None
    succeeded_at: datetime | None = Field(description="As of when it was last well")


class ResourceWithHealth(Shape):
    """A resource and whether it counts as mounted now (健康状况)."""

    resource: ResourceOut
    health: Health
    is_mounted: bool = Field(description="Its probe succeeded inside the entry's update cycle")
