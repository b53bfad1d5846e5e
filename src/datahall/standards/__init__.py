"""Standards (一数一源一标准): data elements, code tables, identifiers, kinds of sensitive data."""

from datahall.standards.errors import (
    CodeListClash,
    CodeListInvalid,
    CodeListNotFound,
    EffectiveTooEarly,
    ElementInvalid,
    ElementNotFound,
    ElementTaken,
)
from datahall.standards.events import (
    CodeListAdopted,
    ElementPublished,
    ElementRetired,
    RulingDecided,
    RulingOpened,
)
from datahall.standards.identifiers import is_id_card, is_mobile, is_uscc
from datahall.standards.model.code_lists import CodeEntry, CodeList, builtin_code_lists
from datahall.standards.model.elements import DataElement, ElementStatus
from datahall.standards.model.matching import Match, best, suggest
from datahall.standards.model.sources import Claim, Ruling, RulingStatus, Source
from datahall.standards.model.vocabulary import (
    RULE,
    RULE_TITLES,
    RULES_OF_TWO_FIELDS,
    FieldType,
    SensitiveKind,
)
from datahall.standards.questions import BindingCount, BindingCounts, BoundField, BoundFields
from datahall.standards.repository.code_lists import code_list, code_list_names, code_lists
from datahall.standards.repository.elements import element, element_codes, elements
from datahall.standards.repository.sources import (
    open_elements,
    rulings_on,
    source_history,
    source_of,
    sources_now,
)
from datahall.standards.service.code_lists import adopt_code_list
from datahall.standards.service.elements import (
    discard_element,
    draft_element,
    import_elements,
    publish_element,
    retire_element,
    revise_element,
)
from datahall.standards.service.matching import suggest_elements
from datahall.standards.service.seeding import seed
from datahall.standards.service.sources import (
    claim,
    concede,
    decide,
    list_rulings,
    make_statement,
    name_source,
    read_ruling,
)
from datahall.standards.service.todos import todos
from datahall.standards.sheets import builtin_elements

__all__ = [
    "RULE",
    "RULES_OF_TWO_FIELDS",
    "RULE_TITLES",
    "BindingCount",
    "BindingCounts",
    "BoundField",
    "BoundFields",
    "Claim",
    "CodeEntry",
    "CodeList",
    "CodeListAdopted",
    "CodeListClash",
    "CodeListInvalid",
    "CodeListNotFound",
    "DataElement",
    "EffectiveTooEarly",
    "ElementInvalid",
    "ElementNotFound",
    "ElementPublished",
    "ElementRetired",
    "ElementStatus",
    "ElementTaken",
    "FieldType",
    "Match",
    "Ruling",
    "RulingDecided",
    "RulingOpened",
    "RulingStatus",
    "SensitiveKind",
    "Source",
    "adopt_code_list",
    "best",
    "builtin_code_lists",
    "builtin_elements",
    "claim",
    "code_list",
    "code_list_names",
    "code_lists",
    "concede",
    "decide",
    "discard_element",
    "draft_element",
    "element",
    "element_codes",
    "elements",
    "import_elements",
    "is_id_card",
    "is_mobile",
    "is_uscc",
    "list_rulings",
    "make_statement",
    "name_source",
    "open_elements",
    "publish_element",
    "read_ruling",
    "retire_element",
    "revise_element",
    "rulings_on",
    "seed",
    "source_history",
    "source_of",
    "sources_now",
    "suggest",
    "suggest_elements",
    "todos",
]
