"""Why a call is refused.  The code's first part says which side has to act.

`consumer.` the calling system or its department, `platform.` the operator of the hall,
`provider.` the department that the data come from.
"""

from datahall.kit.errors import DomainError


class Refusal(DomainError):
    """The gateway refused the call."""

    @property
    def side(self) -> str:
        """Who has to act: `consumer`, `platform` or `provider`."""
        return self.code.partition(".")[0]


# --- who is calling ------------------------------------------------------------------------


class MalformedCall(Refusal):
    """A signature header is missing or does not have its form."""

    code = "consumer.malformed_call"
    status = 400


class UnknownApp(Refusal):
    """No credential belongs to this X-App-Id."""

    code = "consumer.unknown_app"
    status = 401


class ClockSkew(Refusal):
    """X-Timestamp is more than five minutes away from the gateway's clock."""

    code = "consumer.clock_skew"
    status = 401


class WrongAlgorithm(Refusal):
    """X-Sign-Alg is not the algorithm that the credential was issued for."""

    code = "consumer.wrong_algorithm"
    status = 401


class WrongSignature(Refusal):
    """X-Sign does not fit what arrived."""

    code = "consumer.wrong_signature"
    status = 401


class Replayed(Refusal):
    """This X-Nonce has been used before."""

    code = "consumer.replayed"
    status = 401


# --- what the grant allows -----------------------------------------------------------------


class GrantMismatch(Refusal):
    """X-Grant does not name a grant of this application system."""

    code = "consumer.grant_mismatch"
    status = 403


class GrantRevoked(Refusal):
    """The provider or the authority has ended the grant."""

    code = "consumer.grant_revoked"
    status = 403


class GrantSuspended(Refusal):
    """The grant is suspended until somebody resumes it."""

    code = "consumer.grant_suspended"
    status = 403


class GrantExpired(Refusal):
    """The grant's term is over."""

    code = "consumer.grant_expired"
    status = 403


class GrantNotYet(Refusal):
    """The grant's term has not begun."""

    code = "consumer.grant_not_yet"
    status = 403


class OutsideHours(Refusal):
    """The grant allows calls in certain hours only."""

    code = "consumer.outside_hours"
    status = 403


class OutsideAddresses(Refusal):
    """The grant allows calls from certain addresses only."""

    code = "consumer.outside_addresses"
    status = 403


class WrongItem(Refusal):
    """The grant is for another catalogue item."""

    code = "consumer.wrong_item"
    status = 403


class OverRate(Refusal):
    """More calls in a second than the grant allows."""

    code = "consumer.over_rate"
    status = 429


class OverQuota(Refusal):
    """The grant's calls of today are used up."""

    code = "consumer.over_quota"
    status = 429


# --- what is asked for ---------------------------------------------------------------------


class UnknownParameter(Refusal):
    """The query has a parameter that the grammar does not know."""

    code = "consumer.unknown_parameter"
    status = 400


class MalformedQuery(Refusal):
    """A parameter of the query does not have its form."""

    code = "consumer.malformed_query"
    status = 400


class FieldNotGranted(Refusal):
    """A field is asked for, or filtered by, that the grant does not give."""

    code = "consumer.field_not_granted"
    status = 403


class FilterNotAllowed(Refusal):
    """A field that is given masked may only be compared for equality, and only when it is a key."""

    code = "consumer.filter_not_allowed"
    status = 403


class PagingNotAllowed(Refusal):
    """Pages go by the key, so a grant that masks or withholds the key has none."""

    code = "consumer.paging_not_allowed"
    status = 403


class OutsideScope(Refusal):
    """The filter asks only for rows that the grant's scope excludes."""

    code = "consumer.outside_scope"
    status = 403


class NotInScope(Refusal):
    """No row of this key is in the grant's scope; whether it exists elsewhere is not said."""

    code = "consumer.not_in_scope"
    status = 404


class AnswerTooLarge(Refusal):
    """More rows than one answer may have."""

    code = "consumer.answer_too_large"
    status = 413


class ReceiptNotFound(Refusal):
    """No call of this application system has this receipt."""

    code = "consumer.receipt_not_found"
    status = 404


class NoSuchPath(Refusal):
    """The gateway has no such path or method."""

    code = "consumer.no_such_path"
    status = 404


# --- the platform --------------------------------------------------------------------------


class GrantsStale(Refusal):
    """The gateway has not heard of changed grants for too long, so it answers nobody."""

    code = "platform.grants_stale"
    status = 503


class EvidenceUnavailable(Refusal):
    """The call could not be put on record, so it is not answered."""

    code = "platform.evidence_unavailable"
    status = 503


class Busy(Refusal):
    """The read took too long, or the hall's tables cannot be reached."""

    code = "platform.busy"
    status = 503


class CredentialUnreadable(Refusal):
    """The caller's secret was sealed with a key file that the gateway does not have."""

    code = "platform.credential_unreadable"
    status = 503


class Broken(Refusal):
    """Something unexpected went wrong in the gateway."""

    code = "platform.internal"
    status = 500


# --- the provider --------------------------------------------------------------------------


class NotLanded(Refusal):
    """The item has no data in the hall yet."""

    code = "provider.not_landed"
    status = 503


class ItemWithdrawn(Refusal):
    """The provider has withdrawn the catalogue item."""

    code = "provider.item_withdrawn"
    status = 410


class ItemChanged(Refusal):
    """The item no longer has a field that the grant gives or scopes by."""

    code = "provider.item_changed"
    status = 409
