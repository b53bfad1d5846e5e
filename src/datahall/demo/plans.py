"""What each department puts into the catalogue of the demo city (示例目录)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from datahall.catalogue import Assessment, Opening, Sharing, UpdateCycle
from datahall.demo.city import ENTERPRISES, FIELDS, PERSONS, DatabaseTable
from datahall.demo.departments import ASSISTANCE_FILE, CREMATIONS_FILE
from datahall.ingestion import Kind, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One source, its one table and the entry that a careful clerk makes of it."""

    dataset: str  # key in the city's datasets
    department: str  # prefix of the logins of its people
    source: str
    kind: Kind
    table: DatabaseTable | None = None
    mode: Mode | None = None  # chosen by the clerk; None: as the program proposes
    file: str = ""
    title: str
    content: Mapping[str, Any]

    def revisions(self, today: date) -> dict[str, Any]:
        """What the clerk writes over the program's draft."""
        return {
            "title": self.title,
            "fields": FIELDS[self.dataset],
            "secrecy": Assessment(
                number=f"保审〔{today.year}〕1号", conclusion="不涉密，可以共享", done_on=today
            ),
            "privacy": Assessment(
                number=f"个影评〔{today.year}〕1号",
                conclusion="风险可控，按分级脱敏",
                done_on=today,
            ),
            "phone": "0564-3379000",
            **self.content,
        }


PLANS: Final = (
    Plan(
        dataset="persons",
        department="police",
        source="人口信息系统",
        kind=Kind.POSTGRESQL,
        table=PERSONS,
        mode=Mode.LOG,
        title="常住人口基本信息",
        content={
            "abstract": "全市常住人口的身份、户籍地址与联系方式，由户政窗口登记，实时更新。",
            "category_code": "101001",
            "keywords": ("人口", "户籍", "身份核验"),
            "sharing": Sharing.CONDITIONAL,
            "share_condition": "限行政机关为履行法定职责核验身份、确认户籍使用，不得留存全量。",
            "opening": Opening.WITHHELD,
            "update_cycle": UpdateCycle.MINUTES,
            "watermark_column": PERSONS.changed,
            "system": "人口信息系统",
            "duty_basis": "《中华人民共和国户口登记条例》第三条",
            "office": "人口管理支队",
            "contact": "王立新",
            "area": "六安市",
        },
    ),
    Plan(
        dataset="enterprises",
        department="market",
        source="企业登记系统",
        kind=Kind.POSTGRESQL,
        table=ENTERPRISES,
        title="企业登记基本信息",
        content={
            "abstract": "在六安市登记的企业名称、住所、法定代表人、注册资本与登记状态。",
            "category_code": "102001",
            "keywords": ("企业", "法人", "营业执照"),
            "sharing": Sharing.CONDITIONAL,
            "share_condition": "限行政机关办理涉企事项使用；法定代表人身份证号仅用于核验。",
            "opening": Opening.WITHHELD,
            "update_cycle": UpdateCycle.MINUTES,
            "watermark_column": ENTERPRISES.changed,
            "system": "企业登记系统",
            "duty_basis": "《中华人民共和国市场主体登记管理条例》第五条",
            "office": "行政许可科",
            "contact": "郑晓东",
            "area": "六安市",
        },
    ),
    Plan(
        dataset="assistance",
        department="civil",
        source="社会救助名册",
        kind=Kind.XLSX,
        file=ASSISTANCE_FILE,
        title="社会救助对象信息",
        content={
            "abstract": "最低生活保障、特困供养与临时救助对象的身份、类别、金额与享受期间。",
            "category_code": "101004",
            "keywords": ("低保", "特困", "社会救助"),
            "sharing": Sharing.CONDITIONAL,
            "share_condition": "限用于待遇资格核验、费用减免与帮扶，不得用于其他目的。",
            "opening": Opening.WITHHELD,
            "update_cycle": UpdateCycle.MONTHLY,
            "duty_basis": "《社会救助暂行办法》第三条",
            "office": "社会救助科",
            "contact": "何志强",
            "area": "六安市",
        },
    ),
    Plan(
        dataset="cremations",
        department="civil",
        source="火化登记",
        kind=Kind.CSV,
        file=CREMATIONS_FILE,
        title="殡葬火化登记信息",
        content={
            "abstract": "全市殡仪馆的火化登记，含逝者身份、死亡日期与火化日期。",
            "category_code": "101003",
            "keywords": ("火化", "死亡", "殡葬"),
            "sharing": Sharing.CONDITIONAL,
            "share_condition": "限用于待遇资格核验与人口注销。",
            "opening": Opening.WITHHELD,
            "update_cycle": UpdateCycle.DAILY,
            "duty_basis": "《殡葬管理条例》第三条",
            "office": "社会事务科",
            "contact": "何志强",
            "area": "六安市",
        },
    ),
)
