"""The page on which a questionnaire is written: one form, whose every button keeps what was typed.

A draft is on the server, one for each démarche. `etat` says which state of it a page has shown:
nobody writes over what somebody else has written meanwhile without having been told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, store_of
from admin_ui.noting import note_agent
from admin_ui.questionnaire.asking import Asking, asking_of
from admin_ui.questionnaire.brouillon import (
    DESSINS,
    LEAST_NIVEAUX,
    MOST_NIVEAUX,
    MOST_QUESTIONS,
    Brouillon,
    written,
)
from admin_ui.questionnaire.proofreading import LONGEST_TEXTE, faults, next_id
from admin_ui.questionnaire.questionnaire import address, questions_page
from admin_ui.questionnaire.redaction import brouillon_of, done
from admin_ui.questionnaire.translations import completed, memory
from admin_ui.rendering import redirect
from collector.parts import parts_of
from collector.store.questioning import Ecrit

LONGEST_INSTANT = 40
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft as the page shows it. `etat` is the state it will be saved over; `autre` says that
    somebody else has written meanwhile; `la` is where one goes on."""

    brouillon: Brouillon
    form: Formulaire
    etat: str
    la: str = ""
    autre: bool = False


async def get_draft(request: Request) -> Response:
    asking = await asking_of(request)
    kept, brouillon = asking.known.brouillon, asking.brouillon
    if kept is None or brouillon is None:
        return redirect(request, address(request), "brouillon_absent")
    la = request.query_params.get("la", "")
    return _page(request, asking, Shown(brouillon, Formulaire([]), kept.modifie_le, la))


async def post_draft(request: Request) -> Response:
    """Save what was typed, and do what the button says."""
    asking = await asking_of(request)
    form = await form_of(request)
    etat = form.texte("etat", LONGEST_INSTANT)
    typed = _typed(asking, form)
    if form.erreurs:
        return _page(request, asking, Shown(typed, form, etat), 422)
    after, la = done(typed, form, asking.parts)
    now = parts_of(request).clock.now().recu_le
    ecrit = Ecrit(written(after), agent_of(request).qui, now)
    if not await store_of(request).save_draft(asking.demarche.id, ecrit, etat):
        kept = asking.known.brouillon
        shown = Shown(typed, form, kept.modifie_le if kept else "", autre=True)
        return _page(request, asking, shown, CONFLICT)
    return _next(request, asking, Shown(after, form, now, la))


def _typed(asking: Asking, form: Formulaire) -> Brouillon:
    """The draft as it was typed, with what is known of languages that the page does not show."""
    typed = brouillon_of(form, asking.langues, asking.brouillon)
    source = asking.offer.get(form.get("cases_de", ""))
    if asking.brouillon is None and source is not None:  # it was dropped meanwhile, and comes back
        typed = replace(typed, choix=source.choix)
    known = memory(asking.brouillon or typed, asking.offer.all)
    return completed(typed, known, asking.langues)


def _next(request: Request, asking: Asking, shown: Shown) -> Response:
    """Where a button leads once the draft is saved."""
    match shown.form.get("action"):
        case "apercu":
            return redirect(request, address(request, "/apercu"))
        case "publier":
            shown.form.erreurs.update(faults(shown.brouillon, asking.among))
            if shown.form.erreurs:
                return _page(request, asking, replace(shown, la=""), 422)
            return redirect(request, address(request, "/publier"))
        case "enregistrer":
            here = address(request, f"/brouillon?la={shown.la}")
            return redirect(request, here, "brouillon_enregistre")
    return redirect(request, address(request, f"/brouillon?la={shown.la}"))


def _page(request: Request, asking: Asking, shown: Shown, status: int = 200) -> Response:
    b = shown.brouillon
    codes = {each.dimension.code for each in b.questions}
    context = {
        "b": b,
        "cases_de": next((q.id for q in asking.offer.all if b.choix and q.choix == b.choix), ""),
        "form": shown.form,
        "etat": shown.etat,
        "la": shown.la,
        "autre": shown.autre,
        "langues": asking.langues,
        "dessins": DESSINS,
        "longueur": LONGEST_TEXTE,
        "niveaux": (LEAST_NIVEAUX, MOST_NIVEAUX),
        "complet": len(b.questions) >= MOST_QUESTIONS,
        "parts": {key: each for key, each in asking.parts.items() if each.code not in codes},
        "id": next_id(b.nom, asking.catalogue.questionnaires),
    }
    return questions_page(request, "questionnaire_brouillon.html", asking, context, status)


# A draft ends without having been published


async def get_drop(request: Request) -> Response:
    asking = await asking_of(request)
    if asking.known.brouillon is None:
        return redirect(request, address(request), "brouillon_absent")
    return questions_page(request, "questionnaire_abandon.html", asking, {"b": asking.brouillon})


async def post_drop(request: Request) -> Response:
    asking = await asking_of(request)
    form = await form_of(request)
    etat = form.texte("etat", LONGEST_INSTANT)
    if not await store_of(request).drop_draft(asking.demarche.id, etat):
        return redirect(request, address(request), "brouillon_change_ailleurs")
    await note_agent(request, "brouillon_abandonne", demarche=asking.demarche.slug)
    return redirect(request, address(request), "brouillon_abandonne")
