"""What a porteur notes on a trend: add, change, remove, and back to the same figures."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.noting import note_agent
from admin_ui.rendering import page, redirect
from admin_ui.tableau.demande import FAIT
from collector.annotation import LONGEST, Annotation
from collector.asked.periode import parse_jour
from collector.errors import NotFound
from collector.parts import parts_of

_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)  # those that a database gives


async def get_new(request: Request) -> Response:
    return _page(request, Formulaire([]))


async def post_new(request: Request) -> Response:
    form = await form_of(request)
    jour, texte = _read(form)
    if form.erreurs:
        return _page(request, form, status=422)
    demarche, now = demarche_of(request), parts_of(request).clock.now()
    new = Annotation(0, demarche.id, jour, texte, agent_of(request).qui, now.recu_le)
    id = await store_of(request).add_annotation(new)
    return await _done(request, "annotation_ajoutee", id, jour)


async def get_one(request: Request) -> Response:
    annotation = await _find(request)
    fields = [("jour", annotation.jour), ("texte", annotation.texte)]
    return _page(request, Formulaire(fields), annotation)


async def post_one(request: Request) -> Response:
    annotation = await _find(request)
    form = await form_of(request)
    jour, texte = _read(form)
    if form.erreurs:
        return _page(request, form, annotation, 422)
    await store_of(request).change_annotation(annotation.demarche_id, annotation.id, jour, texte)
    return await _done(request, "annotation_changee", annotation.id, jour)


async def get_removal(request: Request) -> Response:
    annotation = await _find(request)
    context = {"onglet": "tableau", "annotation": annotation, "filtre": _filter(request)}
    return page(request, "annotation_retirer.html", context)


async def post_removal(request: Request) -> Response:
    annotation = await _find(request)
    await store_of(request).remove_annotation(annotation.demarche_id, annotation.id)
    return await _done(request, "annotation_retiree", annotation.id, annotation.jour)


async def _find(request: Request) -> Annotation:
    """The annotation of the address, of the démarche of the address. Raises NotFound."""
    id = request.path_params["id"]
    if not _NUMBER.fullmatch(id):
        raise NotFound
    found = await store_of(request).annotation(demarche_of(request).id, int(id))
    if found is None:
        raise NotFound
    return found


def _read(form: Formulaire) -> tuple[str, str]:
    jour = form.texte("jour", 10, "Choisissez le jour où cela s’est passé.")
    texte = form.texte("texte", LONGEST, "Écrivez en quelques mots ce qui s’est passé.")
    try:
        parse_jour(jour)
    except ValueError:
        form.refuse("jour", "Un jour de 2000 à 2100, par exemple 2026-03-14.")
    return jour, texte


def _page(
    request: Request, form: Formulaire, annotation: Annotation | None = None, status: int = 200
) -> Response:
    context = {
        "onglet": "tableau",
        "form": form,
        "annotation": annotation,
        "longueur": LONGEST,
        "filtre": _filter(request),
    }
    return page(request, "annotation.html", context, status)


async def _done(request: Request, fait: str, id: int, jour: str) -> Response:
    slug = demarche_of(request).slug
    await note_agent(request, fait, demarche=slug, annotation=id, jour=jour)
    return redirect(request, f"/demarches/{slug}{_filter(request)}", fait)


def _filter(request: Request) -> str:
    """The figures whoever asks comes from, as the end of an address. It is ours but for that end:
    there is no way out of the dashboard through it."""
    query = [each for each in request.query_params.multi_items() if each[0] != FAIT]
    return f"?{urlencode(query)}" if query else ""
