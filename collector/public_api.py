"""Public figures for programs, and the way to them that pages share."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.domain import Demarche, Texte
from collector.errors import BadFilter, Faute, UnknownDemarche
from collector.figures import Figures, Rules, bouton_figures, figures_as_dict, public_figures
from collector.filtre import Filtre, parse_filtre
from collector.parts import Parts, parts_of
from collector.periode import Periode
from collector.publication import around, span
from collector.scores import Thresholds
from collector.store.contract import Count

# Public, the same for everyone, and changing: a minute spares the store without showing old news.
_HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=60",
    "x-content-type-options": "nosniff",
}

_BOUTON: Texte = {"fr": "un bouton de cette démarche", "en": "a bouton of this procedure"}


async def get_demarches(request: Request) -> Response:
    """Public démarches, by title."""
    parts = parts_of(request)
    catalogue = await parts.catalogue.get()
    demarches = [
        {
            "slug": demarche.slug,
            "titre": demarche.titre,
            "structure": catalogue.structures[demarche.structure_id].nom,
            "url": demarche.url,
            "resultats": f"{parts.settings.base_url}/resultats/{demarche.slug}",
            "scores": f"{parts.settings.base_url}/api/v1/demarches/{demarche.slug}/scores",
        }
        for demarche in catalogue.public()
    ]
    return JSONResponse({"demarches": demarches}, headers=_HEADERS)


async def get_scores(request: Request) -> Response:
    """Figures of one public démarche (`schemas/scores.v1.json`)."""
    parts = parts_of(request)
    filtre = parse_filtre(request.query_params, parts.clock.now().jour)
    figures = await read_figures(parts, request.path_params["slug"], filtre)
    return JSONResponse(figures_as_dict(figures), headers=_HEADERS)


async def read_figures(parts: Parts, slug: str, filtre: Filtre) -> Figures:
    """The figures a filter selects. Raises UnknownDemarche, or BadFilter for a foreign bouton."""
    catalogue = await parts.catalogue.get()
    demarche = catalogue.by_slug(slug)
    if demarche is None or not demarche.shown:
        raise UnknownDemarche(demarche=slug)
    today = parts.clock.now().jour
    settings = parts.settings
    rules = Rules(
        settings.public_threshold,
        Thresholds(settings.class_minimum, settings.class_bon, settings.class_moyen),
    )
    if filtre.bouton is None:
        every = [filtre.periode, *([filtre.avant] if filtre.avant else [])]
        counts = await _counts(parts, demarche, around(span(every), today), today)
        return public_figures(demarche, catalogue, counts, filtre, today, rules)
    codes = [b.code for b in catalogue.boutons.values() if b.demarche_id == demarche.id]
    if filtre.bouton not in codes:
        raise BadFilter(Faute("bouton", filtre.bouton, _BOUTON))
    by_bouton = {
        code: await _counts(parts, demarche, filtre.periode, today, code) for code in codes
    }
    return bouton_figures(demarche, catalogue, by_bouton, filtre, today, rules)


async def _counts(
    parts: Parts, demarche: Demarche, periode: Periode, today: date, bouton: str | None = None
) -> list[Count]:
    # What is dated in a month to come was received while the clock was wrong. It shows when the
    # month is there: until then the rules of publication hold it for empty.
    first, last = f"{periode.du:%Y-%m}", f"{min(periode.au, today):%Y-%m}"
    return await parts.store.counts_by_month(demarche.id, first, last, bouton)
