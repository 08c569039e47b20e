"""What caches may keep, the browser's and those of a network in between: each answer says it.

examples/deploiement/cdn.md has them all in a table; a test compares.
"""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

FOR_EVER = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"
# No page waits for a newer one: it shows the one it has, and the browser asks meanwhile.
AN_HOUR_OR_SO = f"{AN_HOUR}, stale-while-revalidate=86400"
# Public, the same for everyone, and changing: a minute spares the store without showing old news.
A_MINUTE = "public, max-age=60"


def unless_kept(request: Request, response: Response) -> Response:
    """A response under the name of its content; 304 when whoever asks has it already."""
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["etag"] = etag
    if not names(request.headers.get("if-none-match", ""), etag):
        return response
    about_the_body = ("content-length", "content-type", "content-disposition")
    kept = {name: v for name, v in response.headers.items() if name not in about_the_body}
    return Response(status_code=304, headers=kept)


def names(tags: str, etag: str) -> bool:
    """Whether `If-None-Match` has this tag, weak or not, or is « * » (RFC 9110, 13.1.2)."""
    return etag in (tag.strip().removeprefix("W/") for tag in tags.split(",")) or tags == "*"
