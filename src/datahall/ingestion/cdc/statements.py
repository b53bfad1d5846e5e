"""What a department's database administrator must run, as text; nothing here runs it."""

from collections.abc import Sequence
from typing import Final

from psycopg import sql

from datahall.ingestion.cdc.model import TableName

PUBLICATION: Final = "datahall"
OUTBOX: Final = "datahall_outbox"


def pg_table(table: TableName) -> str:
    return sql.Identifier(*(part for part in table if part)).as_string()


def pg_name(name: str) -> str:
    return sql.Identifier(name).as_string()


def pg_replication(user: str) -> str:
    return f"ALTER ROLE {pg_name(user)} REPLICATION;"


def pg_publish(table: TableName, *, exists: bool) -> str:
    """Publish one table, in the publication that is there or in a new one."""
    if exists:
        return f"ALTER PUBLICATION {PUBLICATION} ADD TABLE {pg_table(table)};"
    return (
        f"CREATE PUBLICATION {PUBLICATION} FOR TABLE {pg_table(table)} "
        "WITH (publish_via_partition_root = true);"
    )


def pg_identity(table: TableName) -> str:
    return f"ALTER TABLE {pg_table(table)} REPLICA IDENTITY FULL;"


def pg_unique(table: TableName, key: Sequence[str]) -> str:
    columns = ", ".join(pg_name(name) for name in key)
    return f"ALTER TABLE {pg_table(table)} ADD UNIQUE ({columns});"


def pg_log(table: TableName, *, user: str, key: Sequence[str]) -> str:
    """Everything that following a table by the log of PostgreSQL takes."""
    lines = [
        "-- 由数源的数据库管理员在源库中执行。大厅账号仍然只读，不能改动业务表。",
        "-- 一、开启日志解析（整个实例一次，改后重启数据库）",
        "ALTER SYSTEM SET wal_level = 'logical';",
        "ALTER SYSTEM SET max_replication_slots = 20;",
        "ALTER SYSTEM SET max_wal_senders = 20;",
        "-- 大厅长时间停机时，最多为它保留这么多日志，保护源端磁盘",
        "ALTER SYSTEM SET max_slot_wal_keep_size = '20GB';",
        "-- 二、允许大厅账号读取日志（每个账号一次）",
        pg_replication(user),
        f"GRANT SELECT ON {pg_table(table)} TO {pg_name(user)};",
        "-- 三、发布这张表（已有名为 datahall 的发布时，用第二句代替第一句）",
        pg_publish(table, exists=False),
        f"-- {pg_publish(table, exists=True)}",
    ]
    lines += [
        f"-- 四、只在目录主键（{'、'.join(key)}）不是表的主键时：让日志带上改动前的整行，",
        "--     并用唯一约束保证目录主键不重复",
        f"-- {pg_identity(table)}",
        f"-- {pg_unique(table, key)}",
    ]
    return "\n".join(lines) + "\n"


def pg_outbox(table: TableName, *, user: str, key: Sequence[str]) -> str:
    """An outbox and the triggers that fill it, for PostgreSQL and what speaks its language."""
    box, name = pg_table((table[0], OUTBOX)), table[1].replace("'", "''")
    note = pg_table((table[0], f"datahall_note_{table[1]}"))

    def keys(row: str) -> str:
        return ", ".join(f"{row}.{pg_name(k)}::text" for k in key)

    put = f"INSERT INTO {box} (tab, op, k) VALUES ('{name}'"  # noqa: S608 - text for a person; nothing runs it
    return f"""-- 由数源的数据库管理员在源库中执行。大厅账号只能读业务表，只能改登记表。
CREATE TABLE IF NOT EXISTS {box} (
    seq bigserial PRIMARY KEY,
    tab text NOT NULL,
    op text NOT NULL,
    k text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at timestamptz
);
CREATE INDEX IF NOT EXISTS datahall_outbox_new ON {box} (tab, seq) WHERE used_at IS NULL;
GRANT SELECT, UPDATE, DELETE ON {box} TO {pg_name(user)};
GRANT SELECT ON {pg_table(table)} TO {pg_name(user)};
CREATE OR REPLACE FUNCTION {note}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $note$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        {put}, 'T', '[]');
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND ROW({keys("OLD")}) IS DISTINCT FROM ROW({keys("NEW")})) THEN
        {put}, 'D', json_build_array({keys("OLD")})::text);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        {put}, 'U', json_build_array({keys("NEW")})::text);
    END IF;
    RETURN NULL;
END $note$;
CREATE TRIGGER datahall_note AFTER INSERT OR UPDATE OR DELETE ON {pg_table(table)}
    FOR EACH ROW EXECUTE PROCEDURE {note}();
CREATE TRIGGER datahall_note_all AFTER TRUNCATE ON {pg_table(table)}
    FOR EACH STATEMENT EXECUTE PROCEDURE {note}();
"""  # noqa: S608 - text for a person; nothing runs it
