"""Addresses that people left with an avis of a démarche: looked at, copied, deleted.

Each look and each deletion is a line of the journal, which never holds an address.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.commentaires.comments_asked import CLE
from admin_ui.commentaires.comments_shown import Shown, Sight, alone
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.noting import note_agent
from admin_ui.rendering import page, redirect
from collector.asked.periode import parse_jour
from collector.domain import Coordonnees
from collector.errors import NotFound
from collector.moderation import Commente
from collector.parts import parts_of
from collector.store.contacts import Joignable

PER_PAGE = 30
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Ligne(NamedTuple):
    """An address, and its avis as whoever looks may see it."""

    coordonnees: Coordonnees
    avis: Shown


async def get_contacts(request: Request) -> Response:
    """The latest ones, or those after ?apres=."""
    return await _list(request, Formulaire([]))


async def get_deletion(request: Request) -> Response:
    """Asks first. Which avis it is of is said, and not the address: that would be another look."""
    coordonnees = await _asked(request)
    if coordonnees is None:
        return redirect(request, _address(request), "contact_absent")
    return page(request, "contact_effacer.html", {"onglet": "contacts", "contact": coordonnees})


async def post_deletion(request: Request) -> Response:
    coordonnees = await _asked(request)
    if coordonnees is None:
        return redirect(request, _address(request), "contact_absent")
    demarche = demarche_of(request)
    await store_of(request).forget_contact(demarche.id, coordonnees.cle)
    await note_agent(request, "contact_efface", demarche=demarche.slug, cle=coordonnees.cle)
    return redirect(request, _address(request), "contact_efface")


async def post_older(request: Request) -> Response:
    """Delete those of avis of days before one, once it was said how many they are."""
    form, demarche, store = await form_of(request), demarche_of(request), store_of(request)
    try:
        jour = parse_jour(form.get("avant", ""))
    except ValueError:
        form.refuse("avant", "Choisissez un jour, par exemple 2026-03-14.")
        return await _list(request, form, 422)
    before = jour.isoformat()
    if not form.coche("confirme"):
        n = await store.count_contacts(demarche.id, before)
        context = {"onglet": "contacts", "avant": jour, "n": n}
        return page(request, "contacts_effacer.html", context)
    n = await store.forget_contacts(demarche.id, before)
    await note_agent(request, "contacts_effaces", demarche=demarche.slug, avant=before, nombre=n)
    return redirect(request, _address(request), "contacts_effaces")


async def _list(request: Request, form: Formulaire, status: int = 200) -> Response:
    demarche, store = demarche_of(request), store_of(request)
    after = _after(request)
    found = await store.contacts(demarche.id, PER_PAGE + 1, *([after] if after else []))
    shown = found[:PER_PAGE]
    total = await store.count_contacts(demarche.id)
    if shown:
        await note_agent(request, "contacts_vus", demarche=demarche.slug, nombre=len(shown))
    catalogue = agent_of(request).catalogue
    context = {
        "onglet": "contacts",
        "form": form,
        "lignes": [_ligne(request, each) for each in shown],
        "total": total,
        "suite": " ".join(shown[-1].place) if len(found) > PER_PAGE else None,
        "debut": after is None,
        "mois": parts_of(request).settings.keep_contacts,
        "posee": catalogue.questionnaires[demarche.questionnaire].contact is not None,
    }
    return page(request, "contacts.html", context, status)


def _ligne(request: Request, joignable: Joignable) -> Ligne:
    agent, avis = agent_of(request), joignable.avis
    if not agent.may("verbatims", avis.demarche_id):
        avis = avis._replace(verbatim=None)
    return Ligne(joignable.coordonnees, alone(Commente(avis), Sight(agent.catalogue)))


def _after(request: Request) -> tuple[str, str] | None:
    """Where the page before ended; None for the first page."""
    le, _, cle = request.query_params.get("apres", "").partition(" ")
    return (le, cle) if _INSTANT.fullmatch(le) and CLE.fullmatch(cle) else None


async def _asked(request: Request) -> Coordonnees | None:
    """The address of the avis in the path. Raises NotFound for what is no key."""
    cle = str(request.path_params["cle"])
    if not CLE.fullmatch(cle):
        raise NotFound
    return await store_of(request).contact(demarche_of(request).id, cle)


def _address(request: Request) -> str:
    return f"/demarches/{demarche_of(request).slug}/contacts"
