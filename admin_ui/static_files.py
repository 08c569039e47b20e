"""The style sheet and the script, named by their content and so kept for ever."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.pieces import pieces_of
from collector.assets import file_response
from collector.errors import NotFound
from collector.wire.caching import FOR_EVER


async def get_static(request: Request) -> Response:
    file = pieces_of(request).files.get(request.path_params["name"])
    if file is None or file.digest != request.path_params["digest"]:
        raise NotFound
    return file_response(request, file, FOR_EVER, {})
