"""The questions of a démarche: which are in force, since when, and choosing others."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.formulaire import form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.noting import note_agent
from admin_ui.questionnaire.asking import NOMS, Asking, asking_of, history
from admin_ui.questionnaire.brouillon import started, written
from admin_ui.questionnaire.continuity import effets
from admin_ui.questionnaire.naming import proposed
from admin_ui.questionnaire.proofreading import parted
from admin_ui.rendering import page, redirect
from collector.domain import Commentaire, Questionnaire
from collector.parts import parts_of
from collector.store.questioning import Ecrit, EnVigueur

LONGEST_ID = 60


def address(request: Request, rest: str = "") -> str:
    """An address about the questions of the démarche, below /admin."""
    return f"/demarches/{demarche_of(request).slug}/questionnaire{rest}"


def questions_page(
    request: Request,
    template: str,
    asking: Asking,
    context: Mapping[str, object],
    status: int = 200,
) -> Response:
    """A page about the questions of the démarche."""
    base = f"{parts_of(request).settings.base_path}/admin"
    given = {
        "onglet": "questionnaire",
        "ici_questions": base + address(request),
        "en_vigueur": asking.en_vigueur,
        "ecrit": asking.known.brouillon,
        "noms": NOMS,
        "servies": parts_of(request).settings.langues.split(","),
    }
    return page(request, template, {**given, **context}, status)


async def get_questionnaire(request: Request) -> Response:
    asking = await asking_of(request)
    context = {
        "offre": asking.offer,
        "questionnaires": asking.catalogue.questionnaires,
        "histoire": history(asking),
    }
    return questions_page(request, "questionnaire.html", asking, context)


# Another one that is there already


async def get_choice(request: Request) -> Response:
    """What choosing a questionnaire would change, before it is chosen."""
    asking = await asking_of(request)
    chosen = asking.offer.get(request.query_params.get("questionnaire", ""))
    if chosen is None:
        return redirect(request, address(request), "questionnaire_inconnu")
    suite = effets(asking.en_vigueur, chosen, asking.earlier)
    context = {"choisi": chosen, "effets": suite}
    return questions_page(request, "questionnaire_choix.html", asking, context)


async def post_choice(request: Request) -> Response:
    """Ask another questionnaire from now on, unless somebody else changed it meanwhile."""
    asking = await asking_of(request)
    form = await form_of(request)
    chosen = asking.offer.get(form.texte("questionnaire", LONGEST_ID))
    if chosen is None:
        return redirect(request, address(request), "questionnaire_inconnu")
    avant = form.texte("avant", LONGEST_ID)
    now = parts_of(request).clock.now().recu_le
    new = EnVigueur(chosen.id, now, agent_of(request).qui)
    if not await store_of(request).put_in_force(asking.demarche.id, new, avant):
        return redirect(request, address(request), "questionnaire_change_ailleurs")
    parts_of(request).catalogue.look_again()
    sur = {"demarche": asking.demarche.slug, "questionnaire": chosen.id, "avant": avant}
    await note_agent(request, "questionnaire_choisi", **sur)
    return redirect(request, address(request), "questionnaire_choisi")


# A draft begins


async def post_start(request: Request) -> Response:
    """Begin a draft as a copy of a questionnaire that is offered; one that is there stays."""
    asking = await asking_of(request)
    form = await form_of(request)
    source = asking.offer.get(form.texte("source", LONGEST_ID))
    if source is None:
        return redirect(request, address(request), "questionnaire_inconnu")
    begun = started(source, _nom(asking, source), _usual_commentaire(asking))
    now = parts_of(request).clock.now().recu_le
    ecrit = Ecrit(written(begun), agent_of(request).qui, now)
    if not await store_of(request).save_draft(asking.demarche.id, ecrit):
        return redirect(request, address(request, "/brouillon"), "brouillon_deja_la")
    return redirect(request, address(request, "/brouillon"))


def _nom(asking: Asking, source: Questionnaire) -> str:
    """The same name for another version of what is the structure's own; else a new one."""
    nom, _ = parted(source.id)
    structure = asking.catalogue.structures[asking.demarche.structure_id]
    mine = nom not in asking.among.pris
    return nom if mine else proposed(structure.nom, asking.among.pris)


def _usual_commentaire(asking: Asking) -> Commentaire:
    """What stands ready for whoever wants to ask for comments."""
    found = (each.commentaire for each in asking.offer.livres)
    return next(filter(None, found), Commentaire({"fr": ""}, {"fr": ""}))
