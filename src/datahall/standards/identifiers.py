"""Identifiers of persons and organisations, one value at a time (标识符校验).

Columns are checked by `quality`, vectorised; these serve forms, calls and tests.
"""

import re

from stdnum.cn import ric, uscc

MOBILE = re.compile(r"1[3-9]\d{9}")


def is_id_card(value: str) -> bool:
    """Whether `value` is a citizen identity number (公民身份号码, GB 11643): 18 characters,
    known region, real birth date, right check character.
    """
    return len(value) == 18 and value == value.strip() and bool(ric.is_valid(value))  # noqa: PLR2004


def is_uscc(value: str) -> bool:
    """Whether `value` is a unified social credit identifier (统一社会信用代码, GB 32100)."""
    return len(value) == 18 and value.isupper() and bool(uscc.is_valid(value))  # noqa: PLR2004


def is_mobile(value: str) -> bool:
    """Whether `value` is a mainland mobile number (手机号码)."""
    return MOBILE.fullmatch(value) is not None
