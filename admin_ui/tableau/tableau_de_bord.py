"""The dashboard of one démarche: its figures over a period, each with where it comes from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.formulaire import Formulaire
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.messages import MESSAGES
from admin_ui.rendering import page, redirect
from admin_ui.tableau.demande import FAIT, Demande, completed, parse_demande
from admin_ui.tableau.periodes import en_mots, etape, rapides
from admin_ui.tableau.provenance import Adresses
from admin_ui.tableau.rythme import WEEKS, par_heure, par_jour
from admin_ui.tableau.tableau import MOST_MARKS, Calcul, Tableau, reperes
from collector.annotation import Annotation
from collector.asked.periode import Periode, mois
from collector.asked.requested import NOTE
from collector.domain import AVIS, Bouton, Dimension, Option, Questionnaire
from collector.errors import BadFilter
from collector.figures.courbes import courbes
from collector.figures.releve import Releve, releve
from collector.parts import parts_of
from collector.public_api import rules_of
from collector.scores import MINIMUM_TO_COMPARE
from collector.store.watching import LAST, Derniers

COMMENTS = 5
MOST_OPTIONS = 50  # boutons to choose from: more would weigh more than the figures
# What templates say and write periods with.
WORDS: Mapping[str, object] = {
    "regardes": LAST,
    "marques": MOST_MARKS,
    "comparer_minimum": MINIMUM_TO_COMPARE,
    "semaines": WEEKS,
    "en_mots": en_mots,
    "etape": etape,
}


async def get_tableau(request: Request) -> Response:
    """The figures of the filter in the address, once the address holds all of it."""
    demarche, said = demarche_of(request), request.query_params.get(FAIT)
    query = [each for each in request.query_params.multi_items() if each[0] != FAIT]
    whole = completed(query, parts_of(request).clock.now().jour)
    if whole != query:
        address = f"/demarches/{demarche.slug}?{urlencode(whole)}"
        return redirect(request, address, said if said in MESSAGES else None)
    form = Formulaire(whole)
    choices = {"onglet": "tableau", "form": form, "choix": _choices(request, form)}
    try:
        demande = parse_demande(whole, demarche, agent_of(request).catalogue)
        lu = await _read(request, demande)
    except BadFilter as refusal:
        for faute in refusal.fautes():
            form.refuse(faute.champ, f"{faute.valeur}\u00a0: il faut {faute.attendu['fr']}.")
        return page(request, "tableau.html", {**choices, "tableau": None}, 422)
    return page(request, "tableau.html", {**choices, **_context(request, demande, lu)})


@dataclass(frozen=True, slots=True)
class Lu:
    """What was read of a démarche for one page. `autrefois` is the last month that has avis, where
    the period has none."""

    tableau: Tableau
    releve: Releve
    annotations: list[Annotation]
    derniers: Derniers | None
    autrefois: Periode | None


async def _read(request: Request, demande: Demande) -> Lu:
    """Three statements, besides those that say who asks and what is configured."""
    parts, demarche = parts_of(request), demarche_of(request)
    agent, store = agent_of(request), store_of(request)
    found = await _releve(request, demande)
    calcul = Calcul(agent.catalogue, demarche, rules_of(parts), parts.clock.now().jour)
    # In a thread: a year by weeks is some hundred intervals, and the loop takes avis in.
    tableau = await asyncio.to_thread(calcul.tableau, demande, found)
    days = demande.periode.du.isoformat(), demande.periode.au.isoformat()
    annotations = await store.annotations(demarche.id, *days)
    if tableau.total.avis:
        comments = COMMENTS if agent.may("verbatims", demarche.id) else 0
        derniers = await store.derniers(demande.selection, comments)
        return Lu(tableau, found, annotations, derniers, None)
    return Lu(tableau, found, annotations, None, await _last_month(request))


async def _releve(request: Request, demande: Demande) -> Releve:
    """The counters, or where they cannot tell, the avis counted one by one."""
    selection, periode, avant = demande.selection, demande.periode, demande.avant
    if selection.is_counted:
        codes = [b.code for b in _boutons(request) if selection.bouton in (None, b.code)]
        by_day = demande.pas in ("jour", "semaine")
        return await store_of(request).releve(selection, codes, avant, by_day)
    around = Periode(min(periode.du, avant.du), periode.au) if avant else periode
    counts = await parts_of(request).store.histogram(replace(selection, periode=around))
    return releve(counts, periode, avant)


def _boutons(request: Request) -> list[Bouton]:
    """Those of the démarche."""
    boutons, id = agent_of(request).catalogue.boutons.values(), demarche_of(request).id
    return [each for each in boutons if each.demarche_id == id]


async def _last_month(request: Request) -> Periode | None:
    """The last month in which somebody answered."""
    id = demarche_of(request).id
    counts = await store_of(request).counts_by_month(id, "2000-01", "2100-12")
    found = [c.mois for c in counts if c.dimension == AVIS and c.n]
    return mois(date.fromisoformat(f"{max(found)}-01")) if found else None


def _choices(request: Request, form: Formulaire) -> dict[str, object]:
    """What the form offers besides days: quick periods, boutons, answers; the values and words of
    each."""
    demarche, catalogue = demarche_of(request), agent_of(request).catalogue
    boutons = sorted((each.libelle, each.code) for each in _boutons(request))
    named = [(code, nom if len(nom) <= 60 else f"{nom[:59]}…") for nom, code in boutons]
    questionnaire = catalogue.questionnaires[demarche.questionnaire]
    today = parts_of(request).clock.now().jour
    return {
        "rapides": [(each, urlencode({**form, **each.words()})) for each in rapides(today)],
        "boutons": named if len(named) <= MOST_OPTIONS else [],
        "trop_de_boutons": len(named) > MOST_OPTIONS,
        "dimensions": [_answers(form, dimension) for dimension in questionnaire.dimensions],
        "cases": [
            (each.question["fr"], [_box(form, each.code, option) for option in each.options])
            for each in questionnaire.choix
        ],
        "autres_notes": _other_answers(form, questionnaire),
        "notes": any(name.startswith(NOTE) for name in form),
    }


def _answers(form: Formulaire, dimension: Dimension) -> tuple[str, str, list[tuple[str, str]]]:
    """A question and its answers; several at once where the address asks for them."""
    nom, niveaux = f"{NOTE}{dimension.code}", dimension.niveaux
    options = [(str(i), niveau["fr"]) for i, niveau in enumerate(niveaux, 1)]
    asked = form.get(nom, "")
    if asked and asked not in dict(options):
        options.append((asked, f"niveaux {asked}"))
    return nom, dimension.question["fr"], options


def _box(form: Formulaire, code: str, option: Option) -> tuple[str, str, bool]:
    """The option of a choice question, and whether only who ticked it is asked for."""
    nom = f"{NOTE}{code}.{option.code}"
    return nom, option.libelle["fr"], form.get(nom) == "1"


def _other_answers(form: Formulaire, questionnaire: Questionnaire) -> list[tuple[str, str]]:
    """Answers that an address asks for and the form does not offer: sent back as they are."""
    offered = {f"{NOTE}{each.code}" for each in questionnaire.dimensions}
    offered |= {
        f"{NOTE}{c.code}.{option.code}" for c in questionnaire.choix for option in c.options
    }
    return [
        (nom, value) for nom, value in form.items() if nom.startswith(NOTE) and nom not in offered
    ]


def _context(request: Request, demande: Demande, lu: Lu) -> dict[str, object]:
    parts, agent, tableau = parts_of(request), agent_of(request), lu.tableau
    settings, boutons = parts.settings, agent.catalogue.boutons
    begin = f"{settings.base_path}/admin", settings.base_url
    return {
        "tableau": tableau,
        "demande": demande,
        "releve": lu.releve,
        "annotations": lu.annotations,
        "derniers": lu.derniers,
        "autrefois": lu.autrefois,
        "jours": par_jour(lu.releve.jours, demande.periode, settings.class_minimum),
        "heures": par_heure(lu.derniers.heures, settings.class_minimum) if lu.derniers else None,
        "questionnaires": [
            (id, agent.catalogue.questionnaires[id].titre["fr"]) for id in tableau.questionnaires
        ],
        "boutons": boutons,
        "bouton": boutons.get(demande.selection.bouton or ""),
        "rules": rules_of(parts),
        "adresses": Adresses(demarche_of(request), demande, *begin),
        **_tendance(tableau, lu.annotations),
        **WORDS,
    }


def _tendance(tableau: Tableau, annotations: list[Annotation]) -> dict[str, object]:
    """What is drawn of the trend, if it has room."""
    tendance, steps = tableau.tendance, len(tableau.tranches)
    drawn = 1 < steps <= MOST_MARKS
    return {
        "trop": steps > MOST_MARKS,
        "tranches": tableau.tranches if drawn else (),
        "courbes": courbes(tendance) if drawn else (),
        "tout_trace": tendance.is_whole,
        "reperes": reperes(annotations, tableau.tranches) if drawn else (),
    }
