"""An application for shared data and its way from desk to desk (共享申请)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Self

from datahall.catalogue import Sharing
from datahall.deadlines import Clock, Limit, Pause, Reading
from datahall.kit.clock import local_date
from datahall.kit.errors import Fault
from datahall.kit.ids import ApplicationId, ItemId, OrgId, PersonId
from datahall.kit.labels import Labelled
from datahall.supply_demand.errors import (
    AskedAlready,
    ExtensionTooLong,
    NoFieldAgreed,
    NotAtThisStage,
    NotWanted,
    ReasonRequired,
    RefusalIncomplete,
)
from datahall.supply_demand.model.grants import GrantedField
from datahall.supply_demand.model.proposal import Proposal


class Status(Labelled):
    """Where an application is; the middle three are desks of a route."""

    DRAFT = "draft", "草稿"
    RETURNED = "returned", "已退回修改"
    DEPARTMENT = "department", "待本部门同意"
    AUTHORITY = "authority", "主管部门审核中"
    PROVIDER = "provider", "数源部门审核中"
    SUPPLEMENT = "supplement", "待补正"
    AGREED = "agreed", "已同意"
    REFUSED = "refused", "不同意"
    WITHDRAWN = "withdrawn", "已撤回"


EDITABLE: Final = (Status.DRAFT, Status.RETURNED)
ANSWERING: Final = (Status.AUTHORITY, Status.PROVIDER)
CLOSED: Final = (Status.AGREED, Status.REFUSED, Status.WITHDRAWN)

ROUTES: Final[Mapping[str, tuple[Status, ...]]] = {
    "R1": (Status.DEPARTMENT, Status.PROVIDER),  # the decree's text
    "R2": (Status.DEPARTMENT, Status.AUTHORITY, Status.PROVIDER),  # a form check in front
    "R3": (Status.DEPARTMENT, Status.AUTHORITY),  # the authority answers instead
    "R4": (Status.DEPARTMENT, Status.PROVIDER, Status.AUTHORITY),  # the authority confirms
}
"""Desks in their order; all but R1 are local decisions. The last one's
agreement makes the grant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """All that was missing, told at once and only once (一次性告知补正); the clock stands still."""

    missing: str
    asked_at: datetime  # UTC
    explanation: str = ""
    supplied_at: datetime | None = None  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """More working days, asked for by who answers and granted by the authority (延期)."""

    days: int
    reason: str
    asked_at: datetime  # UTC
    decided_at: datetime | None = None  # UTC
    granted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """What a refusal stands on: law, administrative regulation or State Council decision."""

    document: str  # 文件名称
    number: str  # 文号
    article: str  # 条款


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a desk decided (答复)."""

    agreed: bool
    fields: tuple[GrantedField, ...] = ()  # those given; fewer than wanted is a partial agreement
    reason: str = ""  # required for a refusal and for a partial agreement
    citation: Citation | None = None  # required for a refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One department's application for one item of another (共享申请)."""

    id: ApplicationId
    code: str  # SQ20261016-0001
    item: ItemId
    item_version: int
    item_title: str
    sharing: Sharing
    consumer: OrgId
    provider: OrgId
    applicant: PersonId
    proposal: Proposal
    route: tuple[Status, ...]
    status: Status = Status.DRAFT
    desk: Status | None = None  # where it stands, also while material is being completed
    received_at: datetime | None = None  # UTC, by that desk
    limit_days: int | None = None  # working days that the desk has; None: no limit in law
    supplement: Supplement | None = None
    extension: Extension | None = None
    answer: Answer | None = None
    reminded: int = 0  # level of the last reminder of this desk, see `reminder_due`
    drafted_at: datetime  # UTC
    closed_at: datetime | None = None  # UTC

    @property
    def is_partial(self) -> bool:
        """Whether fewer fields were agreed to than wanted (部分同意)."""
        answer = self.answer
        return bool(answer and answer.agreed and len(answer.fields) < len(self.proposal.fields))

    @property
    def extension_days(self) -> int:
        return self.extension.days if self.extension and self.extension.granted else 0

    @property
    def next_desk(self) -> Status | None:
        """The desk after this one; None when this one decides."""
        if self.desk is None:
            return self.route[0]
        after = self.route[self.route.index(self.desk) + 1 :]
        return after[0] if after else None

    @property
    def has_left_department(self) -> bool:
        """Whether other departments know of it."""
        return self.desk is not None and self.desk is not Status.DEPARTMENT

    def clock(self) -> Clock | None:
        """The limit of the desk that has it, or that closed it; None where none runs."""
        if self.received_at is None or self.limit_days is None or self.status is Status.WITHDRAWN:
            return None
        asked = self.supplement
        pauses: tuple[Pause, ...] = ()
        if asked and asked.asked_at >= self.received_at:
            until = local_date(asked.supplied_at) if asked.supplied_at else None
            pauses = (Pause(local_date(asked.asked_at), until),)
        return Clock(
            started_on=local_date(self.received_at),
            limit_days=self.limit_days,
            extension_days=self.extension_days,
            pauses=pauses,
            finished_on=local_date(self.closed_at) if self.closed_at else None,
        )

    def revised(self, proposal: Proposal) -> Self:
        """The draft with other content (修改)."""
        self.require_at(*EDITABLE)
        return replace(self, proposal=proposal)

    def passed_on(self, at: datetime, limit: Limit | None) -> Self:
        """Handed to the next desk, whose clock starts with its receipt (送达)."""
        desk = self.next_desk
        if desk is None:
            raise AssertionError("the last desk decides")
        return replace(
            self,
            status=desk,
            desk=desk,
            received_at=at,
            limit_days=limit.days if limit else None,
            extension=None,
            reminded=0,
        )

    def sent(self, at: datetime) -> Self:
        """Handed to the head of the applicant's own sharing office (报本部门审核)."""
        self.require_at(*EDITABLE)
        return replace(self, desk=None).passed_on(at, None)

    def returned(self, remarks: str) -> Self:
        """Sent back to who drafted it, who may hand it in again (退回修改)."""
        self.require_at(Status.DEPARTMENT)
        if not remarks:
            raise ReasonRequired
        return replace(self, status=Status.RETURNED, desk=None, received_at=None, limit_days=None)

    def asked_to_supplement(self, missing: str, at: datetime) -> Self:
        """Paused until the applicant completes what is missing (要求补正)."""
        self.require_at(*ANSWERING)
        if not missing:
            raise ReasonRequired
        if self.supplement:
            raise AskedAlready
        return replace(
            self, status=Status.SUPPLEMENT, supplement=Supplement(missing=missing, asked_at=at)
        )

    def supplemented(self, explanation: str, reasons: Mapping[str, str], at: datetime) -> Self:
        """Completed; the clock goes on (补正). Reasons may be rewritten, nothing may be added."""
        self.require_at(Status.SUPPLEMENT)
        if not explanation or self.supplement is None or self.desk is None:
            raise ReasonRequired
        fields = tuple(
            replace(f, reason=reasons.get(f.name, "").strip() or f.reason)
            for f in self.proposal.fields
        )
        return replace(
            self,
            status=self.desk,
            proposal=replace(self.proposal, fields=fields),
            supplement=replace(self.supplement, explanation=explanation, supplied_at=at),
        )

    def asked_to_extend(self, days: int, reason: str, at: datetime, *, most: int) -> Self:
        """Waiting for the authority's consent to more days (申请延期)."""
        self.require_at(*ANSWERING)
        if self.extension:
            raise AskedAlready
        if not 1 <= days <= most:
            raise ExtensionTooLong(most=most)
        if not reason:
            raise ReasonRequired
        return replace(self, extension=Extension(days=days, reason=reason, asked_at=at))

    def extended(self, *, granted: bool, at: datetime) -> Self:
        """With the authority's decision on more days (批准延期)."""
        if not self.extension or self.extension.decided_at or self.status in CLOSED:
            raise NotAtThisStage(stage=self.status.label)
        return replace(self, extension=replace(self.extension, granted=granted, decided_at=at))

    def answered(self, answer: Answer) -> Self:
        """With this desk's decision; it is not closed or passed on yet (答复)."""
        self.require_at(*ANSWERING)
        offered = self._offered()
        if not answer.agreed:
            if missing := _missing_in_refusal(answer):
                raise RefusalIncomplete(missing)
            return replace(self, answer=answer)
        if not answer.fields:
            raise NoFieldAgreed
        if unknown := {f.name for f in answer.fields} - offered.keys():
            raise NotWanted(fields="、".join(sorted(unknown)))
        if len(answer.fields) < len(offered) and not answer.reason:
            raise ReasonRequired
        given = tuple(replace(f, masked=f.masked or offered[f.name]) for f in answer.fields)
        return replace(self, answer=replace(answer, fields=given))

    def closed(self, at: datetime) -> Self:
        """Ended by its answer."""
        if self.answer is None:
            raise AssertionError("an answer closes it")
        status = Status.AGREED if self.answer.agreed else Status.REFUSED
        return replace(self, status=status, closed_at=at)

    def withdrawn(self, at: datetime) -> Self:
        """Taken back by the applicant before it is answered (撤回)."""
        if self.status in CLOSED:
            raise NotAtThisStage(stage=self.status.label)
        return replace(self, status=Status.WITHDRAWN, closed_at=at)

    def _offered(self) -> dict[str, bool]:
        """Fields that this desk may agree to: those wanted, less what an earlier desk refused."""
        if self.answer and self.answer.agreed:
            return {f.name: f.masked for f in self.answer.fields}
        return {f.name: f.masked for f in self.proposal.fields}

    def require_at(self, *stages: Status) -> None:
        """Refuse an act that belongs to another stage."""
        if self.status not in stages:
            raise NotAtThisStage(stage=self.status.label)


