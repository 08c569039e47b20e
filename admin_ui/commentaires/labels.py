"""Labels of a structure, and how many comments of a démarche have each, month by month."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.commentaires.comments import context_of
from admin_ui.commentaires.comments_asked import nothing_asked
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.noting import note_agent
from admin_ui.refusals import NotAllowed
from admin_ui.rendering import page, redirect
from collector.asked.periode import Periode, douze_mois, split
from collector.moderation import MAX_ETIQUETTE, Etiquette
from collector.parts import parts_of
from collector.store.contract import Duplicate
from collector.store.moderating import Labelled

MOST = 100  # labels of a structure
_TAKEN = "Une étiquette porte déjà ce nom."
_EMPTY = "Écrivez le nom de l’étiquette."


class Barre(NamedTuple):
    """A month of a label: how many comments, and which part that is of the highest one."""

    mois: Periode
    n: int
    part: float


class Ligne(NamedTuple):
    """A label over the months, and in all of them."""

    etiquette: Etiquette
    barres: Sequence[Barre]
    total: int


async def get_labels(request: Request) -> Response:
    return await _page(request, Formulaire([]))


async def post_label(request: Request) -> Response:
    """A new label."""
    form = await form_of(request)
    store, demarche = store_of(request), demarche_of(request)
    nom = form.texte("nom", MAX_ETIQUETTE, _EMPTY)
    if not form.erreurs and len(await store.etiquettes(demarche.structure_id)) >= MOST:
        form.refuse("nom", f"Une structure a {MOST} étiquettes au plus : supprimez-en une.")
    if form.erreurs:
        return await _page(request, form, 422)
    try:
        id = await store.add_etiquette(demarche.structure_id, nom)
    except Duplicate:
        form.refuse("nom", _TAKEN)
        return await _page(request, form, 422)
    await note_agent(request, "etiquette_creee", etiquette=id, structure=demarche.structure_id)
    return redirect(request, _address(request), "etiquette_creee")


async def post_rename(request: Request) -> Response:
    form, structure_id = await form_of(request), _structure(request)
    id, nom = _id(form), form.texte("nouveau_nom", MAX_ETIQUETTE, _EMPTY)
    if not form.erreurs and not await store_of(request).rename_etiquette(structure_id, id, nom):
        form.refuse("nouveau_nom", _TAKEN)
    if form.erreurs:
        return await _page(request, form, 422)
    await note_agent(request, "etiquette_renommee", etiquette=id, structure=structure_id)
    return redirect(request, _address(request), "etiquette_renommee")


async def post_delete(request: Request) -> Response:
    """Ask first: a label goes with all that it was put on."""
    form, structure_id = await form_of(request), _structure(request)
    id = _id(form)
    if form.erreurs:
        return await _page(request, form, 422)
    if not form.coche("confirme"):
        return await _page(request, form, asked=id)
    if await store_of(request).delete_etiquette(structure_id, id):
        await note_agent(request, "etiquette_supprimee", etiquette=id, structure=structure_id)
    return redirect(request, _address(request), "etiquette_supprimee")


def _structure(request: Request) -> int:
    """The structure whose labels are changed. Raises NotAllowed for whoever may not moderate all
    its démarches: they share them."""
    structure_id = demarche_of(request).structure_id
    if not _may_change(request):
        raise NotAllowed
    return structure_id


def _may_change(request: Request) -> bool:
    agent, structure_id = agent_of(request), demarche_of(request).structure_id
    sharing = [d.id for d in agent.catalogue.demarches.values() if d.structure_id == structure_id]
    return all(agent.may("moderer", id) for id in sharing)


def _id(form: Formulaire) -> int:
    if not re.fullmatch("[0-9]{1,9}", form.get("etiquette", "")):
        form.refuse("etiquette", "Choisissez une étiquette.")
        return 0
    return int(form["etiquette"])


def _address(request: Request) -> str:
    return f"/demarches/{demarche_of(request).slug}/commentaires/etiquettes"


async def _page(
    request: Request, form: Formulaire, status: int = 200, asked: int | None = None
) -> Response:
    store, demarche = store_of(request), demarche_of(request)
    etiquettes = await store.etiquettes(demarche.structure_id)
    months = split(douze_mois(parts_of(request).clock.now().jour), "mois")
    # From the day before: months are those of Paris, instants are in UTC.
    since = (months[0].du - timedelta(days=1)).isoformat()
    counted = await store.labelled(demarche.id, since)
    context = {
        **context_of(request, nothing_asked(demarche), etiquettes),
        "form": form,
        "mois": months,
        "lignes": lines(etiquettes, months, counted),
        "demandee": next((each for each in etiquettes if each.id == asked), None),
        "changer": _may_change(request),
        "structure": agent_of(request).catalogue.structures[demarche.structure_id],
    }
    return page(request, "etiquettes.html", context, status)


def lines(
    etiquettes: Sequence[Etiquette], months: Sequence[Periode], counted: Sequence[Labelled]
) -> list[Ligne]:
    """Labels over these months, every month of every one of them; bars are of one scale."""
    n = Counter({(each.etiquette_id, each.mois): each.n for each in counted})
    names = [each.du.isoformat()[:7] for each in months]
    highest = max((n[e.id, name] for e in etiquettes for name in names), default=0) or 1
    found = []
    for etiquette in etiquettes:
        counts = [n[etiquette.id, name] for name in names]
        barres = [Barre(m, c, c / highest) for m, c in zip(months, counts, strict=True)]
        found.append(Ligne(etiquette, barres, sum(counts)))
    return found
