"""Publishing a draft: what it changes is said, then it is asked from that moment on, for good."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.formulaire import form_of
from admin_ui.gate import agent_of, store_of
from admin_ui.noting import note_agent
from admin_ui.questionnaire.asking import Asking, asking_of
from admin_ui.questionnaire.brouillon import Brouillon, as_json, as_questionnaire
from admin_ui.questionnaire.continuity import effets
from admin_ui.questionnaire.proofreading import faults, next_id
from admin_ui.questionnaire.questionnaire import LONGEST_ID, address, questions_page
from admin_ui.questionnaire.questionnaire_draft import LONGEST_INSTANT
from admin_ui.rendering import redirect
from collector.coherence import check_coherent
from collector.domain import Questionnaire
from collector.parse import Schema
from collector.parts import parts_of
from collector.store.questioning import Publie


async def get_publish(request: Request) -> Response:
    """What publishing the draft would change, before it is done."""
    asking = await asking_of(request)
    brouillon = asking.brouillon
    if brouillon is None:
        return redirect(request, address(request), "brouillon_absent")
    if faults(brouillon, asking.among):
        return redirect(request, address(request, "/brouillon"), "brouillon_a_corriger")
    new = as_questionnaire(brouillon, next_id(brouillon.nom, asking.catalogue.questionnaires))
    context = {
        "choisi": new,
        "effets": effets(asking.en_vigueur, new, asking.earlier),
        "absentes": [each for each in asking.langues if each not in new.langues],
        "structure": asking.catalogue.structures[asking.demarche.structure_id],
    }
    return questions_page(request, "questionnaire_publier.html", asking, context)


async def post_publish(request: Request) -> Response:
    """Publish the draft as it was shown, unless anything about it has changed since."""
    asking = await asking_of(request)
    form = await form_of(request)
    kept, brouillon = asking.known.brouillon, asking.brouillon
    seen = form.texte("etat", LONGEST_INSTANT), form.texte("avant", LONGEST_ID)
    if kept is None or brouillon is None:
        return redirect(request, address(request), "brouillon_absent")
    if seen != (kept.modifie_le, asking.demarche.questionnaire):
        return redirect(request, address(request, "/brouillon"), "brouillon_change_ailleurs")
    if faults(brouillon, asking.among):
        return redirect(request, address(request, "/brouillon"), "brouillon_a_corriger")
    publie = await _publie(request, asking, brouillon)
    if not await store_of(request).publish(publie):
        return redirect(request, address(request, "/brouillon"), "questionnaire_pris")
    parts_of(request).catalogue.look_again()
    sur = {"demarche": asking.demarche.slug, "questionnaire": publie.id, "avant": publie.avant}
    await note_agent(request, "questionnaire_publie", **sur)
    return redirect(request, address(request), "questionnaire_publie")


async def _publie(request: Request, asking: Asking, brouillon: Brouillon) -> Publie:
    """What is published. The catalogue in memory may be a second old; versions may not."""
    catalogue = await store_of(request).load_catalogue()
    id = next_id(brouillon.nom, catalogue.questionnaires)
    content = as_json(brouillon, id)
    # `faults` has found nothing: what is refused here all the same is a bug, and not published.
    Schema("questionnaire.v1.json").check(content)
    check_coherent(Questionnaire.from_json(content))
    demarche = asking.demarche
    now, qui = parts_of(request).clock.now().recu_le, agent_of(request).qui
    words = json.dumps(content, ensure_ascii=False)
    avant = demarche.questionnaire
    return Publie(id, words, demarche.structure_id, demarche.id, avant, now, qui)
