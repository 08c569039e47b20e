"""Structures, for the operator: the tree of administrations, adding, changing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.changement import note_change
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, store_of
from admin_ui.rendering import page, redirect
from admin_ui.saisies import read
from collector.domain import Catalogue, Structure
from collector.errors import NotFound
from collector.saisie import LONGEST, read_siret, read_territoire, read_texte
from collector.store.contract import Duplicate

WITHOUT_NOM = "Écrivez le nom de l’administration."
TAKEN = "Une autre structure porte déjà ce nom."
RING = "Une structure ne peut pas dépendre d’elle-même, ni de ce qui dépend d’elle."
UNKNOWN = "Choisissez une structure de la liste."


class Branche(NamedTuple):
    """A structure in the tree, how deep it stands, and how many démarches are its own."""

    structure: Structure
    niveau: int
    demarches: int


def tree(catalogue: Catalogue) -> list[Branche]:
    """Every structure, each followed by those that belong to it, by name. Those of a ring, which
    only an old database can hold, stand at the top."""
    children: dict[int | None, list[Structure]] = {}
    for structure in catalogue.structures.values():
        known = structure.parent if structure.parent in catalogue.structures else None
        children.setdefault(known, []).append(structure)
    counts: dict[int, int] = {}
    for demarche in catalogue.demarches.values():
        counts[demarche.structure_id] = counts.get(demarche.structure_id, 0) + 1
    seen: set[int] = set()

    def below(parent: int | None, niveau: int) -> Iterator[Branche]:
        for each in sorted(children.get(parent, ()), key=lambda s: s.nom.casefold()):
            if each.id not in seen:
                seen.add(each.id)
                yield Branche(each, niveau, counts.get(each.id, 0))
                yield from below(each.id, niveau + 1)

    found = list(below(None, 0))
    lost = [s for id, s in catalogue.structures.items() if id not in seen]
    return found + [Branche(each, 0, counts.get(each.id, 0)) for each in lost]


async def get_structures(request: Request) -> Response:
    return _list(request, Formulaire([]))


async def post_structure(request: Request) -> Response:
    form = await form_of(request)
    structure = _read(request, form, 0)
    if form.erreurs:
        return _list(request, form, 422)
    try:
        id = await store_of(request).add_structure(structure)
    except Duplicate:
        form.refuse("nom", TAKEN)
        return _list(request, form, 422)
    await note_change(request, "structure_creee", structure=id, nom=structure.nom)
    return redirect(request, "/structures", "structure_creee")


async def get_structure(request: Request) -> Response:
    return _one(request, _structure(request), Formulaire([]))


async def post_change(request: Request) -> Response:
    structure, form = _structure(request), await form_of(request)
    changed = _read(request, form, structure.id)
    if not form.erreurs and structure.id in _above(request, changed.parent):
        form.refuse("parent", RING)
    if form.erreurs:
        return _one(request, structure, form, 422)
    try:
        done = await store_of(request).change_structure(changed)
    except Duplicate:
        form.refuse("nom", TAKEN)
        return _one(request, structure, form, 422)
    if not done:  # somebody else has put it below the other meanwhile
        form.refuse("parent", RING)
        return _one(request, structure, form, 422)
    await note_change(request, "structure_changee", structure=structure.id, nom=changed.nom)
    return redirect(request, "/structures", "structure_changee")


def _read(request: Request, form: Formulaire, id: int) -> Structure:
    nom = read(form, "nom", read_texte, WITHOUT_NOM, LONGEST)
    siret = read(form, "siret", read_siret)
    territoire = read(form, "territoire", read_territoire)
    known = {str(each): each for each in agent_of(request).catalogue.structures}
    asked = form.get("parent", "")
    parent = known.get(asked)
    if asked and parent is None:
        form.refuse("parent", UNKNOWN)
    return Structure(id, nom, siret or None, parent, territoire or None)


def _structure(request: Request) -> Structure:
    """The structure of the address. Raises NotFound."""
    structures = agent_of(request).catalogue.structures
    found = next((s for id, s in structures.items() if str(id) == request.path_params["id"]), None)
    if found is None:
        raise NotFound
    return found


def _above(request: Request, parent: int | None) -> set[int]:
    """Those above, where `parent` is the nearest of them."""
    catalogue = agent_of(request).catalogue
    return {each.id for each in catalogue.above(parent)} if parent is not None else set()


def _parents(catalogue: Catalogue, but: int | None = None) -> list[tuple[str, str]]:
    """What a structure may belong to: neither itself, nor what belongs to it."""
    within = catalogue.with_children([but]) if but is not None else frozenset()
    found = [each.structure for each in tree(catalogue) if each.structure.id not in within]
    return [("", "Aucune : elle est tout en haut"), *((str(s.id), s.nom) for s in found)]


def _list(request: Request, form: Formulaire, status: int = 200) -> Response:
    catalogue = agent_of(request).catalogue
    context = {"form": form, "arbre": tree(catalogue), "parents": _parents(catalogue)}
    return page(request, "structures.html", context, status)


def _one(request: Request, structure: Structure, form: Formulaire, status: int = 200) -> Response:
    catalogue = agent_of(request).catalogue
    demarches = sorted(
        (d for d in catalogue.demarches.values() if d.structure_id == structure.id),
        key=lambda each: each.titre.casefold(),
    )
    context = {
        "form": form,
        "structure": structure,
        "demarches": demarches,
        "parents": _parents(catalogue, structure.id),
    }
    return page(request, "structure.html", context, status)
