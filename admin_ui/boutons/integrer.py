"""« Intégrer »: the lines to paste for a bouton, how it will look, what a policy has to allow.

The preview is the real widget in a page of ours, which gives it the questions by an address of its
own: no opening is counted there, and no avis is stored.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.boutons.boutons import bouton_of
from admin_ui.boutons.politique import directives, recettes
from admin_ui.rendering import page
from collector.domain import Bouton
from collector.ingest import read_body
from collector.pages import form_content, form_json, read_form
from collector.parts import parts_of
from collector.releases import snippet
from collector.wire.packets import Ready

# How a page may carry the button: `affichage`, `isolation`, and what it is called.
MODES = {
    "dialogue": ("dialogue", "direct", "Fenêtre"),
    "integre": ("integre", "direct", "Dans la page"),
    "flottant": ("flottant", "direct", "Flottant"),
    "lien": ("lien", "direct", "Lien"),
    "cadre": ("dialogue", "cadre", "Cadre"),
}
THEMES = {"clair": "Clair", "sombre": "Sombre"}
LARGEURS = {"ordinateur": "Ordinateur", "mobile": "Mobile"}

_STORED = Ready(b'{"resultat":"enregistre"}', 201, {"content-type": "application/json"})


async def get_integrate(request: Request) -> Response:
    parts, bouton = parts_of(request), bouton_of(request)
    chosen = _chosen(request, bouton)
    affichage, isolation, _ = MODES[chosen["mode"]]
    cadre = (await read_form(parts, bouton.code)).questionnaire.cadre
    wanted = directives(parts.origin, "cadre" if isolation == "cadre" else "direct", cadre)
    context = {
        "onglet": "boutons",
        "bouton": bouton,
        "lignes": snippet(
            parts.settings.base_url, parts.releases, bouton.code, affichage, isolation
        ),
        "version": parts.releases.newest,
        "choix": chosen,
        "modes": {name: (_query(chosen, mode=name), MODES[name][2]) for name in MODES},
        "themes": {name: (_query(chosen, theme=name), nom) for name, nom in THEMES.items()},
        "largeurs": {name: (_query(chosen, largeur=name), nom) for name, nom in LARGEURS.items()},
        "apercu": _query(chosen),
        "cadre": cadre,
        "directives": wanted,
        "recettes": recettes(wanted),
        "adresse": f"{parts.settings.base_url}/f/{bouton.code}",
    }
    return page(request, "integrer.html", context)


def _chosen(request: Request, bouton: Bouton) -> dict[str, str]:
    """What is to be shown; what is not known is as if nothing was asked."""
    asked = request.query_params
    return {
        "mode": _one_of(asked.get("mode"), tuple(MODES), bouton.affichage),
        "theme": _one_of(asked.get("theme"), tuple(THEMES), "clair"),
        "largeur": _one_of(asked.get("largeur"), tuple(LARGEURS), "ordinateur"),
    }


def _one_of(asked: str | None, known: tuple[str, ...], usual: str) -> str:
    if asked in known:
        return str(asked)
    return usual if usual in known else known[0]


def _query(chosen: dict[str, str], **other: str) -> str:
    return f"?{urlencode({**chosen, **other})}"


# The preview


async def get_preview(request: Request) -> Response:
    """A page with the widget, for a frame of ours."""
    parts, bouton = parts_of(request), bouton_of(request)
    chosen = _chosen(request, bouton)
    affichage = MODES[chosen["mode"]][0]
    # In a frame, the widget leaves a link instead of floating in its corner.
    if affichage == "flottant" and "cadre" in request.query_params:
        affichage = "dialogue"
    version = parts.releases.newest
    context = {
        "bouton": bouton,
        "affichage": affichage,
        "theme": chosen["theme"],
        "script": f"{parts.settings.base_path}/w/{version}/avis.js",
        "integrity": parts.releases.file(version, "avis.js").integrity,
    }
    return page(request, "apercu.html", context, framed=True)


async def get_preview_json(request: Request) -> Response:
    """The questions of a bouton, as /f/{code}.json gives them to anyone; nothing is counted, and
    what is sent goes nowhere. No frame: the hosted page would count and store."""
    parts = parts_of(request)
    form = await read_form(parts, request.path_params["code"])
    base = f"{parts.settings.base_path}/admin/apercu"
    content = form_content(parts, form, form.langue_for(request))
    content.pop("cadre", None)
    own = {"envoi": f"{base}/avis", "page": f"{base}/f/{form.bouton.code}", "jeton": "apercu"}
    return form_json(request, {**content, **own})


async def get_preview_link(request: Request) -> Response:
    """Where the link of the preview leads."""
    form = await read_form(parts_of(request), request.path_params["code"])
    return page(request, "apercu_lien.html", {"titre": form.demarche.titre}, framed=True)


async def post_preview(request: Request) -> Response:
    """Answer as if an avis was stored; none is."""
    await read_body(request)
    return _STORED
