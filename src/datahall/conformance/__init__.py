"""Conformance (落标): fields bound to data elements, and how they keep to them."""

from datahall.conformance.errors import (
    BindingUnknown,
    BoundMeanwhile,
    FieldNotFound,
    InReview,
    NothingLikely,
)
from datahall.conformance.events import FieldsBound, SuggestionRejected
from datahall.conformance.model import Deviation, Shown, Standing, Tally
from datahall.conformance.repository import tallies
from datahall.conformance.sections import entry_sections
from datahall.conformance.service import (
    Binding,
    Place,
    Sheet,
    bind,
    bind_likely,
    binding_counts,
    bound_fields,
    city,
    follow_element,
    follow_published,
    follow_withdrawn,
    look,
    reject,
)

__all__ = [
    "Binding",
    "BindingUnknown",
    "BoundMeanwhile",
    "Deviation",
    "FieldNotFound",
    "FieldsBound",
    "InReview",
    "NothingLikely",
    "Place",
    "Sheet",
    "Shown",
    "Standing",
    "SuggestionRejected",
    "Tally",
    "bind",
    "bind_likely",
    "binding_counts",
    "bound_fields",
    "city",
    "entry_sections",
    "follow_element",
    "follow_published",
    "follow_withdrawn",
    "look",
    "reject",
    "tallies",
]
