from typing import ClassVar

from datahall.kit.errors import DomainError, Invalid


class SubjectNotFound(DomainError):
    """No scanned table and no listed system has this id."""

    code = "coverage.subject_not_found"
    status = 404


class ExemptionNotFound(DomainError):
    """No exemption has this id."""

    code = "coverage.exemption_not_found"
    status = 404


class NotAGap(DomainError):
    """Only what no published entry covers, and is not exempted yet, needs an exemption."""

    code = "coverage.not_a_gap"


class RequestIncomplete(Invalid):
    """The request for an exemption has mistakes; each is named beside its field."""

    code = "coverage.request_incomplete"


class ProofRefused(DomainError):
    """The proof file is missing, too large, or not of a type that is taken."""

    code = "coverage.proof_refused"
    status = 422
    field: ClassVar[str | None] = "proof"


class ProofLost(DomainError):
    """The stored proof is no longer there, or is not what was stored."""

    code = "coverage.proof_lost"
    status = 410


class WrongStage(DomainError):
    """The exemption is not in the stage that this act belongs to."""

    code = "coverage.wrong_stage"


class RemarksRequired(DomainError):
    """Refusing or ending an exemption needs the reason in words."""

    code = "coverage.remarks_required"
    status = 422
    field: ClassVar[str | None] = "remarks"


class DecisionMissing(DomainError):
    """A request needs one of its decisions chosen."""

    code = "coverage.decision_missing"
    status = 422
    field: ClassVar[str | None] = "decision"
