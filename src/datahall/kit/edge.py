"""The outermost edge of a server: whatever nobody caught becomes one line of the log."""

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOLD = "datahall.told"
"""In the scope of a request whose failure is in the log already."""

log = structlog.get_logger(__name__)


class Edge:
    """Keeps failures from the server, which would print them in its own way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if not scope.get(TOLD):
                log.exception("request failed", method=scope["method"], path=scope["path"])
            if not begun:
                await PlainTextResponse("", 500)(scope, receive, send)
