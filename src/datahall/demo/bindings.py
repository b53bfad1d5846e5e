"""Which fields of the demo city are bound to which data elements, and who claims what (示例绑定).

Two departments claim 户籍地址: 市公安局 by the register of persons and 市民政局 by the register of
cremations, so the hall opens with one case about a source to rule on.
"""

from collections.abc import Mapping
from typing import Final

from datahall import conformance, standards
from datahall.catalogue import CatalogueItem
from datahall.conformance import Binding
from datahall.demo import cast
from datahall.kit.uow import Unit, Units

BOUND: Final[Mapping[str, Mapping[str, str]]] = {
    "persons": {
        "gmsfhm": "DE01002", "xm": "DE01001", "xb": "DE01003", "mz": "DE01004", "csrq": "DE01005",
        "hyzk": "DE01006", "hh": "DE01015", "hjdz": "DE03003", "ssxq": "DE03001",
        "xzjd": "DE03002", "gxsj": "DE05001",
    },
    "enterprises": {
        "tyshxydm": "DE02001", "qymc": "DE02002", "fddbr": "DE02003", "fddbrsfzh": "DE02004",
        "zczb": "DE02005", "clrq": "DE02006", "hzrq": "DE02007", "djzt": "DE02008",
        "zs": "DE03005", "ssxq": "DE03001", "gxsj": "DE05001",
    },
    "assistance": {
        "xm": "DE01001", "gmsfhm": "DE01002", "xb": "DE01003", "jzlb": "DE09001",
        "ssxq": "DE03001", "jtzz": "DE03004", "ybzje": "DE07001", "gxsj": "DE05001",
    },
    "cremations": {
        "gmsfhm": "DE01002", "swrq": "DE01014", "hjdz": "DE03003", "ssxq": "DE03001",
    },
}  # fmt: skip
CLAIMED: Final[Mapping[str, frozenset[str]]] = {
    "persons": frozenset({"gmsfhm", "xm", "xb", "mz", "csrq", "hjdz"}),
    "enterprises": frozenset({"tyshxydm", "qymc", "fddbr", "zczb", "djzt", "zs"}),
    "assistance": frozenset({"jzlb"}),
    "cremations": frozenset({"swrq", "hjdz"}),
}
STATEMENT: Final = (
    "户籍地址由户口登记机关依《中华人民共和国户口登记条例》第三条登记，每次迁移当日更新；"
    "殡葬登记的户籍地址由家属填报，不作变更。"
)


def bind(unit: Unit, department: str, dataset: str, item: CatalogueItem) -> CatalogueItem:
    """The clerk binds the fields of a draft, and claims those that the department collects."""
    claimed = CLAIMED[dataset]
    wanted = [
        Binding(field=field, element=element, is_source=field in claimed)
        for field, element in BOUND[dataset].items()
    ]
    return conformance.bind(unit, cast.actor(unit, f"{department}.clerk"), item.id, wanted)


def state(units: Units) -> None:
    """One side of the open case has stated its case; the other has days left for it."""
    with units.open() as unit:
        lead = cast.actor(unit, "police.rep")
        for case in standards.list_rulings(unit, lead):
            side = case.ruling.party(lead.org)
            if case.may_state and side is not None and not side.is_heard:
                standards.make_statement(unit, lead, case.ruling.id, STATEMENT)
