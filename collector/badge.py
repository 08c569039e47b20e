"""The mark of a démarche as a picture for any site: light, said to assistive tools, cacheable."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from collector import wording
from collector.asked.filtre import Filtre
from collector.asked.periode import douze_mois
from collector.errors import BadFilter, Faute
from collector.figures.shown import Figures
from collector.parts import Parts, parts_of
from collector.public_api import query_of, read_figures
from collector.texts import langue_of
from collector.wire.caching import AN_HOUR_OR_SO, unless_kept

_THEMES = ("clair", "sombre")
_THEME = {"fr": " | ".join(_THEMES), "en": " | ".join(_THEMES)}

# The tokens of the form's sheet: text 4.5:1 on its background.
_LIGHT = "rect{fill:#fff;stroke:#768385}text{fill:#1c2526}.n,.d{fill:#525e60}.v{fill:#0d5f68}"
_DARK = "rect{fill:#161c1d;stroke:#849293}text{fill:#eaf0f0}.n,.d{fill:#b3bfc0}.v{fill:#86d1d8}"
STYLES = {
    "": f"{_LIGHT}@media(prefers-color-scheme:dark){{{_DARK}}}",
    "clair": _LIGHT,
    "sombre": _DARK,
}

# Of a sans-serif: about so wide, for its size. The text is then fitted to that width, so that it
# stays in its place whatever the font of the reader.
_LETTER = 0.56

_LEFT, _RIGHT, _SIZE = 14, 14, 13


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, where it stands and how wide it is drawn."""

    text: str
    kind: str
    x: float
    y: int
    size: int

    @property
    def width(self) -> float:
        return round(len(self.text) * self.size * _LETTER, 1)


async def get_badge(request: Request) -> Response:
    """The main question’s mark over the twelve months up to now, or that there are too few avis.

    Any page may show it. Raises UnknownDemarche, and BadFilter for another theme.
    """
    parts = parts_of(request)
    theme = query_of(request).get("theme", "")
    if theme and theme not in _THEMES:
        raise BadFilter(Faute("theme", theme, _THEME))
    filtre = Filtre(douze_mois(parts.clock.now().jour))
    figures = await read_figures(parts, request.path_params["slug"], filtre)
    content = _drawn(parts, figures, langue_of(request), theme)
    return _answer(request, content, theme)


def _drawn(parts: Parts, figures: Figures, langue: str, theme: str) -> bytes:
    t = parts.texts.sentences(langue)
    periode = wording.mois(figures.total.periode, langue)
    main = figures.main
    if main is None or main.score is None or main.score.note_sur_10 is None:
        big, small, below = "", t.plain("badge_retenu"), periode
        title = t.plain("badge_retenu_alt", periode=periode)
    else:
        answers = str(t("reponses", n=main.score.n))
        big, small = wording.note(main.score.note_sur_10, langue), t.plain("sur_10")
        below = f"{answers} · {periode}"
        title = t.plain("badge_alt", note=big, reponses=answers, periode=periode)
    lines = _lines(t.plain("badge_titre"), big, small, below)
    context = {
        "langue": langue,
        "title": title,
        "desc": figures.demarche.titre,
        "desc_langue": figures.demarche.langue,
        "style": STYLES[theme],
        "lines": lines,
        "width": round(max(line.x + line.width for line in lines) + _RIGHT),
    }
    return parts.templates.get_template("badge.svg").render(context).encode()


def _lines(heading: str, big: str, small: str, below: str) -> list[Line]:
    value = [Line(big, "v", _LEFT, 54, 28)] if big else []
    after = value[0].x + value[0].width + 6 if value else _LEFT
    return [
        Line(heading, "t", _LEFT, 24, _SIZE),
        *value,
        Line(small, "n", after, 54, 15),
        Line(below, "d", _LEFT, 74, 12),
    ]


def _answer(request: Request, content: bytes, theme: str) -> Response:
    digest = hashlib.sha256(STYLES[theme].encode()).digest()
    headers = {
        "access-control-allow-origin": "*",
        "cache-control": AN_HOUR_OR_SO,
        "content-security-policy": "default-src 'none'; style-src 'sha256-"
        f"{b64encode(digest).decode()}'; frame-ancestors *",
        "cross-origin-resource-policy": "cross-origin",
        "vary": "Accept-Language",
        "x-content-type-options": "nosniff",
    }
    return unless_kept(request, Response(content, headers=headers, media_type="image/svg+xml"))
