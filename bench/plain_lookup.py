"""The same look-up in the same web stack without signature, grant, masking and evidence."""

import os

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datahall.gateway.asgi import READERS
from datahall.gateway.readers import Readers


def application() -> Starlette:
    readers = Readers(os.environ["DATABASE_URL"], READERS)
    sql = os.environ["BENCH_SQL"]

    async def look_up(request: Request) -> Response:
        value = request.query_params["id_card"].removeprefix("eq.")
        rows = await readers.fetch(sql, (value,))
        body = orjson.dumps({"data": [dict(row) for row in rows]}, default=str)
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/v1/data/{item:path}", look_up)])
