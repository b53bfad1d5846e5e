"""Standards (一数一源一标准): code lists, identifiers and kinds of sensitive data."""

from datahall.standards.errors import CodeListClash, CodeListInvalid, CodeListNotFound
from datahall.standards.identifiers import is_id_card, is_mobile, is_uscc
from datahall.standards.model import (
    CodeEntry,
    CodeList,
    CodeListAdopted,
    SensitiveKind,
    builtin_code_lists,
)
from datahall.standards.repository import code_list, code_lists
from datahall.standards.service import adopt_code_list

__all__ = [
    "CodeEntry",
    "CodeList",
    "CodeListAdopted",
    "CodeListClash",
    "CodeListInvalid",
    "CodeListNotFound",
    "SensitiveKind",
    "adopt_code_list",
    "builtin_code_lists",
    "code_list",
    "code_lists",
    "is_id_card",
    "is_mobile",
    "is_uscc",
]
