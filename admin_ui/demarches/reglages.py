"""The settings of one démarche: its words, its archive, the structure it belongs to."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.changement import changed_fields, note_change
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.refusals import NotAllowed
from admin_ui.rendering import page, redirect
from admin_ui.saisies import read, read_lines, read_one_of
from collector.domain import Structure
from collector.parts import parts_of
from collector.saisie import LONGEST, read_externes, read_langue, read_texte, read_url
from collector.store.contract import Duplicate

WITHOUT_TITRE = "Écrivez le titre de la démarche, tel que les usagers le lisent."
WITHOUT_STRUCTURE = "Choisissez une structure de la liste."
TAKEN = "L’un de ces numéros est déjà celui d’une autre démarche ; l’exploitant voit laquelle."
SAME_STRUCTURE = "La démarche est déjà dans cette structure."


async def get_settings(request: Request) -> Response:
    return _page(request, Formulaire([]))


async def post_settings(request: Request) -> Response:
    form, demarche = await form_of(request), demarche_of(request)
    changed = replace(
        demarche,
        titre=read(form, "titre", read_texte, WITHOUT_TITRE, LONGEST),
        url=read(form, "url", read_url) or None,
        langue=read(form, "langue", read_langue, "Choisissez une langue."),
        publique=form.coche("publique"),
        externes=read_lines(form, "externes", read_externes),
    )
    if form.erreurs:
        return _page(request, form, 422)
    if changed != demarche:
        try:
            await store_of(request).change_demarche(changed)
        except Duplicate:
            form.refuse("externes", TAKEN)
            return _page(request, form, 422)
        champs = changed_fields(demarche, changed)
        await note_change(request, "demarche_changee", demarche=demarche.slug, champs=champs)
    return redirect(request, _path(request), "enregistre")


# The archive


async def get_archive(request: Request) -> Response:
    """What people will see, before it is done."""
    parts = parts_of(request)
    context = {"onglet": "reglages", "textes": parts.texts["fr"], "boutons": _boutons(request)}
    return page(request, "demarche_archiver.html", context)


async def post_archive(request: Request) -> Response:
    return await _archive(request, True)


async def post_unarchive(request: Request) -> Response:
    return await _archive(request, False)


async def _archive(request: Request, archivee: bool) -> Response:
    demarche = demarche_of(request)
    fait = "demarche_archivee" if archivee else "demarche_desarchivee"
    if demarche.archivee != archivee:
        await store_of(request).set_demarche_archivee(demarche.id, archivee)
        await note_change(request, fait, demarche=demarche.slug)
    return redirect(request, _path(request), fait)


# Another structure


async def post_transfer(request: Request) -> Response:
    """Ask whether it is meant, once; then give the démarche away. Raises NotAllowed for whoever
    settles this one only: those of its structure, who would see it no more, are not theirs."""
    form, demarche = await form_of(request), demarche_of(request)
    if not _may_give(request):
        raise NotAllowed
    wanted = {str(id): each for id, each in agent_of(request).structures("regler").items()}
    structure = read_one_of(form, "structure", wanted, WITHOUT_STRUCTURE)
    if structure is not None and structure.id == demarche.structure_id:
        form.refuse("structure", SAME_STRUCTURE)
    if form.erreurs or structure is None:
        return _page(request, form, 422)
    if not form.coche("confirme"):
        context = {"onglet": "reglages", "structure": structure, "avant": _structure(request)}
        return page(request, "demarche_transferer.html", context)
    await store_of(request).move_demarche(demarche.id, structure.id)
    places = {"de": demarche.structure_id, "a": structure.id}
    await note_change(request, "demarche_transferee", demarche=demarche.slug, **places)
    return redirect(request, _path(request), "demarche_transferee")


def _path(request: Request) -> str:
    return f"/demarches/{demarche_of(request).slug}/reglages"


def _structure(request: Request) -> Structure:
    return agent_of(request).catalogue.structures[demarche_of(request).structure_id]


def _may_give(request: Request) -> bool:
    return demarche_of(request).structure_id in agent_of(request).structures("regler")


def _boutons(request: Request) -> int:
    boutons = agent_of(request).catalogue.boutons.values()
    return sum(each.demarche_id == demarche_of(request).id for each in boutons)


def _page(request: Request, form: Formulaire, status: int = 200) -> Response:
    structures = agent_of(request).structures("regler").values()
    others = [each for each in structures if each.id != demarche_of(request).structure_id]
    context = {
        "onglet": "reglages",
        "form": form,
        "structure": _structure(request),
        "donner": _may_give(request),
        "autres": [
            (each.id, each.nom) for each in sorted(others, key=lambda each: each.nom.casefold())
        ],
    }
    return page(request, "reglages.html", context, status)
