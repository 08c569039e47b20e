"""The page by which somebody deletes the address they left.

It works as long as the address is kept, needs no account, and its own address holds none. Opening
it changes nothing: programs that look at links before people do delete nothing.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from collector.domain import Outcome
from collector.errors import NotFound
from collector.parts import Parts, parts_of
from collector.privacy.contact import Contacted, read_courriel
from collector.rendering import discreet, page
from collector.texts import langue_of


async def jeton_for(
    parts: Parts, demarche_id: int, cle: str, contact: Contacted, outcome: Outcome
) -> str | None:
    """What deletes the address of a body, for whoever sent it; None when it is not kept.

    Nothing was written of what is UNCHANGED: it may come from who lost an answer, and knows the
    address, or from somebody who knows the key alone, which is in every file of avis.
    """
    if outcome is Outcome.UNCHANGED:
        kept = await parts.store.contact(demarche_id, cle)
        if kept is None or kept.courriel != read_courriel(contact["courriel"]):
            return None
    return parts.effacements.sign(demarche_id, cle)


def link_to(parts: Parts, jeton: str) -> str:
    """The address of the page that deletes what was left with an avis."""
    return f"{parts.settings.base_url}/contact/{jeton}"


async def get_effacement(request: Request) -> Response:
    """What would be deleted, with a button; or that there is nothing any more."""
    parts = parts_of(request)
    demarche_id, cle = parts.effacements.read(request.path_params["jeton"])
    there = await parts.store.contact(demarche_id, cle) is not None
    return await _page(request, demarche_id, "a_faire" if there else "deja")


async def post_effacement(request: Request) -> Response:
    """Delete it, and say so."""
    parts = parts_of(request)
    demarche_id, cle = parts.effacements.read(request.path_params["jeton"])
    gone = await parts.store.forget_contact(demarche_id, cle)
    return await _page(request, demarche_id, "fait" if gone else "deja")


async def _page(request: Request, demarche_id: int, etat: str) -> Response:
    parts = parts_of(request)
    demarche = (await parts.catalogue.get()).demarches.get(demarche_id)
    if demarche is None:
        raise NotFound
    langue = langue_of(request, demarche.langue, parts.settings.langues.split(","))
    context: dict[str, object] = {
        "langue": langue,
        "textes": parts.texts[langue],
        "mots": parts.texts.contact(langue),
        "demarche": demarche,
        "etat": etat,
        "jeton": request.path_params["jeton"],
    }
    return discreet(page(request, "effacement.html", context))
