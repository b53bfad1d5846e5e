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
)
from datahall.standards.identifiers import is_id_card, is_mobile, is_uscc
from datahall.standards.model.code_lists import CodeEntry, CodeList, builtin_code_lists
from datahall.standards.model.elements import DataElement, ElementStatus
from datahall.standards.model.matching import Match, suggest
from datahall.standards.model.vocabulary import (
    RULE,
    RULE_TITLES,
    RULES_OF_TWO_FIELDS,
    FieldType,
    SensitiveKind,
)
from datahall.standards.repository.code_lists import code_list, code_list_names, code_lists
from datahall.standards.repository.elements import element, element_codes, elements
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
from datahall.standards.sheets import builtin_elements

__all__ = [
    "RULE",
    "RULES_OF_TWO_FIELDS",
    "RULE_TITLES",
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
    "SensitiveKind",
    "adopt_code_list",
    "builtin_code_lists",
    "builtin_elements",
    "code_list",
    "code_list_names",
    "code_lists",
    "discard_element",
    "draft_element",
    "element",
    "element_codes",
    "elements",
    "import_elements",
    "is_id_card",
    "is_mobile",
    "is_uscc",
    "publish_element",
    "retire_element",
    "revise_element",
    "seed",
    "suggest",
    "suggest_elements",
]
