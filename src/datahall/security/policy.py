"""The permission table: act → post → relation (权限表).  What is not here is denied.

Acts are `package:verb` or `package:thing_verb`.  Tested as a grid in tests/security.
"""

from typing import Final

from datahall.security.model import Policy, Relation, Role

OWN, ANY = Relation.OWN, Relation.ANY

CLERK, DEVELOPER, REPRESENTATIVE = Role.CLERK, Role.DEVELOPER, Role.REPRESENTATIVE
HEAD, CDO, BUREAU, LEADER, GRASSROOTS = (
    Role.HEAD, Role.CDO, Role.BUREAU, Role.LEADER, Role.GRASSROOTS,
)  # fmt: skip
SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN = (
    Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN,
)  # fmt: skip

STAFF: Final = dict.fromkeys(Role, ANY)  # everybody who is logged in
BUSINESS: Final = dict.fromkeys(
    (CLERK, DEVELOPER, REPRESENTATIVE, HEAD, CDO, BUREAU, LEADER), ANY
)  # everybody but the administrators and the grassroots

POLICY: Final[Policy] = {
    # hall
    "hall:view": STAFF,
    # organisations
    "organisations:view": STAFF,  # names, posts: the directory
    "organisations:own_account": STAFF,
    "organisations:people": {SYSTEM_ADMIN: ANY, SECURITY_ADMIN: ANY, AUDIT_ADMIN: ANY},  # logins
    "organisations:manage": {SYSTEM_ADMIN: ANY},  # organisations, people, accounts
    "organisations:appoint": {SECURITY_ADMIN: ANY},  # posts: never by who makes the accounts
    # ledger
    "ledger:view": STAFF,  # checkpoints and receipts say nothing by themselves
    "ledger:audit": {AUDIT_ADMIN: ANY},  # read the acts of everybody
    "ledger:erase": {SECURITY_ADMIN: ANY},  # what a record says, by law; never by who audits
    # deadlines
    "deadlines:view": STAFF,
    "deadlines:manage": {BUREAU: ANY},  # holidays and make-up days
    # standards
    "standards:view": STAFF,
    "standards:adopt": {BUREAU: ANY},  # code tables
    "standards:define": {BUREAU: ANY},  # data elements
    "standards:state": {CLERK: OWN, REPRESENTATIVE: OWN, HEAD: OWN},  # 数源裁定中的陈述、撤回主张
    "standards:rule": {BUREAU: ANY},  # 指定数源部门、数源裁定
    "standards:oversee": {BUREAU: ANY, LEADER: ANY},  # read the cases of others
    # catalogue
    "catalogue:view": STAFF,
    "catalogue:draft": {CLERK: OWN},  # write and submit entries, describe tables
    "catalogue:agree": {HEAD: OWN},  # 部门负责人同意
    "catalogue:review": {BUREAU: ANY},  # 主管部门审核、发布
    "catalogue:classify": {BUREAU: ANY},  # the category tree
    # drift
    "drift:view": {CLERK: OWN, REPRESENTATIVE: OWN, HEAD: OWN, CDO: OWN, BUREAU: ANY},
    "drift:handle": {CLERK: OWN},  # explain why an entry need not follow its table
    "drift:agree": {HEAD: OWN},  # 部门负责人同意
    "drift:extend": {BUREAU: ANY},  # 延期须主管部门同意
    # conformance
    "conformance:view": STAFF,  # the rates of all departments
    "conformance:rows": {
        CLERK: OWN, REPRESENTATIVE: OWN, HEAD: OWN, CDO: OWN, BUREAU: ANY, LEADER: ANY,
    },  # the fields behind them
    "conformance:bind": {CLERK: OWN},  # 绑定数据元、主张数源
    # ingestion
    "ingestion:view": {CLERK: OWN, REPRESENTATIVE: OWN, HEAD: OWN, CDO: OWN, BUREAU: ANY},
    "ingestion:manage": {CLERK: OWN},  # sources, scans, tasks
    # quality
    "quality:view": {CLERK: OWN, REPRESENTATIVE: OWN, HEAD: OWN, CDO: OWN, BUREAU: ANY},
    "quality:repair": {CLERK: OWN},  # quarantined rows
    # reconciliation
    "reconciliation:view": {CLERK: OWN, REPRESENTATIVE: OWN, HEAD: OWN, CDO: OWN, BUREAU: ANY},
    "reconciliation:manage": {CLERK: OWN},  # start a run, repair, how often
    # supply and demand
    "supply_demand:view": BUSINESS,  # narrowed by the service to the parties and the bureau
    "supply_demand:apply": {CLERK: OWN},
    "supply_demand:agree_apply": {REPRESENTATIVE: OWN, HEAD: OWN},  # 本部门共享机构负责人同意
    "supply_demand:answer": {REPRESENTATIVE: OWN},  # the provider's answer 答复
    "supply_demand:review": {BUREAU: ANY},  # where a local route has the authority's desk
    "supply_demand:oversee": {BUREAU: ANY, LEADER: ANY},  # read the cases of others
    "supply_demand:extend": {BUREAU: ANY},  # 延期须主管部门同意
    "supply_demand:revoke": {REPRESENTATIVE: OWN, BUREAU: ANY},  # provider's side of a grant
    "supply_demand:credentials": {DEVELOPER: OWN, CLERK: OWN},  # consumer's side of a grant
    # lists
    "lists:view": {
        CLERK: OWN, REPRESENTATIVE: OWN, HEAD: OWN, CDO: OWN, BUREAU: ANY, LEADER: ANY,
    },
    "lists:oversee": {BUREAU: ANY, LEADER: ANY},  # how every department stands
    "lists:fill": {CLERK: OWN},  # rows, paste, upload, hand in
    "lists:sign": {HEAD: OWN, CDO: OWN},  # 部门签发
    "lists:review": {BUREAU: ANY},  # 主管部门审核、发布
    "lists:open_period": {BUREAU: ANY},
    # lineage
    "lineage:view": STAFF,  # narrowed by the service: sources and users are the parties'
    # coverage
    "coverage:view": {
        CLERK: OWN, REPRESENTATIVE: OWN, HEAD: OWN, CDO: OWN, BUREAU: ANY, LEADER: ANY,
    },
    "coverage:oversee": {BUREAU: ANY, LEADER: ANY},  # how every department stands
    "coverage:ask": {CLERK: OWN},  # an exemption, with its proof
    "coverage:decide": {BUREAU: ANY},
    # gateway
    "gateway:usage": {
        CLERK: OWN, DEVELOPER: OWN, REPRESENTATIVE: OWN, HEAD: OWN, CDO: OWN,
        BUREAU: ANY, AUDIT_ADMIN: ANY,
    },
}  # fmt: skip
