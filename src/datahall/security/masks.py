"""Masks (脱敏): what is left of a value for those who may not see it in clear.

A mask never shows more of an odd value than of a proper one:
a value without the shape of its kind is covered whole.  The same value always gives the same
mask.  Kinds are the values of `standards.SensitiveKind`, known here by name only.
"""

import re
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from enum import IntEnum
from typing import Final

COVER: Final = "***"

Mask = Callable[[object], str | None]


class Protection(IntEnum):
    """How much of a value is hidden; of two protections the higher one holds (就高从严)."""

    CLEAR = 0  # 明文
    PARTIAL = 1  # the kind's usual mask 部分遮盖
    STRICT = 2  # the kind's stricter mask 从严遮盖
    WHOLE = 3  # 全部遮盖


SENSITIVE_GRADE: Final = 3  # 一般·中敏感: masked by default
HIGH_GRADE: Final = 4  # 一般·高敏感: the stricter masks
TOP_GRADE: Final = 5  # 重要 and 核心: never shown by this platform, whatever a grant says


def protection(*, kind: str, grade: int, masked: bool) -> Protection:
    """What a field's kind, its grade and its grant ask for together: the strictest of them.

    Args:
        kind: the field's sensitive kind, `none` for an ordinary field.
        grade: 1–6, 一般数据分级 and above.
        masked: False only when a grant names the field as given in clear.
    """
    if grade >= TOP_GRADE:
        return Protection.WHOLE
    if not masked:
        return Protection.CLEAR
    known = kind in PARTIAL
    by_kind = Protection.PARTIAL if known else Protection.CLEAR
    if grade >= HIGH_GRADE:
        by_grade = Protection.STRICT if known else Protection.WHOLE
    elif grade >= SENSITIVE_GRADE:
        by_grade = Protection.PARTIAL if known else Protection.WHOLE
    else:
        by_grade = Protection.CLEAR
    return max(by_kind, by_grade)


def mask_for(kind: str, wanted: Protection) -> Mask | None:
    """The function that masks a field, or None when its values leave as they are."""
    if wanted is Protection.CLEAR:
        return None
    rules = {Protection.PARTIAL: PARTIAL, Protection.STRICT: STRICT}.get(wanted, {})
    rule = rules.get(kind, cover)

    def mask_(value: object) -> str | None:
        return None if value is None else rule(str(value))

    return mask_


def mask(kind: str, value: object, *, grade: int = SENSITIVE_GRADE) -> str | None:
    """`value` as somebody without a grant sees it; None stays None."""
    rule = mask_for(kind, protection(kind=kind, grade=grade, masked=True))
    if rule is None:
        return None if value is None else str(value)
    return rule(value)


def cover(_value: str) -> str:
    """Nothing of the value, not even its length."""
    return COVER


def name(value: str) -> str:
    """张三 → 张*, 欧阳修 → 欧**: the first character stays."""
    match len(value):
        case 0 | 1:
            return COVER
        case 2:
            return f"{value[0]}*"
        case _:
            return f"{value[0]}**"


def id_card(value: str) -> str:
    """First 6 and last 4 of 18 (the birth date is hidden), first 6 and last 3 of 15."""
    if re.fullmatch(r"\d{17}[\dXx]", value):
        return f"{value[:6]}********{value[-4:]}"
    if re.fullmatch(r"\d{15}", value):
        return f"{value[:6]}******{value[-3:]}"
    return COVER


def id_card_strict(value: str) -> str:
    """First and last character."""
    return f"{value[0]}{'*' * 16}{value[-1]}" if re.fullmatch(r"\d{17}[\dXx]", value) else COVER


def uscc(value: str) -> str:
    """First 8 (authority, kind and region) and last 2 of 18."""
    return f"{value[:8]}********{value[-2:]}" if re.fullmatch(r"[0-9A-Z]{18}", value) else COVER


def mobile(value: str) -> str:
    """138****5678."""
    return f"{value[:3]}****{value[-4:]}" if re.fullmatch(r"1\d{10}", value) else COVER


def mobile_strict(value: str) -> str:
    return f"*********{value[-2:]}" if re.fullmatch(r"1\d{10}", value) else COVER


def landline(value: str) -> str:
    """0564-*****35: area code and last 2."""
    found = re.fullmatch(r"(0\d{2,3})-?(\d{7,8})", value)
    if found is None:
        return COVER
    area, number = found.groups()
    return f"{area}-{'*' * (len(number) - 2)}{number[-2:]}"


