"""The example procedure site: static pages on another origin, with the two lines pasted in."""

from __future__ import annotations

import mimetypes

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from collector.config import resource
from collector.releases import Releases


def create_site(collecteur: str, releases: Releases) -> Starlette:
    """The pages of `examples/site`; `collecteur` is the collector's address, without a slash.

    Their placeholders are filled in as a porteur would do by hand, once, when pasting.
    """
    root = resource("examples", "site").resolve()
    version = releases.newest
    values = {
        "collecteur": collecteur,
        "version": version,
        "integrity": releases.file(version, "avis.js").integrity,
    }

    async def get_page(request: Request) -> Response:
        path = (root / request.path_params["path"]).resolve()
        if path.is_dir() and not request.url.path.endswith("/"):
            return RedirectResponse(f"{request.url.path}/", 307)
        file = path / "index.html" if path.is_dir() else path
        if not file.is_relative_to(root) or not file.is_file():
            return Response("404", 404, media_type="text/plain")
        content = file.read_bytes()
        if file.suffix == ".html":
            text = content.decode()
            for name, value in values.items():
                text = text.replace("{{ " + name + " }}", value)
            content = text.encode()
        return Response(content, media_type=mimetypes.guess_type(file.name)[0])

    return Starlette(routes=[Route("/{path:path}", get_page)])
