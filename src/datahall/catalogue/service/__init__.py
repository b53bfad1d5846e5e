"""What people do with the inventory and the catalogue; one function a use case."""

from datahall.catalogue.service.drafting import (
    CONTENT,
    discard,
    draft_blank,
    draft_from_table,
    record_scan,
    revise,
    start_version,
    together,
)
from datahall.catalogue.service.faults import missing
from datahall.catalogue.service.reading import read, versions
from datahall.catalogue.service.reviewing import agree, publish, return_, submit, take_effect

__all__ = [
    "CONTENT",
    "agree",
    "discard",
    "draft_blank",
    "draft_from_table",
    "missing",
    "publish",
    "read",
    "record_scan",
    "return_",
    "revise",
    "start_version",
    "submit",
    "take_effect",
    "together",
    "versions",
]