# Whatever could name a place below the county (a street, a village, 小区) ends the match:
# an address that we cannot read is rather covered too much.
_COUNTY = re.compile(
    r"(?P<city>(?:[^\s\d省市]{2,8}省)?[^\s\d市区县镇乡村路街]{2,6}市)?"
    r"(?P<county>[^\s\d市区县镇乡村路街号]{1,6}(?:(?<![小社园])区|县))?"
)


def address(value: str) -> str:
    """六安市金安区***: down to the county or district, never below."""
    return _address(value, "city", "county")


def address_strict(value: str) -> str:
    """六安市***."""
    return _address(value, "city")


def _address(value: str, *parts: str) -> str:
    found = _COUNTY.match(value)
    kept = "".join(found[p] or "" for p in parts) if found else ""
    return kept + COVER


def bank_card(value: str) -> str:
    """First 6 and last 4 of 16–19."""
    if re.fullmatch(r"\d{16,19}", value):
        return f"{value[:6]}{'*' * (len(value) - 10)}{value[-4:]}"
    return COVER


def bank_card_strict(value: str) -> str:
    if re.fullmatch(r"\d{16,19}", value):
        return f"{'*' * (len(value) - 4)}{value[-4:]}"
    return COVER


def email(value: str) -> str:
    """a***@x.cn: first character and domain."""
    found = re.fullmatch(r"([^@\s])[^@\s]+(@[^@\s]+\.[^@\s]+)", value)
    return f"{found[1]}***{found[2]}" if found else COVER


def email_strict(value: str) -> str:
    found = re.fullmatch(r"[^@\s]+(@[^@\s]+\.[^@\s]+)", value)
    return f"***{found[1]}" if found else COVER


def plate(value: str) -> str:
    """皖N·1***5: place, first and last character."""
    found = re.fullmatch(r"(\w)([A-Z])[·\s]?([0-9A-Z])[0-9A-Z]{3,4}([0-9A-Z学警港澳挂])", value)
    return f"{found[1]}{found[2]}·{found[3]}***{found[4]}" if found else COVER


def plate_strict(value: str) -> str:
    found = re.fullmatch(r"(\w)([A-Z])[·\s]?[0-9A-Z]{4,5}[0-9A-Z学警港澳挂]", value)
    return f"{found[1]}{found[2]}·*****" if found else COVER


def birth_date(value: str) -> str:
    """1980-**-**: the year."""
    found = re.match(r"(19|20)\d{2}(?=\D|\d{4}$)", value)
    return f"{found[0]}-**-**" if found else COVER


def birth_date_strict(value: str) -> str:
    """The decade: 198*-**-**."""
    found = re.match(r"((?:19|20)\d)\d(?=\D|\d{4}$)", value)
    return f"{found[1]}*-**-**" if found else COVER


HALF_TURN: Final = 180  # degrees


def location(value: str) -> str:
    """116.51,31.75: two decimals, about a kilometre, cut and not rounded."""
    return _coordinates(value, Decimal("0.01"))


def location_strict(value: str) -> str:
    """One decimal, about ten kilometres."""
    return _coordinates(value, Decimal("0.1"))


def _coordinates(value: str, step: Decimal) -> str:
    try:
        parts = [Decimal(p.strip()) for p in value.split(",")]
    except InvalidOperation:
        return COVER
    if len(parts) not in {1, 2} or not all(p.is_finite() and abs(p) <= HALF_TURN for p in parts):
        return COVER
    return ",".join(f"{p.quantize(step, rounding=ROUND_DOWN)}" for p in parts)


PARTIAL: Final[dict[str, Callable[[str], str]]] = {
    "name": name,
    "id_card": id_card,
    "uscc": uscc,
    "mobile": mobile,
    "landline": landline,
    "address": address,
    "bank_card": bank_card,
    "email": email,
    "plate": plate,
    "birth_date": birth_date,
    "location": location,
}

STRICT: Final[dict[str, Callable[[str], str]]] = {
    "id_card": id_card_strict,
    "mobile": mobile_strict,
    "address": address_strict,
    "bank_card": bank_card_strict,
    "email": email_strict,
    "plate": plate_strict,
    "birth_date": birth_date_strict,
    "location": location_strict,
}
"""Kinds without an entry are covered whole when the stricter mask is asked for."""
