"""Templates to pages of the administration, and the headers every one of them carries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin_ui.messages import MESSAGES
from admin_ui.pieces import pieces_of
from admin_ui.wording import heure, jour_et_heure
from collector.clock import Clock
from collector.config import Settings
from collector.parts import parts_of
from collector.privacy.declarations import Pieds, read_texts
from collector.releases import File, read_file
from collector.rendering import TEMPLATES, make_templates

HERE = Path(__file__).parent
STATIC = HERE / "static"

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)


def make_environment(settings: Settings, files: Mapping[str, File], clock: Clock) -> Environment:
    """The collector's environment, with our own templates before its."""
    base_path = settings.base_path
    pieds = Pieds(read_texts(), settings, clock)
    environment = make_templates(base_path, "", pieds=pieds)
    environment.loader = FileSystemLoader([HERE / "templates", TEMPLATES])
    environment.globals.update(
        racine=base_path,
        base=f"{base_path}/admin",
        fichiers={name: f"{base_path}/admin/static/{file.digest}/{name}"
                  for name, file in files.items()},
    )  # fmt: skip
    environment.filters.update(heure=heure, jour_et_heure=jour_et_heure)
    return environment


def read_files() -> dict[str, File]:
    """The one style sheet and the one script."""
    return {path.name: read_file(path.name, path.read_bytes()) for path in sorted(STATIC.iterdir())}


def page(
    request: Request,
    template: str,
    context: Mapping[str, object],
    status: int = 200,
    framed: bool = False,
) -> Response:
    """A page in French. `agent`, `demarche`, what was just done (`fait`) and the address (`ici`)
    are in the context already. `framed`: our own pages may show it in a frame."""
    state = request.state
    given = {
        "langue": "fr",
        "t": parts_of(request).texts.sentences("fr"),
        "agent": getattr(state, "agent", None),
        "demarche": getattr(state, "demarche", None),
        "fait": MESSAGES.get(request.query_params.get("fait", "")),
        "ici": request.url.path.removeprefix(parts_of(request).settings.base_path),
    }
    content = pieces_of(request).templates.get_template(template).render({**given, **context})
    return Response(content, status, headers_of(framed))


def headers_of(framed: bool = False) -> dict[str, str]:
    ancestors = "'self'" if framed else "'none'"
    return {**HEADERS, "content-security-policy": POLICY.format(ancestors=ancestors)}


def redirect(request: Request, path: str, fait: str | None = None, *, at: str = "") -> Response:
    """To another page below /admin, after something was done; `fait` is a code of MESSAGES, `at`
    the id of where to go on from."""
    if fait is not None:
        assert fait in MESSAGES, fait
        path += ("&" if "?" in path else "?") + urlencode({"fait": fait})
    if at:
        path += f"#{at}"
    base = f"{parts_of(request).settings.base_path}/admin"
    return RedirectResponse(base + path, 303, headers={"cache-control": "no-store"})
