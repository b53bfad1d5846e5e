"""The words in which elements and fields are described: types, kinds of sensitive data, rules."""

import re
from collections.abc import Mapping
from typing import Final

from datahall.kit.labels import Labelled


class SensitiveKind(Labelled):
    """What a field tells about a person, a place or an organisation (敏感数据类型).

    The kind decides the default grade and the mask.
    """

    NONE = "none", "非敏感"
    NAME = "name", "姓名"
    ID_CARD = "id_card", "公民身份号码"
    USCC = "uscc", "统一社会信用代码"
    MOBILE = "mobile", "手机号码"
    LANDLINE = "landline", "固定电话"
    ADDRESS = "address", "详细地址"
    BANK_CARD = "bank_card", "银行账号"
    EMAIL = "email", "电子邮箱"
    PLATE = "plate", "机动车号牌"
    BIRTH_DATE = "birth_date", "出生日期"
    LOCATION = "location", "经纬度"

    @property
    def is_personal(self) -> bool:
        """Whether the field identifies or describes a natural person (个人信息)."""
        return self not in {SensitiveKind.NONE, SensitiveKind.USCC}

    @property
    def least_grade(self) -> int:
        """The lowest grade that a field of this kind may have [P]."""
        return LEAST_GRADE.get(self, 3)


LEAST_GRADE: Mapping[SensitiveKind, int] = {
    SensitiveKind.NONE: 1,
    SensitiveKind.USCC: 1,
    SensitiveKind.LANDLINE: 2,
    SensitiveKind.BIRTH_DATE: 2,
    SensitiveKind.PLATE: 2,
    SensitiveKind.LOCATION: 2,
    SensitiveKind.BANK_CARD: 4,
}


class FieldType(Labelled):
    """Data type of a field (数据类型); stored as the guide's letter."""

    STRING = "C", "字符型"
    NUMBER = "N", "数值型"
    MONEY = "Y", "货币型"
    DATE = "D", "日期型"
    DATETIME = "T", "日期时间型"
    BOOLEAN = "L", "逻辑型"
    TEXT = "M", "备注型"
    DOUBLE = "B", "双精度型"
    INTEGER = "I", "整型"
    FLOAT = "F", "浮点型"
    GENERAL = "G", "通用型"

    @property
    def has_scale(self) -> bool:
        """Whether the type has a precision and decimals (长度、小数位)."""
        return self in {FieldType.NUMBER, FieldType.MONEY}


RULE_TITLES: Final = {
    "required": "必填",
    "type": "数据类型",
    "length": "长度",
    "code_list": "代码值",
    "unique": "主键不重复",
    "id_card": "公民身份号码",
    "uscc": "统一社会信用代码",
    "not_future": "不晚于今天",
    "not_before": "日期先后",
    "range": "取值范围",
    "mobile": "手机号码",
    "landline": "固定电话",
    "phone": "联系电话",
    "postcode": "邮政编码",
    "email": "电子邮箱",
    "plate": "机动车号牌",
    "region": "行政区划代码",
    "ip": "IP 地址",
    "url": "网址",
    "vin": "车辆识别代号",
    "bank_card": "银行账号",
    "sex_of": "性别与身份号码一致",
    "birth_of": "出生日期与身份号码一致",
}
"""Rules that a field may name (质量规则); `quality` has them, and a test holds the two equal."""
RULES_OF_TWO_FIELDS: Final = frozenset({"not_before", "sex_of", "birth_of"})
"""Written as `not_before:another_field`."""
RULE: Final = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*)(:(?P<argument>[^\s:!?]+))?[!?]?"
)  # as `quality` reads them
