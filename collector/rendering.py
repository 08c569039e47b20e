"""Templates to pages: the filters they use, and the headers every page carries."""

from __future__ import annotations

import math
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from collector.domain import in_language, sens
from collector.errors import Refusal
from collector.parts import parts_of
from collector.periode import Periode
from collector.texts import langue_of

TEMPLATES = Path(__file__).parent / "templates"

_MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "vary": "Accept-Language",
}


def make_templates(base_path: str, style: str) -> Environment:
    """The environment of every page; `style` names its style sheet by its content."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(base=base_path, style=style)
    environment.filters.update(
        langue=in_language,
        sens=sens,
        jour=_jour,
        mois=_mois,
        nombre=_nombre,
        note=_note,
        decimal=_decimal,
        pluriel=_pluriel,
        pourcent=_pourcent,
        tenth=_tenth,
    )
    return environment


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
    scripts = "'self'" if context["cadre"] else "'none'"
    ancestors = " ".join(("'self'", *frames)) if frames else "'self'"
    headers = {
        **_HEADERS,
        "cache-control": cache,
        "content-security-policy": f"default-src 'none'; script-src {scripts}; style-src 'self'; "
        f"img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}",
    }
    if parts.settings.public_url.startswith("https:"):
        headers["strict-transport-security"] = "max-age=31536000"
    return Response(content, status, headers)


def refusal_page(request: Request, refusal: Refusal) -> Response:
    """What a refusal says, as a page."""
    problem = refusal.problem(langue_of(request))
    return page(request, "erreur.html", {"probleme": {"erreurs": [], **problem}}, refusal.status)


def _jour(jour: date) -> str:
    """« 1er mars 2026 »."""
    number = "1er" if jour.day == 1 else str(jour.day)
    return f"{number} {_MOIS[jour.month - 1]} {jour.year}"


def _mois(periode: Periode) -> str:
    """« mars 2026 », « janvier à mars 2026 », « décembre 2025 à février 2026 »."""
    du, au = periode.du, periode.au
    last = f"{_MOIS[au.month - 1]}\u00a0{au.year}"
    if (du.year, du.month) == (au.year, au.month):
        return last
    year = "" if du.year == au.year else f"\u00a0{du.year}"
    return f"{_MOIS[du.month - 1]}{year} à {last}"


def _nombre(n: int) -> str:
    """« 12 345 », with narrow no-break spaces."""
    return f"{n:,}".replace(",", "\u202f")


def _note(note: float) -> str:
    """« 7,9 », half up, as `scores` shows a mark."""
    rounded = Decimal(repr(note)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return str(rounded).replace(".", ",")


def _decimal(value: float) -> str:
    """« 8 », « 7,25 »."""
    return f"{value:g}".replace(".", ",")


def _pluriel(n: int) -> str:
    """What a French noun takes after `n`."""
    return "s" if n > 1 else ""


def _pourcent(part: float) -> str:
    return f"{math.floor(part * 100 + 0.5)}\u202f%"


def _tenth(value: float) -> str:
    """One decimal at most, as the widget's drawings round."""
    return f"{math.floor(value * 10 + 0.5) / 10:g}"
