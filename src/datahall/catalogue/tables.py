import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from datahall.catalogue.vocabulary import OPEN_STAGES
from datahall.kit import db

tables = sa.Table(
    "catalogue_tables",
    db.metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="id"),
    sa.Column("source", sa.Uuid, nullable=False, comment="source that was scanned 数据源"),
    sa.Column("org", sa.Uuid, nullable=False, index=True, comment="department that owns it 部门"),
    sa.Column("kind", sa.Text, nullable=False, comment="kind of the source: postgresql, xlsx, …"),
    sa.Column("schema", sa.Text, nullable=False, comment="schema in the source, or empty"),
    sa.Column("name", sa.Text, nullable=False, comment="name in the source 表名"),
    sa.Column("comment", sa.Text, nullable=False, comment="the source's own comment 注释"),
    sa.Column("row_estimate", sa.BigInteger, comment="rows as the source estimates them"),
    sa.Column("primary_key", ARRAY(sa.Text), nullable=False, comment="key columns in order 主键"),
    sa.Column("columns", JSONB, nullable=False, comment="list of ScannedColumn 字段"),
    sa.Column("changed_at", sa.DateTime(timezone=True), comment="last change, if the source tells"),
    sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False, comment="last scan"),
    sa.Column("gone_at", sa.DateTime(timezone=True), comment="scan that no longer found it"),
    sa.UniqueConstraint("source", "schema", "name"),
    comment="Inventory of scanned tables 数据资产清单",
)

profiles = sa.Table(
    "catalogue_profiles",
    db.metadata,
    sa.Column("table", sa.ForeignKey("catalogue_tables.id"), comment="scanned table 数据表"),
    sa.Column("column", sa.Text, comment="column of it 字段"),
    sa.Column("rows", sa.BigInteger, nullable=False, comment="rows sampled 取样行数"),
    sa.Column("nulls", sa.BigInteger, nullable=False, comment="of them empty 空值"),
    sa.Column("distinct", sa.BigInteger, nullable=False, comment="values among the others"),
    sa.Column("pattern", sa.Text, comment="the common shape; never of a sensitive column 形态"),
    sa.Column("minimum", sa.Text, comment="smallest value; never of a sensitive column"),
    sa.Column("maximum", sa.Text, comment="greatest value; never of a sensitive column"),
    sa.Column("shortest", sa.Integer, comment="characters of the shortest value"),
    sa.Column("longest", sa.Integer, comment="characters of the longest value, 200 at most"),
    sa.Column("shares", JSONB, nullable=False, comment="share of values of each kind"),
    sa.Column("withheld", sa.Text, nullable=False, comment="why shape and bounds are not kept"),
    sa.Column("sampled_at", sa.DateTime(timezone=True), nullable=False, comment="取样时间"),
    sa.PrimaryKeyConstraint("table", "column"),
    comment="What a bounded sample said of each column 列画像",
)

items = sa.Table(
    "catalogue_items",
    db.metadata,
    sa.Column("id", sa.Uuid, nullable=False, comment="the entry, the same in every version"),
    sa.Column("version", sa.Integer, nullable=False, comment="1, 2, … 目录版本"),
    sa.Column("edit", sa.Integer, nullable=False, comment="number of saves of this version"),
    sa.Column("status", sa.Text, nullable=False, comment="stage of this version 目录状态"),
    sa.Column("code", sa.Text, comment="resource code, from the first publication 信息资源代码"),
    sa.Column("provider", sa.Uuid, nullable=False, comment="source department 提供方"),
    sa.Column("title", sa.Text, nullable=False, comment="信息资源名称"),
    sa.Column("abstract", sa.Text, nullable=False, comment="信息资源摘要"),
    sa.Column("category_code", sa.Text, nullable=False, comment="信息资源分类"),
    sa.Column("sharing", sa.Text, nullable=False, comment="共享属性"),
    sa.Column("opening", sa.Text, nullable=False, comment="开放属性"),
    sa.Column("update_cycle", sa.Text, nullable=False, comment="更新周期"),
    sa.Column("share_methods", ARRAY(sa.Text), nullable=False, comment="共享方式"),
    sa.Column("table", sa.Uuid, comment="mounted table 挂接资源"),
    sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False, comment="起草时间"),
    sa.Column("submitted_at", sa.DateTime(timezone=True), comment="提交时间"),
    sa.Column("agreed_at", sa.DateTime(timezone=True), comment="部门同意时间"),
    sa.Column("published_at", sa.DateTime(timezone=True), comment="发布时间"),
    sa.Column("details", JSONB, nullable=False, comment="fields and all other metadata 信息项等"),
    sa.Column("grade", sa.SmallInteger, nullable=False, comment="highest grade of fields 数据分级"),
    sa.Column("theme", sa.Text, nullable=False, server_default="", comment="数据领域"),
    sa.Column(
        "linked",
        ARRAY(sa.Text),
        nullable=False,
        server_default="{}",
        comment="codes of the entries that it is related to 关联资源代码",
    ),
    sa.PrimaryKeyConstraint("id", "version"),
    sa.Index("ix_catalogue_items_provider", "provider", "status"),
    sa.Index("ix_catalogue_items_code", "code"),
    sa.Index("ix_catalogue_items_table", "table"),
    sa.Index("ix_catalogue_items_linked", "linked", postgresql_using="gin"),
    comment="Data resource catalogue, one row a version 数据资源目录",
)
sa.Index(
    "uq_catalogue_items_in_force",
    items.c.id,
    unique=True,
    postgresql_where=items.c.status == sa.literal("published", literal_execute=True),
)
sa.Index(
    "uq_catalogue_items_open",
    items.c.id,
    unique=True,
    postgresql_where=items.c.status.in_([str(stage) for stage in OPEN_STAGES]),
)

