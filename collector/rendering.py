"""Templates to pages: the filters they use, and the headers every page carries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from collector import wording
from collector.domain import LANGUES, in_language, sens
from collector.errors import Refusal
from collector.parts import parts_of
from collector.texts import langue_of
from collector.wire.caching import A_MINUTE, unless_kept

TEMPLATES = Path(__file__).parent / "templates"

_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "vary": "Accept-Language",
}


def make_templates(
    base_path: str,
    style: str,
    style_resultats: str = "",
    pieds: Mapping[str, Mapping[str, str]] | None = None,
) -> Environment:
    """The environment of every page: style sheets are named by their content, and `pieds` are the
    words at its foot, by language."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # else each page looks at the files of all its templates again
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # What a page tells a script is read by a program: as short as it can be.
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.globals.update(
        base=base_path, pieds=pieds, style=style, style_resultats=style_resultats
    )
    environment.filters.update(
        langue=in_language,
        sens=sens,
        jour=wording.jour,
        mois=wording.mois,
        nombre=wording.nombre,
        note=wording.note,
        ecart=wording.ecart,
        decimal=wording.decimal,
        pourcent=wording.pourcent,
        tenth=wording.tenth,
    )
    return environment


def results_page(request: Request, template: str, context: dict[str, object]) -> Response:
    """A page of results in the reader's language, with its sentences as `t`."""
    langue = langue_of(request)
    other = next(each for each in LANGUES if each != langue)
    parts = parts_of(request)
    query = [(name, value) for name, value in request.query_params.items() if name != "lang"]
    given = {
        "langue": langue,
        "t": parts.texts.sentences(langue),
        "autre": {
            "langue": other,
            "nom": parts.texts[other]["nom_langue"],
            "href": f"?{urlencode([*query, ('lang', other)])}",
        },
        "suite": f"?lang={langue}" if "lang" in request.query_params else "",
    }
    return unless_kept(request, page(request, template, {**given, **context}, cache=A_MINUTE))


def page(
    request: Request,
    template: str,
    context: dict[str, object],
    status: int = 200,
    cache: str = "no-store",
    frames: tuple[str, ...] = (),
) -> Response:
    """A page in the reader's language, unless `context` says which. `frames` may embed it."""
    context = {"langue": langue_of(request), "cadre": None, "envoye": False, **context}
    parts = parts_of(request)
    content = parts.templates.get_template(template).render(context)
    # In its sandbox a frame is of no origin, and for WebKit nothing is its « self » there.
    ours = f"'self' {parts.origin}" if context["cadre"] else "'self'"
    ancestors = " ".join((ours, *frames))
    headers = {
        **_HEADERS,
        "cache-control": cache,
        "content-security-policy": f"default-src 'none'; script-src {_scripts(context, ours)}; "
        f"style-src {ours}; img-src {ours}; form-action {ours}; base-uri 'none'; "
        f"frame-ancestors {ancestors}",
    }
    return Response(content, status, headers)


def discreet(answer: Response) -> Response:
    """A page whose address opens something: what it asks for and where it leads are told where it
    is from, and no more, our own server and the proxies before it among them."""
    answer.headers["referrer-policy"] = "strict-origin"  # « no-referrer » makes the Origin null too
    return answer


def _scripts(context: Mapping[str, Any], ours: str) -> str:
    """What may run in a page: in a frame a script of ours, and the very bytes that stand in it."""
    frame = [ours] if context["cadre"] else []
    within = [f"'{context['vigie']['integrity']}'"] if context.get("vigie") else []
    return " ".join((*frame, *within)) or "'none'"


def refusal_page(request: Request, refusal: Refusal) -> Response:
    """What a refusal says, as a page."""
    problem = refusal.problem(langue_of(request))
    context: dict[str, object] = {
        "probleme": {"erreurs": [], **problem},
        "usager": refusal.usager,
        "retour": _way_back(request),
    }
    # Whatever was refused: the address may open something, once a database answers again.
    return discreet(page(request, "erreur.html", context, refusal.status))


def _way_back(request: Request) -> dict[str, str] | None:
    """To the list of all results, from them and from a button that leads nowhere: neither a
    mistyped search nor an old address is a dead end."""
    if not request.url.path.startswith(("/resultats/", "/Demarches/")):
        return None
    parts = parts_of(request)
    langue = langue_of(request)
    suite = f"?lang={langue}" if "lang" in request.query_params else ""
    return {
        "href": f"{parts.settings.base_path}/resultats/{suite}",
        "nom": parts.texts.sentences(langue).plain("toutes"),
    }
