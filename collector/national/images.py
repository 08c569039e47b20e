"""The pictures of the button, under the names that the national button's have: drawn by us.

A site that moves changes the host name of its picture too. The text is fitted to its place, so
that it stands there whatever the font of the reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response

from collector.assets import file_response
from collector.errors import NotFound
from collector.parts import parts_of
from collector.releases import File, read_file

# Their address does not change with what is drawn.
_A_DAY = "public, max-age=86400, stale-while-revalidate=604800"
_SHOWN_ANYWHERE = {
    "access-control-allow-origin": "*",
    "content-security-policy": "default-src 'none'; frame-ancestors *",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
}


@dataclass(frozen=True, slots=True)
class Couleurs:
    """Of one picture: `trait` are its words and its drawing, 4.5:1 on `fond`; of `fond` and `bord`,
    one stands out 3:1 from the page it is meant for."""

    fond: str
    bord: str
    trait: str


_BLEU_CLAIR = Couleurs("#1b4f8f", "#1b4f8f", "#fff")
_BLANC_CLAIR = Couleurs("#fff", "#1b4f8f", "#1b4f8f")
# « clair » and « sombre » say for which pages; the names without either are older.
IMAGES: Mapping[str, Couleurs] = {
    "bouton-bleu-clair": _BLEU_CLAIR,
    "bouton-bleu-sombre": Couleurs("#a8c8f8", "#a8c8f8", "#10233d"),
    "bouton-blanc-clair": _BLANC_CLAIR,
    "bouton-blanc-sombre": Couleurs("#161c1d", "#a8c8f8", "#a8c8f8"),
    "bouton-bleu": _BLEU_CLAIR,
    "bouton-blanc": _BLANC_CLAIR,
}


def drawn(templates: Environment) -> dict[str, File]:
    """Every picture, by its name."""
    template = templates.get_template("bouton.svg")
    return {
        name: read_file(f"{name}.svg", template.render(c=couleurs).encode())
        for name, couleurs in IMAGES.items()
    }


async def get_image(request: Request) -> Response:
    """A picture that any site may show. Raises NotFound."""
    image = parts_of(request).images.get(request.path_params["name"])
    if image is None:
        raise NotFound
    return file_response(request, image, _A_DAY, _SHOWN_ANYWHERE)
