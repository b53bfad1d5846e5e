import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from datahall.kit import db

records = sa.Table(
    "ledger_records",
    db.metadata,
    sa.Column("leaf", UUID(as_uuid=True), primary_key=True, comment="Id of the leaf; the receipt's number"),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="When it happened"),
    sa.Column("kind", sa.Text, nullable=False, comment="Tag of the act, as package:thing:verb"),
    sa.Column("by", sa.Text, nullable=False, comment="Who: a person's id, app:<id> or system"),
    sa.Column("subject", sa.Text, comment="The thing acted on, as kind:id; null for gateway calls, which are not looked up by it"),
    sa.Column("salt", sa.LargeBinary, comment="Random bytes hashed with the record; null once erased"),
    sa.Column("record", sa.Text, comment="The canonical JSON that is hashed; null once erased"),
    sa.Column("erased_at", sa.DateTime(timezone=True), comment="When the record was erased by law"),
    comment="What happened, beside the tree so that it can be erased by law (存证记录)",
)  # fmt: skip
sa.Index("ix_ledger_records_subject", records.c.subject, records.c.leaf, postgresql_where=records.c.subject.is_not(None))  # fmt: skip
sa.Index("ix_ledger_records_acts", records.c.leaf, postgresql_where=records.c.subject.is_not(None))  # fmt: skip
sa.Index("ix_ledger_records_acts_by", records.c.by, records.c.leaf, postgresql_where=records.c.subject.is_not(None))  # fmt: skip

pending = sa.Table(
    "ledger_pending",
    db.metadata,
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True, comment="Order of arrival"),
    sa.Column("leaf", UUID(as_uuid=True), nullable=False, comment="The record that waits"),
    sa.Column("leaf_hash", sa.LargeBinary, nullable=False, comment="Its leaf hash"),
    comment="Leaves that have no place in the tree yet; emptied every second",
)  # fmt: skip

leaves = sa.Table(
    "ledger_leaves",
    db.metadata,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False, comment="Place in the log, from 0 without gaps"),
    sa.Column("leaf", UUID(as_uuid=True), nullable=False, unique=True, comment="The record that stands here"),
    sa.Column("leaf_hash", sa.LargeBinary, nullable=False, comment="RFC 6962 hash over salt and record"),
    comment="The log: which record stands at which place (存证台账)",
)  # fmt: skip

tiles = sa.Table(
    "ledger_tiles",
    db.metadata,
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False, comment="0 over leaf hashes, each level 256 times wider"),
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False, comment="Place within the level"),
    sa.Column("hashes", sa.LargeBinary, nullable=False, comment="Up to 256 hashes of 32 bytes; never changed when full"),
    comment="The tree of hashes in C2SP tlog tiles of height 8",
)  # fmt: skip

checkpoints = sa.Table(
    "ledger_checkpoints",
    db.metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False, comment="How many leaves are signed for"),
    sa.Column("root", sa.LargeBinary, nullable=False, comment="Root hash over them"),
    sa.Column("suite", sa.Text, nullable=False, comment="Its algorithms: intl or sm"),
    sa.Column("note", sa.Text, nullable=False, comment="The signed note, as in C2SP tlog-checkpoint"),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="When it was signed"),
    comment="Signed states of the log (检查点)",
)  # fmt: skip
