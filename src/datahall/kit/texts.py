"""No text that is sent to us holds a NUL character: PostgreSQL stores none, so nobody means one."""

import re
from typing import Final

from starlette.requests import Request

from datahall.kit.csrf import SAFE
from datahall.kit.errors import DomainError

FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_ESCAPED: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class NulSent(DomainError):
    """A text of the request holds a NUL character."""

    code = "http.nul"
    status = 422


async def refuse_nul(request: Request) -> None:
    """Refuse a request whose address, form or JSON body holds a NUL; files are not looked into.

    Raises:
        NulSent
    """
    texts = [request.scope["path"]]
    texts += (text for pair in request.query_params.multi_items() for text in pair)
    kind = request.headers.get("Content-Type", "")
    if request.method not in SAFE and kind.startswith(FORMS):
        for name, value in (await request.form()).multi_items():
            texts += (name, value if isinstance(value, str) else value.filename or "")
    elif request.method not in SAFE and (not kind or "json" in kind):
        body = await request.body()
        if b"\0" in body or _ESCAPED.search(body):
            raise NulSent
    if any("\0" in text for text in texts):
        raise NulSent
