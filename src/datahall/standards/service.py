"""What the authority does with standards."""

from datahall import security
from datahall.kit.uow import Unit
from datahall.standards import repository
from datahall.standards.errors import CodeListClash, CodeListInvalid
from datahall.standards.model import CodeList, CodeListAdopted


def adopt_code_list(unit: Unit, actor: security.Actor, made: CodeList) -> CodeList:
    """Put a local code list in force, or its next wording (登记本地代码表).

    Raises:
        NotPermitted, CodeListInvalid, CodeListClash
    """
    security.require(actor, "standards:adopt")
    if faults := list(made.faults()):
        raise CodeListInvalid(faults)
    if made.is_national:
        raise CodeListClash(code=made.code)
    repository.save(unit.conn, made, at=unit.now)
    unit.record(CodeListAdopted(at=unit.now, by=actor.by, code_list=made.code))
    return made
