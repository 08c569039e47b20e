"""Public results as pages, complete without JavaScript."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.filtre import parse_filtre
from collector.parts import parts_of
from collector.public_api import read_figures
from collector.rendering import page


async def get_home(request: Request) -> Response:
    return RedirectResponse(f"{parts_of(request).settings.base_path}/resultats/", 307)


async def get_results_list(request: Request) -> Response:
    catalogue = await parts_of(request).catalogue.get()
    demarches = [(d, catalogue.structures[d.structure_id]) for d in catalogue.public()]
    return page(request, "liste.html", {"demarches": demarches, "langue": "fr"})


async def get_results(request: Request) -> Response:
    """The same figures as /api/v1/demarches/{slug}/scores; month by month, if not of a bouton."""
    parts = parts_of(request)
    asked = request.query_params
    query = {**asked} if "bouton" in asked else {"pas": "mois", **asked}
    filtre = parse_filtre(query, parts.clock.now().jour)
    figures = await read_figures(parts, request.path_params["slug"], filtre)
    return page(request, "resultats.html", {"figures": figures, "langue": "fr"})
