import sqlalchemy as sa

from datahall.kit.db import metadata

regions = sa.Table(
    "organisations_regions",
    metadata,
    sa.Column("code", sa.Text, primary_key=True, comment="statistical code 行政区划代码"),
    sa.Column("name", sa.Text, nullable=False, comment="name 名称"),
    sa.Column("level", sa.Text, nullable=False, comment="city, county, town, village 级别"),
    sa.Column(
        "parent",
        sa.ForeignKey("organisations_regions.code"),
        index=True,
        comment="code of the area around it 上级区划",
    ),
    comment="Administrative areas of the four-level network 行政区划",
)

organisations = sa.Table(
    "organisations_organisations",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="organisation"),
    sa.Column("name", sa.Text, nullable=False, unique=True, comment="name as on its seal 单位名称"),
    sa.Column("short_name", sa.Text, nullable=False, comment="standard short form 规范简称"),
    sa.Column("seal", sa.Text, nullable=False, comment="one character of its seal 单位章"),
    sa.Column("kind", sa.Text, nullable=False, comment="city, county, town, upper 类别"),
    sa.Column(
        "uscc",
        sa.Text,
        nullable=False,
        unique=True,
        comment="统一社会信用代码 with check character",
    ),
    sa.Column(
        "region",
        sa.ForeignKey("organisations_regions.code"),
        nullable=False,
        index=True,
        comment="area that it serves 所属区划",
    ),
    sa.Column(
        "parent",
        sa.ForeignKey("organisations_organisations.id"),
        index=True,
        comment="organisation above it 上级单位",
    ),
    sa.Column(
        "is_authority",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="whether it is the data authority 数据主管部门",
    ),
    comment="Departments, counties and other bodies that take part 单位",
)

people = sa.Table(
    "organisations_people",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="person"),
    sa.Column("name", sa.Text, nullable=False, comment="name 姓名"),
    sa.Column("login", sa.Text, nullable=False, unique=True, comment="login name 登录名"),
    sa.Column(
        "org",
        sa.ForeignKey("organisations_organisations.id"),
        nullable=False,
        index=True,
        comment="organisation that the person works in 所在单位",
    ),
    sa.Column(
        "phone_masked",
        sa.Text,
        nullable=False,
        server_default="",
        comment="telephone number, masked before it is stored 联系电话（脱敏）",
    ),
    sa.Column(
        "active",
        sa.Boolean,
        nullable=False,
        server_default=sa.true(),
        comment="false: kept for the record, may not log in 停用",
    ),
    sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
    comment="People who may log in 人员",
)

appointments = sa.Table(
    "organisations_appointments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="appointment"),
    sa.Column(
        "person", sa.ForeignKey("organisations_people.id"), nullable=False, comment="who 人员"
    ),
    sa.Column("role", sa.Text, nullable=False, comment="post, as in security.Role 岗位"),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="UTC, from when 任职"),
    sa.Column("until", sa.DateTime(timezone=True), comment="UTC, null while in the post 免职"),
    sa.Column(
        "document", sa.Text, nullable=False, server_default="", comment="appointing letter 任职文号"
    ),
    sa.Index(
        "uq_organisations_appointments_current",
        "person",
        "role",
        unique=True,
        postgresql_where=sa.text("until is null"),
    ),
    comment="Posts that people hold or held 任职",
)

accounts = sa.Table(
    "organisations_accounts",
    metadata,
    sa.Column(
        "person", sa.ForeignKey("organisations_people.id"), primary_key=True, comment="whose 人员"
    ),
    sa.Column("password_hash", sa.Text, nullable=False, comment="argon2id, with its parameters"),
    sa.Column(
        "changed_at", sa.DateTime(timezone=True), nullable=False, comment="UTC, password set 设密"
    ),
    comment="Passwords of people, only as hashes 登录账号",
)

login_failures = sa.Table(
    "organisations_login_failures",
    metadata,
    sa.Column(
        "subject",
        sa.LargeBinary,
        primary_key=True,
        comment="SHA-256 of the login name typed, or of the address; also of names nobody has",
    ),
    sa.Column("failures", sa.Integer, nullable=False, comment="in a row 连续失败次数"),
    sa.Column("last_at", sa.DateTime(timezone=True), nullable=False, comment="UTC, the last one"),
    sa.Column("locked_until", sa.DateTime(timezone=True), comment="UTC 锁定至"),
    comment="Failed logins in a row, forgotten when the lock has passed 登录失败计数",
)

sessions = sa.Table(
    "organisations_sessions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="session; safe to show"),
    sa.Column(
        "token_hash",
        sa.LargeBinary,
        nullable=False,
        unique=True,
        comment="SHA-256 of the secret in the cookie",
    ),
    sa.Column(
        "person",
        sa.ForeignKey("organisations_people.id"),
        nullable=False,
        index=True,
        comment="who is logged in 人员",
    ),
    sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False, comment="UTC 登录"),
    sa.Column(
        "seen_at", sa.DateTime(timezone=True), nullable=False, comment="UTC, to the minute 最近活动"
    ),
    sa.Column("ended_at", sa.DateTime(timezone=True), comment="UTC; null while open 结束"),
    sa.Column(
        "proven_at",
        sa.DateTime(timezone=True),
        comment="UTC; null while the one-time code is waited for 核验身份",
    ),
    sa.Column("address", sa.Text, nullable=False, comment="network address of the login 登录地址"),
    sa.Column("agent", sa.Text, nullable=False, comment="browser, as it names itself 浏览器"),
    comment="Logged-in sessions 会话",
)

links = sa.Table(
    "organisations_links",
    metadata,
    sa.Column(
        "token_hash", sa.LargeBinary, primary_key=True, comment="SHA-256 of the secret in the link"
    ),
    sa.Column(
        "person",
        sa.ForeignKey("organisations_people.id"),
        index=True,
        comment="who sets a password with it; null: the set-up of the hall itself",
    ),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, comment="UTC 发放"),
    sa.Column("made_by", sa.Text, nullable=False, comment="who handed it out, as acts name them"),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="UTC 失效"),
    sa.Column("used_at", sa.DateTime(timezone=True), comment="UTC; it opens once 使用"),
    comment="One-time links for setting a password 一次性设密链接",
)

second_factors = sa.Table(
    "organisations_second_factors",
    metadata,
    sa.Column(
        "person", sa.ForeignKey("organisations_people.id"), primary_key=True, comment="whose 人员"
    ),
    sa.Column(
        "sealed", sa.LargeBinary, nullable=False, comment="the shared secret, encrypted 密文"
    ),
    sa.Column("enrolled_at", sa.DateTime(timezone=True), comment="UTC; null until first used 启用"),
    sa.Column(
        "last_step",
        sa.BigInteger,
        nullable=False,
        server_default="0",
        comment="time step of the last code: each code opens once",
    ),
    comment="Secrets of one-time codes 动态口令",
)
