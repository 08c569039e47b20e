"""The reference: an empty 204 route of the same server and framework, served with the same options.

The server is uvicorn with httptools and uvloop, the framework Starlette. `ours` serves the route
over our own protocol (`collector.wire`), as avis are: it makes any route faster, an empty one most.
"""

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


async def run(port: int, ours: bool) -> None:
    app = Starlette(routes=[Route("/", empty, methods=["GET", "POST"])])
    config = serve.options(app, Settings())
    if not ours:
        config.http = "httptools"
    serve.spare_the_collector()
    await serve.Server(config, lambda: None).serve([serve.bind("127.0.0.1", port)])


if __name__ == "__main__":
    serve.main(run(int(sys.argv[1]), "ours" in sys.argv[2:]))
