"""A mounted resource and how it is.  No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from datahall.catalogue.findings import Finding
from datahall.catalogue.vocabulary import UpdateCycle
from datahall.kit.ids import ItemId, ResourceId, TableId
from datahall.kit.labels import Labelled


class ResourceKind(Labelled):
    """What an entry is served from (资源类型)."""

    TABLE = "table", "库表"
    API = "api", "服务接口"
    FILE = "file", "文件"
    VIDEO_GROUP = "video_group", "视频组"


class Health(Labelled):
    """How a resource is (健康状况); mounted is only what is healthy."""

    HEALTHY = "healthy", "正常"
    STALE = "stale", "超过更新周期"
    FAILING = "failing", "探测失败"
    UNKNOWN = "unknown", "待探测"


SHORTEST_S: Final = 20  # [P] between two probes
LONGEST_S: Final = 86_400  # [P]
AGAIN_S: Final = 60  # [P] after a failed probe
UNPROMISED: Final = timedelta(days=31)  # [P] an irregular entry is looked at once a month at least
PROBES_A_CYCLE: Final = 3  # so that one lost probe does not make a resource stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe in a resource's history (探测记录)."""

    at: datetime  # UTC
    ok: bool
    code: str
    detail: Mapping[str, Any]
    took_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of one entry (挂接资源)."""

    id: ResourceId
    item: ItemId
    kind: ResourceKind
    title: str
    address: str = ""  # URL of an API, name of a file, code of a camera group
    table: TableId | None = None
    field_map: Mapping[str, str] = field(default_factory=dict)  # field of the entry → its own
    size_bytes: int | None = None  # of a file, as it was mounted
    digest: str = ""  # SHA-256 of a file
    mounted_at: datetime  # UTC
    due_at: datetime | None  # UTC; next probe; None: none is made
    last: Probe | None = None
    succeeded_at: datetime | None = None  # UTC; as of when it was last well

    def health(self, cycle: UpdateCycle, now: datetime) -> Health:
        """How it stands: the last probe succeeded, and inside the entry's update cycle."""
        if self.last is None:
            return Health.UNKNOWN
        if not self.last.ok or self.succeeded_at is None:
            return Health.FAILING
        return Health.HEALTHY if now - self.succeeded_at <= allowance(cycle) else Health.STALE

    def probed(self, finding: Finding, cycle: UpdateCycle, *, at: datetime) -> Self:
        """After a probe; a failed one is soon repeated."""
        pause = interval_s(cycle) if finding.ok else min(AGAIN_S, interval_s(cycle))
        return replace(
            self,
            last=Probe(
                at=at, ok=finding.ok, code=finding.code, detail=finding.detail,
                took_ms=finding.took_ms,
            ),
            succeeded_at=(finding.as_of or at) if finding.ok else self.succeeded_at,
            due_at=at + timedelta(seconds=pause),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """What is asked to be mounted (挂接申请)."""

    kind: ResourceKind
    title: str
    address: str = ""
    table: TableId | None = None
    field_map: Mapping[str, str] = field(default_factory=dict)
    file_name: str = ""


def allowance(cycle: UpdateCycle) -> timedelta:
    """For how long one success counts: the cycle, and no less than two probes."""
    promised = cycle.promise_s
    if promised is None:
        return UNPROMISED
    return timedelta(seconds=max(promised, 2 * interval_s(cycle) + AGAIN_S))


def interval_s(cycle: UpdateCycle) -> int:
    """Seconds from a good probe to the next one."""
    promised = cycle.promise_s or LONGEST_S
    return max(SHORTEST_S, min(promised // PROBES_A_CYCLE, LONGEST_S))
