"""Public figures for programs, and the way to them that pages share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.asked.choix import parse_choix
from collector.asked.filtre import Filtre, parse_filtre
from collector.asked.periode import Periode, douze_mois
from collector.domain import Catalogue, Demarche, Texte
from collector.errors import BadFilter, Faute, UnknownDemarche
from collector.figures.mesures import Rules, same_question
from collector.figures.overview import (
    Effectifs,
    Read,
    Vue,
    in_several_wordings,
    main_dimensions,
    overview,
)
from collector.figures.publication import around, span
from collector.figures.shown import Figures, bouton_figures, public_figures
from collector.figures.written import figures_as_csv, figures_as_dict, overview_as_dict
from collector.parts import Parts, parts_of
from collector.scores import Thresholds
from collector.store.contract import Count
from collector.wire.caching import A_MINUTE, unless_kept

_HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": A_MINUTE,
    "x-content-type-options": "nosniff",
}

MAX_PARAMETERS = 100
_PARAMETERS: Texte = {
    "fr": f"au plus {MAX_PARAMETERS} paramètres dans l’adresse",
    "en": f"at most {MAX_PARAMETERS} parameters in the address",
}
_BOUTON: Texte = {"fr": "un bouton de cette démarche", "en": "a bouton of this procedure"}


async def get_demarches(request: Request) -> Response:
    """Public démarches, each with the mark of its main question, and how many are good."""
    parts = parts_of(request)
    vue = await read_overview(parts, query_of(request))
    content = overview_as_dict(vue, parts.settings.base_url)
    return unless_kept(request, JSONResponse(content, headers=_HEADERS))


async def get_scores(request: Request) -> Response:
    """Figures of one public démarche (`schemas/scores.v1.json`)."""
    figures = await _figures(request)
    return unless_kept(request, JSONResponse(figures_as_dict(figures), headers=_HEADERS))


async def get_scores_csv(request: Request) -> Response:
    """The same as a table: a line for each question of each period."""
    figures = await _figures(request)
    name = (
        f"scores-{figures.demarche.slug}-{figures.total.periode.du}-{figures.total.periode.au}.csv"
    )
    headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    answer = Response(figures_as_csv(figures), media_type="text/csv", headers=headers)
    return unless_kept(request, answer)


async def _figures(request: Request) -> Figures:
    parts = parts_of(request)
    filtre = parse_filtre(query_of(request), parts.clock.now().jour)
    return await read_figures(parts, request.path_params["slug"], filtre)


def query_of(request: Request) -> dict[str, str]:
    """What is asked for; the last one of a name counts. Raises BadFilter when it is no question."""
    pairs = request.query_params.multi_items()
    if len(pairs) > MAX_PARAMETERS:
        raise BadFilter(Faute("?", str(len(pairs)), _PARAMETERS))
    return dict(pairs)


async def read_overview(parts: Parts, query: Mapping[str, str]) -> Vue:
    """The démarches a query selects. Raises BadFilter."""
    catalogue = await parts.catalogue.get()
    choix = parse_choix(query, catalogue)
    today = parts.clock.now().jour
    asked = (today, catalogue.version)
    read = await parts.recent.get(asked, lambda: _read_all(parts, catalogue, today))
    return overview(catalogue, read, choix, today, rules_of(parts))


async def _read_all(parts: Parts, catalogue: Catalogue, today: date) -> Read:
    year = douze_mois(today)
    answers = await parts.store.answers_by_demarche(
        f"{year.du:%Y-%m}", f"{year.au:%Y-%m}", main_dimensions(catalogue)
    )
    several = in_several_wordings(catalogue, await parts.store.counted_questionnaires())
    divided = {each.id: await _main_answers(parts, each, Filtre(year)) for each in several}
    return Read(answers, divided)


async def _main_answers(parts: Parts, demarche: Demarche, filtre: Filtre) -> Effectifs | None:
    """What the page of a démarche shows of its main question; None where that is withheld."""
    figures = await read_figures(parts, demarche.slug, filtre)
    shown = (
        m.effectifs
        for m in figures.total.mesures
        if m.effectifs and same_question(m.dimension, figures.principale)
    )
    return next(shown, None)


def rules_of(parts: Parts) -> Rules:
    settings = parts.settings
    thresholds = Thresholds(settings.class_minimum, settings.class_bon, settings.class_moyen)
    return Rules(settings.public_threshold, thresholds)


async def read_figures(parts: Parts, slug: str, filtre: Filtre) -> Figures:
    """The figures a filter selects. Raises UnknownDemarche, or BadFilter for a foreign bouton."""
    catalogue = await parts.catalogue.get()
    demarche = catalogue.by_slug(slug)
    if demarche is None or not demarche.shown:
        raise UnknownDemarche(demarche=slug)
    today = parts.clock.now().jour
    rules = rules_of(parts)
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
