"""What other packages' edges need: a receipt as a file, and names for those who acted."""

from collections.abc import Collection, Mapping
from typing import Protocol

from fastapi import Response
from sqlalchemy import Connection

from datahall.ledger.receipts import Receipt


class NameActors(Protocol):
    """Tells the names of those whom acts name; `organisations` has them, `web` puts it in place."""

    def __call__(self, conn: Connection, by: Collection[str]) -> Mapping[str, str]: ...


def receipt_response(receipt: Receipt) -> Response:
    """The receipt file, to be downloaded byte for byte."""
    return Response(
        receipt.to_json(),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{receipt.filename}"'},
    )
