"""Resource codes and alias codes: each belongs to one entry for ever (信息资源代码、别名代码).

One table holds every code that was ever given, so that the database itself refuses a second
owner; a withdrawn entry keeps its codes.
"""

import re
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.catalogue.errors import CodeTaken
from datahall.catalogue.tables import codes, serials
from datahall.kit.ids import ItemId

CODE: Final = re.compile(r"[1-9]\d{5}[0-9A-Za-z]*/\d+")
"""The guide's form: 类1 项2 目3 细目, slash, serial."""


def next_code(conn: sa.Connection, category_code: str) -> str:
    """The next free resource code of a category: category, slash, six-digit serial.

    The serial only grows; one that an imported code has taken is passed over.
    """
    while True:
        given = insert(serials).values(category_code=category_code, last=1)
        last = conn.scalar(
            given.on_conflict_do_update(
                index_elements=["category_code"], set_={"last": serials.c.last + 1}
            ).returning(serials.c.last)
        )
        code = f"{category_code}/{last:06d}"
        if not holders(conn, [code]):
            return code


def claim(conn: sa.Connection, code: str, item: ItemId, *, title: str = "") -> None:
    """Give `code` to an entry for ever; its own code may be claimed again.

    Raises:
        CodeTaken
    """
    conn.execute(
        insert(codes).values(code=code, item=item).on_conflict_do_nothing(index_elements=["code"])
    )
    if holders(conn, [code])[code] != item:
        raise CodeTaken(code=code, title=title)


def holders(conn: sa.Connection, asked: Sequence[str]) -> dict[str, ItemId]:
    """The entry of each of `asked` that was ever given."""
    query = sa.select(codes.c.code, codes.c.item).where(codes.c.code.in_(asked))
    return {code: ItemId(item) for code, item in conn.execute(query)} if asked else {}


def of_item(conn: sa.Connection, item: ItemId) -> list[str]:
    """Every code that an entry has or had."""
    query = sa.select(codes.c.code).where(codes.c.item == item).order_by(codes.c.code)
    return list(conn.scalars(query))
