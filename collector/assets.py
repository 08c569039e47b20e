"""Static files: widget releases for any site, style sheets for our own pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from collector.errors import UnknownRelease
from collector.parts import parts_of
from collector.releases import File
from collector.wire.caching import AN_HOUR, AN_HOUR_OR_SO, FOR_EVER, names
from collector.wire.codings import preferred_coding

_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
# Any page may load a release, also one that asks for cross-origin isolation.
_ANYWHERE = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
}


async def get_release(request: Request) -> Response:
    """/w/{X.Y.Z}/avis.js never changes; /w/{X}/avis.js is the newest of its major."""
    version = request.path_params["version"]
    file = parts_of(request).releases.file(version, request.path_params["name"])
    return file_response(request, file, FOR_EVER if "." in version else AN_HOUR_OR_SO, _ANYWHERE)


async def get_release_index(request: Request) -> Response:
    return file_response(request, parts_of(request).releases.listing, AN_HOUR, _ANYWHERE)


async def get_page_style(request: Request) -> Response:
    """Named by its content, so that it can be kept for ever. Raises UnknownRelease for another."""
    style = parts_of(request).styles.get(request.path_params["digest"])
    if style is None:
        raise UnknownRelease
    return file_response(request, style, FOR_EVER, {})


async def get_favicon(request: Request) -> Response:
    """Browsers ask for one whatever the page says; told once that there is none, they stop."""
    return Response(status_code=204, headers={"cache-control": FOR_EVER})


def file_response(request: Request, file: File, cache: str, more: dict[str, str]) -> Response:
    coding = preferred_coding(request, file.codings)
    etag = f'"{file.integrity}-{coding}"' if coding else f'"{file.integrity}"'
    headers = {
        "cache-control": cache,
        "etag": etag,
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
        **more,
    }
    if names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    headers["content-type"] = _TYPES[file.name.rpartition(".")[2]]
    if coding is None:
        return Response(file.content, headers=headers)
    return Response(file.codings[coding], headers={**headers, "content-encoding": coding})
