"""Public results as pages, complete without JavaScript."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.asked.choix import structures_shown
from collector.asked.filtre import Filtre, parse_filtre
from collector.asked.periode import precedente, un_an_avant
from collector.figures.courbes import courbes
from collector.figures.linked import linked_data
from collector.figures.overview import Vue
from collector.figures.shown import Figures
from collector.parts import Parts, parts_of
from collector.public_api import query_of, read_figures, read_overview, rules_of
from collector.qr import qr_code
from collector.rendering import results_page
from collector.scores import MINIMUM_TO_COMPARE
from collector.texts import langue_of
from collector.wire.caching import AN_HOUR

# A list of more structures than this to choose from would weigh more than the démarches.
MAX_OPTIONS = 100


async def get_home(request: Request) -> Response:
    address = f"{parts_of(request).settings.base_path}/resultats/"
    return RedirectResponse(address, 307, {"cache-control": AN_HOUR})


async def get_results_list(request: Request) -> Response:
    """The démarches of /api/v1/demarches, by the same words."""
    parts = parts_of(request)
    query = query_of(request)
    vue = await read_overview(parts, query)
    structures = structures_shown(await parts.catalogue.get())
    context = {
        "vue": vue,
        "saisie": {name: query.get(name, "") for name in ("q", "structure", "territoire")},
        "structures": structures if len(structures) <= MAX_OPTIONS else None,
        "pages": _pages(vue, query),
        "api": _address(parts, "/api/v1/demarches", {**query, "lang": ""}),
    }
    return results_page(request, "liste.html", context)


async def get_method(request: Request) -> Response:
    rules = rules_of(parts_of(request))
    return results_page(request, "methode.html", {"rules": rules, "comparer": MINIMUM_TO_COMPARE})


async def get_results(request: Request) -> Response:
    """The same figures as /api/v1/demarches/{slug}/scores; month by month and beside the period
    before, if not of a bouton."""
    parts = parts_of(request)
    asked = query_of(request)
    whole = {"pas": "mois", "comparer": "precedente", **asked}
    filtre = parse_filtre(asked if "bouton" in asked else whole, parts.clock.now().jour)
    figures = await read_figures(parts, request.path_params["slug"], filtre)
    slug = figures.demarche.slug
    address = f"{parts.settings.base_url}/resultats/{slug}"
    query = filtre_query(filtre)
    api = f"/api/v1/demarches/{slug}/scores"
    context = {
        "figures": figures,
        "courbes": courbes(figures),
        "autres_comparaisons": _other_comparisons(parts, figures, request),
        "adresse": address,
        "qr": qr_code(address),
        "json": _address(parts, api, query),
        "csv": _address(parts, f"{api}.csv", query),
        "ld": linked_data(
            figures, parts.settings.base_url, parts.texts.sentences(langue_of(request))
        ),
    }
    return results_page(request, "resultats.html", context)


def filtre_query(filtre: Filtre) -> dict[str, str]:
    """What asks for the same figures again, days named."""
    return {
        "du": filtre.periode.du.isoformat(),
        "au": filtre.periode.au.isoformat(),
        "pas": filtre.pas or "",
        "comparer": filtre.comparer or "",
        "bouton": filtre.bouton or "",
    }


def _other_comparisons(parts: Parts, figures: Figures, request: Request) -> dict[str, str]:
    """Addresses of the same page beside another period, where that is another one."""
    filtre = figures.filtre
    if filtre.comparer is None or precedente(filtre.periode) == un_an_avant(filtre.periode):
        return {}
    other = "annee" if filtre.comparer == "precedente" else "precedente"
    lang = request.query_params.get("lang", "")
    query = {**filtre_query(filtre), "comparer": other, "lang": lang}
    return {other: _address(parts, f"/resultats/{figures.demarche.slug}", query)}


def _pages(vue: Vue, query: dict[str, str]) -> dict[str, str]:
    """Queries of the page before and of the next one."""
    around = {"page_avant": vue.choix.page - 1, "page_apres": vue.choix.page + 1}
    return {
        name: _query({**query, "page": str(page)})
        for name, page in around.items()
        if 1 <= page <= vue.pages
    }


def _address(parts: Parts, path: str, query: dict[str, str]) -> str:
    return f"{parts.settings.base_path}{path}{_query(query)}"


def _query(query: dict[str, str]) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"?{urlencode(given)}" if given else ""
