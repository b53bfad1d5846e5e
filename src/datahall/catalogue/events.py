"""Acts upon the inventory and the catalogue."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ItemId, ResourceId, SourceId, TableId


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesScanned(Event):
    """A source's tables were read from its metadata into the inventory (元数据扫描)."""

    tag: ClassVar[str] = "catalogue:inventory:scan"

    source: SourceId
    tables: int

    @property
    def subject(self) -> str:
        return f"source:{self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsProfiled(Event):
    """A bounded sample of a scanned table was summed up, column by column (列画像)."""

    tag: ClassVar[str] = "catalogue:inventory:profile"

    table: TableId
    columns: int

    @property
    def subject(self) -> str:
        return f"table:{self.table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEvent(Event):
    """Something happened to one version of an entry."""

    item: ItemId
    version: int

    @property
    def subject(self) -> str:
        return f"item:{self.item}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDrafted(ItemEvent):
    """A clerk started an entry, or the next version of a published one (起草)."""

    tag: ClassVar[str] = "catalogue:item:draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRevised(ItemEvent):
    """A clerk changed a draft (修改)."""

    tag: ClassVar[str] = "catalogue:item:revise"
    places: tuple[str, ...]  # paths of what changed


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSubmitted(ItemEvent):
    """A clerk handed an entry to the department's head (提交)."""

    tag: ClassVar[str] = "catalogue:item:submit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAgreed(ItemEvent):
    """The department's head agreed to an entry (部门负责人同意)."""

    tag: ClassVar[str] = "catalogue:item:agree"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReturned(ItemEvent):
    """An entry was sent back with the reason (退回)."""

    tag: ClassVar[str] = "catalogue:item:return"
    remarks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPublished(ItemEvent):
    """A version of an entry came into force (发布)."""

    tag: ClassVar[str] = "catalogue:item:publish"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScheduled(ItemEvent):
    """A version was published and comes into force on a later day (定期生效)."""

    tag: ClassVar[str] = "catalogue:item:schedule"
    code: str
    effective_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWithdrawn(ItemEvent):
    """An entry is no longer in force (下架)."""

    tag: ClassVar[str] = "catalogue:item:withdraw"
    remarks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDiscarded(ItemEvent):
    """A clerk threw a draft away before it was ever published (作废草稿)."""

    tag: ClassVar[str] = "catalogue:item:discard"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceEvent(Event):
    """Something happened to what an entry is served from."""

    item: ItemId
    resource: ResourceId

    @property
    def subject(self) -> str:
        return f"item:{self.item}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMounted(ResourceEvent):
    """A table, API, file or camera group was put behind an entry (挂接)."""

    tag: ClassVar[str] = "catalogue:resource:mount"
    kind: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUnmounted(ResourceEvent):
    """An entry is no longer served from a resource (撤下挂接)."""

    tag: ClassVar[str] = "catalogue:resource:unmount"
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFailed(ResourceEvent):
    """A resource that was well is not any more (挂接失效)."""

    tag: ClassVar[str] = "catalogue:resource:fail"
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRecovered(ResourceEvent):
    """A resource that had failed is well again (挂接恢复)."""

    tag: ClassVar[str] = "catalogue:resource:recover"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureProposed(ItemEvent):
    """The provider asked the authority to take its entry down (申请下架)."""

    tag: ClassVar[str] = "catalogue:departure:propose"
    remarks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureAnnounced(ItemEvent):
    """The authority announced the day on which an entry goes down (公告下架)."""

    tag: ClassVar[str] = "catalogue:departure:announce"
    remarks: str
    effective_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureDeclined(ItemEvent):
    """The authority did not agree to take an entry down (不同意下架)."""

    tag: ClassVar[str] = "catalogue:departure:decline"
    remarks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureCancelled(ItemEvent):
    """An announced withdrawal was called off (撤销公告)."""

    tag: ClassVar[str] = "catalogue:departure:cancel"
    remarks: str
