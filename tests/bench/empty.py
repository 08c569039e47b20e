"""The reference: an empty 204 route on the same framework, served with the same options."""

from __future__ import annotations

import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector import serve
from collector.config import Settings


async def empty(request: Request) -> Response:
    """Answer once the body was read: an avis cannot come without one."""
    await request.body()
    return Response(status_code=204)


def main(port: int) -> None:
    app = Starlette(routes=[Route("/", empty, methods=["GET", "POST"])])
    sockets = [serve.bind("127.0.0.1", port)]
    serve.main(serve.run(app, Settings(), sockets, lambda: None))


if __name__ == "__main__":
    main(int(sys.argv[1]))