def _missing_in_refusal(answer: Answer) -> list[Fault]:
    cited = answer.citation
    given = {
        "reason": answer.reason,
        "document": cited.document if cited else "",
        "number": cited.number if cited else "",
        "article": cited.article if cited else "",
    }
    codes = {"reason": "refusal_reason_missing"}
    return [
        Fault(name, f"supply_demand.{codes.get(name, f'{name}_missing')}")
        for name, words in given.items()
        if not words
    ]


REMIND_AT: Final = (0.5, 0.8)
"""Who answers is reminded when so much of the limit is used, and on its last day [P]."""


def reminder_due(reading: Reading) -> int:
    """Which reminder the clock has come to: 0 none, 1 and 2 by share used, 3 the last day."""
    if reading.left_days <= 0:
        return len(REMIND_AT) + 1
    return sum(reading.share_used >= share for share in REMIND_AT)


class StepKind(Labelled):
    """What happened to an application, in the words of its history (经过)."""

    DRAFTED = "drafted", "起草"
    SENT = "sent", "报本部门审核"
    DEPARTMENT_AGREED = "department_agreed", "本部门同意"
    RETURNED = "returned", "退回修改"
    RECEIVED = "received", "送达签收，开始计时"
    SUPPLEMENT_ASKED = "supplement_asked", "一次性告知补正"
    SUPPLEMENTED = "supplemented", "补正完成，恢复计时"
    EXTENSION_ASKED = "extension_asked", "申请延期"
    EXTENSION_GRANTED = "extension_granted", "同意延期"
    EXTENSION_REFUSED = "extension_refused", "不同意延期"
    AGREED = "agreed", "同意"
    AGREED_IN_PART = "agreed_in_part", "部分同意"
    REFUSED = "refused", "不同意"
    GRANTED = "granted", "授权生效，凭证已生成"
    WITHDRAWN = "withdrawn", "撤回"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the history: who did what, when (经过)."""

    application: ApplicationId
    at: datetime  # UTC
    kind: StepKind
    by: str  # as in acts
    name: str
    org_name: str
    note: str = ""


def code(day: date, number: int) -> str:
    """SQ20261016-0001: counted from 1 each day."""
    return f"SQ{day:%Y%m%d}-{number:04d}"
