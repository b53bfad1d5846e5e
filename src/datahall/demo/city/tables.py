"""The four source tables as their departments keep them, and how a clerk describes them.

Columns of the two databases have the abbreviated pinyin names that such systems have, with a
Chinese comment each; the files have Chinese heads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, LiteralString

from datahall.catalogue import Field, FieldType
from datahall.standards import SensitiveKind as Kind

STRING, TEXT, NUMBER, MONEY = (
    FieldType.STRING, FieldType.TEXT, FieldType.NUMBER, FieldType.MONEY,
)  # fmt: skip
DATE, DATETIME, INTEGER = FieldType.DATE, FieldType.DATETIME, FieldType.INTEGER


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source database."""

    name: str
    type: LiteralString
    comment: str
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTable:
    """A table of a source database: `schema.name` in `database`, read by `role`."""

    database: str
    schema: str
    name: str
    comment: str
    key: str
    changed: str  # the watermark column
    role: str  # may read and nothing else
    columns: tuple[Column, ...]
    followed: bool = False  # its changes are published, so that the hall may follow the log


PERSONS: Final = DatabaseTable(
    database="gaj_rkxt",
    schema="rk",
    name="czrk",
    comment="常住人口基本信息表",
    key="gmsfhm",
    changed="gxsj",
    role="dsj_gongan",
    followed=True,
    columns=(
        Column("gmsfhm", "varchar(18)", "公民身份号码"),
        Column("xm", "varchar(50)", "姓名"),
        Column("xb", "varchar(2)", "性别"),
        Column("mz", "varchar(2)", "民族"),
        Column("csrq", "date", "出生日期"),
        Column("hyzk", "varchar(2)", "婚姻状况", required=False),
        Column("hjdz", "varchar(200)", "户籍地址"),
        Column("ssxq", "varchar(6)", "所属县区"),
        Column("xzjd", "varchar(12)", "所属乡镇街道代码"),
        Column("hh", "varchar(20)", "户号"),
        Column("yhzgx", "varchar(10)", "与户主关系", required=False),
        Column("lxdh", "varchar(20)", "联系电话", required=False),
        Column("djrq", "date", "户口登记日期"),
        Column("gxsj", "timestamp(0)", "更新时间"),
    ),
)

ENTERPRISES: Final = DatabaseTable(
    database="scjgj_qydj",
    schema="qydj",
    name="qyjbxx",
    comment="企业登记基本信息表",
    key="tyshxydm",
    changed="gxsj",
    role="dsj_shichang",
    columns=(
        Column("tyshxydm", "varchar(18)", "统一社会信用代码"),
        Column("qymc", "varchar(200)", "企业名称"),
        Column("fddbr", "varchar(50)", "法定代表人"),
        Column("fddbrsfzh", "varchar(18)", "法定代表人身份证号", required=False),
        Column("qylx", "varchar(30)", "企业类型"),
        Column("zczb", "numeric(16,2)", "注册资本（万元）", required=False),
        Column("clrq", "date", "成立日期"),
        Column("hzrq", "date", "核准日期"),
        Column("djzt", "varchar(2)", "登记状态"),
        Column("hydm", "varchar(5)", "行业代码", required=False),
        Column("ssxq", "varchar(6)", "所属县区"),
        Column("zs", "varchar(200)", "住所"),
        Column("jyfw", "text", "经营范围", required=False),
        Column("lxdh", "varchar(20)", "联系电话", required=False),
        Column("gxsj", "timestamp(0)", "更新时间"),
    ),
)

ASSISTANCE_SHEET: Final = "社会救助对象"


def _field(
    source: str,
    name: str = "",
    type: FieldType = STRING,
    *rules: str,
    length: int | None = None,
    scale: int | None = None,
    required: bool = False,
    key: bool = False,
    grade: int = 1,
    kind: Kind = Kind.NONE,
    codes: str | None = None,
    title: str = "",
) -> Field:
    return Field(
        name=name or source,
        title=title or source,
        source_column=source,
        type=type,
        length=length,
        scale=scale,
        required=required or key,
        is_key=key,
        grade=grade,
        sensitive=kind,
        code_list=codes,
        rules=rules,
    )


FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "persons": (
        _field("gmsfhm", length=18, key=True, grade=3, kind=Kind.ID_CARD, title="公民身份号码"),
        _field("xm", length=50, required=True, grade=3, kind=Kind.NAME, title="姓名"),
        _field("xb", "", STRING, "sex_of:gmsfhm", length=2, required=True, grade=2,
               codes="GB/T 2261.1", title="性别"),
        _field("mz", length=2, required=True, grade=2, codes="GB/T 3304", title="民族"),
        _field("csrq", "", DATE, "not_future", "birth_of:gmsfhm", required=True, grade=2,
               kind=Kind.BIRTH_DATE, title="出生日期"),
        _field("hyzk", length=2, grade=2, codes="GB/T 2261.2", title="婚姻状况"),
        _field("hjdz", length=200, required=True, grade=3, kind=Kind.ADDRESS, title="户籍地址"),
        _field("ssxq", length=6, required=True, codes="GB/T 2260", title="所属县区"),
        _field("xzjd", "", STRING, "region", length=12, required=True, title="所属乡镇街道代码"),
        _field("hh", length=20, required=True, grade=2, title="户号"),
        _field("yhzgx", length=10, grade=2, title="与户主关系"),
        _field("lxdh", length=20, grade=3, kind=Kind.MOBILE, title="联系电话"),
        _field("djrq", "", DATE, "not_future", "not_before:csrq", required=True,
               title="户口登记日期"),
        _field("gxsj", "", DATETIME, required=True, title="更新时间"),
    ),
    "enterprises": (
        _field("tyshxydm", length=18, key=True, kind=Kind.USCC, title="统一社会信用代码"),
        _field("qymc", length=200, required=True, title="企业名称"),
        _field("fddbr", length=50, required=True, grade=3, kind=Kind.NAME, title="法定代表人"),
        _field("fddbrsfzh", length=18, grade=3, kind=Kind.ID_CARD, title="法定代表人身份证号"),
        _field("qylx", length=30, required=True, title="企业类型"),
        _field("zczb", "", NUMBER, "range:0..", length=16, scale=2, title="注册资本（万元）"),
        _field("clrq", "", DATE, "not_future", required=True, title="成立日期"),
        _field("hzrq", "", DATE, "not_future", "not_before:clrq", required=True, title="核准日期"),
        _field("djzt", length=2, required=True, codes="登记状态", title="登记状态"),
        _field("hydm", length=5, title="行业代码"),
        _field("ssxq", length=6, required=True, codes="GB/T 2260", title="所属县区"),
        _field("zs", length=200, required=True, grade=3, kind=Kind.ADDRESS, title="住所"),
        _field("jyfw", "", TEXT, title="经营范围"),
        _field("lxdh", length=20, grade=3, kind=Kind.MOBILE, title="联系电话"),
        _field("gxsj", "", DATETIME, required=True, title="更新时间"),
    ),
    "assistance": (
        _field("救助编号", "jzbh", length=20, key=True),
        _field("姓名", "xm", length=50, required=True, grade=3, kind=Kind.NAME),
        _field("公民身份号码", "gmsfhm", length=18, required=True, grade=3, kind=Kind.ID_CARD),
        _field("性别", "xb", STRING, "sex_of:gmsfhm", length=2, grade=2, codes="GB/T 2261.1"),
        _field("救助类别", "jzlb", length=2, required=True, grade=2, codes="社会救助类别"),
        _field("所属县区", "ssxq", length=6, required=True, codes="GB/T 2260"),
        _field("家庭住址", "jtzz", length=200, grade=3, kind=Kind.ADDRESS),
        _field("保障人口数", "bzrks", INTEGER, "range:1..20", grade=2),
        _field("月保障金额", "ybzje", MONEY, "range:0..100000", length=12, scale=2, grade=2),
        _field("享受起始日期", "xsqsrq", DATE, "not_future", required=True),
        _field("享受终止日期", "xszzrq", DATE, "not_before:xsqsrq"),
        _field("开户银行", "khyh", length=50, grade=2),
        _field("银行账号", "yhzh", length=30, grade=4, kind=Kind.BANK_CARD),
        _field("联系电话", "lxdh", length=20, grade=3, kind=Kind.MOBILE),
        _field("更新时间", "gxsj", DATETIME, required=True),
    ),
    "cremations": (
        _field("火化证编号", "hhzbh", length=20, key=True),
        _field("逝者姓名", "szxm", length=50, required=True, grade=3, kind=Kind.NAME),
        _field("公民身份号码", "gmsfhm", length=18, required=True, grade=3, kind=Kind.ID_CARD),
        _field("性别", "xb", STRING, "sex_of:gmsfhm", length=2, grade=2, codes="GB/T 2261.1"),
        _field("死亡日期", "swrq", DATE, "not_future", required=True, grade=2),
        _field("火化日期", "hhrq", DATE, "not_future", "not_before:swrq", required=True, grade=2),
        _field("殡仪馆", "byg", length=50, required=True),
        _field("户籍地址", "hjdz", length=200, grade=3, kind=Kind.ADDRESS),
        _field("所属县区", "ssxq", length=6, required=True, codes="GB/T 2260"),
        _field("家属联系电话", "jslxdh", length=20, grade=3, kind=Kind.MOBILE),
        _field("更新时间", "gxsj", DATETIME, required=True),
    ),
}  # fmt: skip
"""How a careful clerk describes each table: the entry that finds every fault of the manifest."""

KEYS: Final = {"persons": "gmsfhm", "enterprises": "tyshxydm", "assistance": "救助编号",
               "cremations": "火化证编号"}  # fmt: skip
