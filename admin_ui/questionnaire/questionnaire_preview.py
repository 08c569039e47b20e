"""A questionnaire as people will see it: the real form, that sends and keeps nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.formulaire import form_of
from admin_ui.questionnaire.asking import Asking, asking_of
from admin_ui.questionnaire.brouillon import Brouillon, as_questionnaire
from admin_ui.questionnaire.questionnaire import address
from admin_ui.questionnaire.translations import reworded
from admin_ui.rendering import page, redirect
from collector.domain import Questionnaire
from collector.options import together
from collector.parse import MAX_VERBATIM
from collector.parts import parts_of
from collector.texts import Textes

_NOT_WRITTEN = "…"


async def get_preview(request: Request) -> Response:
    """?questionnaire= names one of those offered; without it, the draft."""
    return _page(request, await asking_of(request), {})


async def post_preview(request: Request) -> Response:
    """What sending would answer. Nothing is kept of it."""
    form = await form_of(request)
    return _page(request, await asking_of(request), form, sent=True)


def _page(
    request: Request, asking: Asking, typed: Mapping[str, str], sent: bool = False
) -> Response:
    id = request.query_params.get("questionnaire", "")
    questionnaire = _shown(asking, id)
    if questionnaire is None:
        return redirect(request, address(request), "questionnaire_inconnu")
    parts = parts_of(request)
    spoken = [each for each in parts.settings.langues.split(",") if each in questionnaire.langues]
    asked = request.query_params.get("lang", asking.demarche.langue)
    langue = asked if asked in spoken else "fr"
    missing = {f"note.{d.code}" for d in questionnaire.dimensions if d.obligatoire} - set(typed)
    fautes = missing if sent else set()
    seules = together(typed, questionnaire) if sent else {}
    textes = parts.texts[langue]
    context = {
        "langue": langue,
        "autres_langues": {
            each: parts.texts[each]["nom_langue"] for each in spoken if each != langue
        },
        "textes": textes,
        "mots": parts.texts.contact(langue),
        "mois_contact": parts.settings.keep_contacts,
        "questionnaire": questionnaire,
        "saisie": typed,
        "cle": "",
        "jeton": "",
        "longueur": MAX_VERBATIM,
        "fautes": fautes,
        "seules": seules,
        "titre": _title(textes, fautes, seules),
        "message": None,
        "envoye": False,
        "cadre": None,
        "suite": f"&questionnaire={questionnaire.id}" if id else "",
        "adresse": f"{parts.settings.base_path}/admin{address(request, '/apercu')}",
        "base": parts.settings.base_path,
        "style": parts.templates.globals["style"],
        "retour": f"{parts.settings.base_path}/admin{address(request, '' if id else '/brouillon')}",
        "rien_envoye": sent and not fautes and not seules,
    }
    return page(request, "questionnaire_apercu.html", context, 422 if fautes or seules else 200)


def _title(textes: Textes, fautes: Collection[str], seules: Collection[str]) -> str | None:
    if fautes:
        return textes["erreur_titre"]
    return textes["erreur_seule_titre"] if seules else None


def _shown(asking: Asking, id: str) -> Questionnaire | None:
    """One of those offered; without an id the draft, if it asks anything."""
    if id or asking.brouillon is None or not asking.brouillon.posees:
        return asking.offer.get(id)
    return as_questionnaire(_readable(asking.brouillon), "brouillon")


def _readable(brouillon: Brouillon) -> Brouillon:
    """A draft in which what is not written yet can be seen to be missing."""
    return reworded(brouillon, lambda _, texte: {**texte, "fr": texte["fr"] or _NOT_WRITTEN})