edits = sa.Table(
    "catalogue_edits",
    db.metadata,
    sa.Column("item", sa.Uuid, primary_key=True, comment="entry 目录"),
    sa.Column("version", sa.Integer, primary_key=True, comment="目录版本"),
    sa.Column("edit", sa.Integer, primary_key=True, comment="save that it was the outcome of"),
    sa.Column("content", JSONB, nullable=False, comment="the whole version as it was then"),
    comment="A draft before each save, so that two editors can be told apart 编辑底稿",
)

categories = sa.Table(
    "catalogue_categories",
    db.metadata,
    sa.Column("code", sa.Text, primary_key=True, comment="1, 3, 6 or more characters 分类码"),
    sa.Column("name", sa.Text, nullable=False, comment="分类名称"),
    sa.Column("parent", sa.Text, nullable=False, comment="category above; empty for a 类"),
    sa.Column("words", ARRAY(sa.Text), nullable=False, comment="what its entries are about"),
    comment="The city's category tree; empty while the built-in one is used 信息资源分类",
)

codes = sa.Table(
    "catalogue_codes",
    db.metadata,
    sa.Column("code", sa.Text, primary_key=True, comment="resource code or alias code 代码"),
    sa.Column("item", sa.Uuid, nullable=False, index=True, comment="entry that has it 目录"),
    comment="Every code that was ever given to an entry; never given twice 已用代码",
)

resources = sa.Table(
    "catalogue_resources",
    db.metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="id"),
    sa.Column("item", sa.Uuid, nullable=False, index=True, comment="entry served from it 目录"),
    sa.Column("kind", sa.Text, nullable=False, comment="table, api, file, video_group 资源类型"),
    sa.Column("title", sa.Text, nullable=False, comment="资源名称"),
    sa.Column("address", sa.Text, nullable=False, comment="URL, name of the file, code of a group"),
    sa.Column("table", sa.Uuid, comment="scanned table 库表"),
    sa.Column("field_map", JSONB, nullable=False, comment="field of the entry → its own 字段映射"),
    sa.Column("size_bytes", sa.BigInteger, comment="of a file, as it was mounted"),
    sa.Column("digest", sa.Text, nullable=False, comment="SHA-256 of a file"),
    sa.Column("mounted_at", sa.DateTime(timezone=True), nullable=False, comment="挂接时间"),
    sa.Column("ended_at", sa.DateTime(timezone=True), comment="撤下时间"),
    sa.Column("due_at", sa.DateTime(timezone=True), comment="next probe; null: none is made"),
    sa.Column("last", JSONB, comment="the last probe 最近一次探测"),
    sa.Column("succeeded_at", sa.DateTime(timezone=True), comment="as of when it was last well"),
    sa.Index("ix_catalogue_resources_due", "due_at"),
    comment="Resources mounted to entries 挂接资源",
)

probes = sa.Table(
    "catalogue_probes",
    db.metadata,
    sa.Column("resource", sa.Uuid, primary_key=True, comment="what was probed 资源"),
    sa.Column("at", sa.DateTime(timezone=True), primary_key=True, comment="探测时间"),
    sa.Column("ok", sa.Boolean, nullable=False, comment="whether it was well"),
    sa.Column("code", sa.Text, nullable=False, comment="what was found, as in messages"),
    sa.Column("detail", JSONB, nullable=False, comment="particulars of the finding"),
    sa.Column("took_ms", sa.Integer, comment="how long it took"),
    comment="Probes of mounted resources, kept for 90 days 探测记录",
)

departures = sa.Table(
    "catalogue_departures",
    db.metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="id"),
    sa.Column("item", sa.Uuid, nullable=False, comment="entry that is to be taken down 目录"),
    sa.Column("reason", sa.Text, nullable=False, comment="why; consumers read it 下架理由"),
    sa.Column("status", sa.Text, nullable=False, comment="how the plan stands 下架状态"),
    sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False, comment="申请时间"),
    sa.Column("announced_at", sa.DateTime(timezone=True), comment="公告时间"),
    sa.Column("effective_on", sa.Date, comment="from this day on it is down 生效日期"),
    sa.Column("remarks", sa.Text, nullable=False, comment="why declined or called off 意见"),
    sa.Column("ended_at", sa.DateTime(timezone=True), comment="办结时间"),
    comment="Planned withdrawals of entries 下架计划",
)
sa.Index(
    "uq_catalogue_departures_open",
    departures.c.item,
    unique=True,
    postgresql_where=departures.c.status.in_(["proposed", "announced"]),
)

serials = sa.Table(
    "catalogue_serials",
    db.metadata,
    sa.Column("category_code", sa.Text, primary_key=True, comment="front segment of the code"),
    sa.Column("last", sa.Integer, nullable=False, comment="serial given last; only ever grows"),
    comment="Serials given inside each category 顺序码",
)

imports = sa.Table(
    "catalogue_imports",
    db.metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="id"),
    sa.Column("org", sa.Uuid, nullable=False, index=True, comment="department that imports 部门"),
    sa.Column("person", sa.Uuid, nullable=False, comment="who sent the workbook 经办人"),
    sa.Column("person_name", sa.Text, nullable=False, comment="that person's name"),
    sa.Column("file_name", sa.Text, nullable=False, comment="name of the workbook 文件名"),
    sa.Column("state", sa.Text, nullable=False, comment="how it stands 进度"),
    sa.Column("total", sa.Integer, comment="entries in the workbook, once counted 目录数"),
    sa.Column("done", sa.Integer, nullable=False, comment="entries dealt with 已处理"),
    sa.Column("drafted", sa.Integer, nullable=False, comment="new drafts 新建草稿"),
    sa.Column("revised", sa.Integer, nullable=False, comment="drafts changed 修改草稿"),
    sa.Column("unchanged", sa.Integer, nullable=False, comment="entries already so 没有变化"),
    sa.Column("refused", sa.Integer, nullable=False, comment="entries with errors 未导入"),
    sa.Column("remarks", JSONB, nullable=False, comment="list of Remark 批注"),
    sa.Column("refusal", sa.Text, nullable=False, comment="code, if the whole was refused"),
    sa.Column("refusal_detail", JSONB, nullable=False, comment="what the refusal's sentence names"),
    sa.Column("content", sa.LargeBinary, comment="the workbook, until it is done"),
    sa.Column("remarked", sa.LargeBinary, comment="the workbook with remarks 批注工作簿"),
    sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False, comment="上传时间"),
    sa.Column("ended_at", sa.DateTime(timezone=True), comment="完成时间"),
    comment="Workbooks of entries sent by departments 目录导入",
)

listings = sa.Table(
    "catalogue_listings",
    db.metadata,
    sa.Column("item", sa.Uuid, primary_key=True, comment="entry in force 目录"),
    sa.Column("published_at", sa.DateTime(timezone=True), nullable=False, comment="发布时间"),
    sa.Column("title", sa.Text, nullable=False, comment="title in plain small letters 名称"),
    sa.Column("pinyin", sa.Text, nullable=False, comment="title in pinyin, for the order by name"),
    sa.Column("provider", sa.Uuid, nullable=False, comment="source department 提供方"),
    sa.Column("theme", sa.Text, nullable=False, comment="主题"),
    sa.Column("sharing", sa.Text, nullable=False, comment="共享属性"),
    sa.Column("update_cycle", sa.Text, nullable=False, comment="更新周期"),
    sa.Column("grade", sa.SmallInteger, nullable=False, comment="数据分级"),
    sa.Column("methods", ARRAY(sa.Text), nullable=False, comment="共享方式"),
    sa.Column("level", sa.Text, nullable=False, comment="level of the provider's area 层级"),
    sa.Column("freshness", sa.Text, nullable=False, comment="whether the cycle is kept 时效"),
    sa.Column("quality", sa.Text, nullable=False, comment="grade of what was checked 质量"),
    sa.Column("spelling", sa.SmallInteger, nullable=False, comment="rules the words were made by"),
    sa.Column("initials", sa.Text, nullable=False, comment="pinyin initials of title and fields"),
    sa.Column("words", TSVECTOR, nullable=False, comment="words, sounds, codes and facet values"),
    sa.Index("ix_catalogue_listings_words", "words", postgresql_using="gin"),
    sa.Index("ix_catalogue_listings_published_at", "published_at", "item"),
    sa.Index("ix_catalogue_listings_pinyin", "pinyin", "item"),
    sa.Index("ix_catalogue_listings_title", "title", postgresql_ops={"title": "text_pattern_ops"}),
    postgresql_with={"toast_tuple_target": "256"},  # rows stay narrow, words stand aside
    comment="What the search looks through, one row an entry in force 检索索引",
)
