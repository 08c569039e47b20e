"""The boutons of one démarche: listed, added, changed, opened and closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.changement import changed_fields, note_change
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.rendering import page, redirect
from admin_ui.saisies import read, read_lines
from collector.asked.choix import fold
from collector.domain import Bouton, new_code
from collector.errors import UnknownBouton
from collector.parts import parts_of
from collector.saisie import (
    AFFICHAGES,
    LONGEST,
    read_affichage,
    read_externe,
    read_origines,
    read_territoire,
    read_texte,
)
from collector.store.contract import Duplicate

PAGE = 50
MAX_Q = 200
TAKEN = "Un autre bouton de cette démarche a déjà ce numéro."
WITHOUT_LIBELLE = "Écrivez à quoi vous reconnaîtrez ce bouton, par exemple « Fin de démarche »."


def bouton_of(request: Request) -> Bouton:
    """The bouton of the address, one of the démarche's. Raises UnknownBouton."""
    code = request.path_params["code"]
    bouton = agent_of(request).catalogue.boutons.get(code)
    if bouton is None or bouton.demarche_id != demarche_of(request).id:
        raise UnknownBouton(bouton=code)
    return bouton


async def get_list(request: Request) -> Response:
    demarche = demarche_of(request)
    q = request.query_params.get("q", "").strip()[:MAX_Q]
    number = _number(request.query_params.get("page", ""))
    own = [
        each
        for each in agent_of(request).catalogue.boutons.values()
        if each.demarche_id == demarche.id
    ]
    words = fold(q).split()
    found = [each for each in own if all(word in _text(each) for word in words)]
    found.sort(key=lambda each: (fold(each.libelle), each.code))
    shown = found[PAGE * (number - 1) : PAGE * number]
    last = await store_of(request).last_jours(demarche.id, [each.code for each in shown])
    pages = max(1, -(-len(found) // PAGE))
    context = {
        "onglet": "boutons",
        "boutons": shown,
        "derniers": {code: date.fromisoformat(jour) for code, jour in last.items()},
        "total": len(own),
        "trouves": len(found),
        "q": q,
        "cherchable": len(own) > 10,
        "page": number,
        "pages": pages,
        "suites": {
            name: f"?{urlencode({'q': q, 'page': n})}"
            for name, n in (("avant", number - 1), ("apres", number + 1))
            if 1 <= n <= pages
        },
    }
    return page(request, "boutons.html", context)


def _text(bouton: Bouton) -> str:
    return fold(f"{bouton.libelle} {bouton.code} {bouton.territoire or ''}")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 7 else 1


async def get_new(request: Request) -> Response:
    return _form_page(request, Formulaire([]), None)


async def post_new(request: Request) -> Response:
    form, demarche = await form_of(request), demarche_of(request)
    bouton = _read(form, Bouton(new_code(), demarche.id, ""))
    if bouton is None:
        return _form_page(request, form, None, 422)
    try:
        await store_of(request).add_bouton(bouton)
    except Duplicate:
        return _taken(request, form, None)
    await note_change(request, "bouton_cree", demarche=demarche.slug, bouton=bouton.code)
    return redirect(request, f"{_path(request)}/{bouton.code}/integrer", "bouton_cree")


async def get_edit(request: Request) -> Response:
    return _form_page(request, Formulaire([]), bouton_of(request))


async def post_edit(request: Request) -> Response:
    form, bouton = await form_of(request), bouton_of(request)
    changed = _read(form, bouton)
    if changed is None:
        return _form_page(request, form, bouton, 422)
    if changed != bouton:
        try:
            await store_of(request).change_bouton(changed)
        except Duplicate:
            return _taken(request, form, bouton)
        about = {"demarche": demarche_of(request).slug, "bouton": bouton.code}
        champs = changed_fields(bouton, changed)
        await note_change(request, "bouton_change", **about, champs=champs)
    return redirect(request, f"{_path(request)}/{bouton.code}", "enregistre")


def _taken(request: Request, form: Formulaire, bouton: Bouton | None) -> Response:
    form.refuse("externe", TAKEN)
    return _form_page(request, form, bouton, 422)


def _read(form: Formulaire, bouton: Bouton) -> Bouton | None:
    """The bouton as it was typed; None when something of it was refused."""
    changed = replace(
        bouton,
        libelle=read(form, "libelle", read_texte, WITHOUT_LIBELLE, LONGEST),
        affichage=read(form, "affichage", read_affichage, "Choisissez un affichage."),
        origines=read_lines(form, "origines", read_origines),
        territoire=read(form, "territoire", read_territoire) or None,
        externe=read(form, "externe", read_externe) or None,
    )
    return None if form.erreurs else changed


# Open and closed


async def get_close(request: Request) -> Response:
    """What people will see, before it is done."""
    textes = parts_of(request).texts["fr"]
    context = {"onglet": "boutons", "bouton": bouton_of(request), "textes": textes}
    return page(request, "bouton_fermer.html", context)


async def post_close(request: Request) -> Response:
    return await _set_open(request, False)


async def post_open(request: Request) -> Response:
    return await _set_open(request, True)


async def _set_open(request: Request, ouvert: bool) -> Response:
    bouton = bouton_of(request)
    fait = "bouton_ouvert" if ouvert else "bouton_ferme"
    if bouton.ouvert != ouvert:
        await store_of(request).set_bouton_ouvert(bouton.code, ouvert)
        await note_change(request, fait, demarche=demarche_of(request).slug, bouton=bouton.code)
    return redirect(request, _path(request), fait)


def _path(request: Request) -> str:
    return f"/demarches/{demarche_of(request).slug}/boutons"


def _form_page(
    request: Request, form: Formulaire, bouton: Bouton | None, status: int = 200
) -> Response:
    context = {
        "onglet": "boutons",
        "form": form,
        "bouton": bouton,
        "affichages": [(each, NAMES[each]) for each in AFFICHAGES],
    }
    return page(request, "bouton.html", context, status)


NAMES = {
    "dialogue": "Fenêtre : un bouton, et le formulaire par-dessus la page",
    "integre": "Dans la page : le formulaire se voit sans rien ouvrir",
    "flottant": "Flottant : un bouton au coin de la fenêtre",
    "lien": "Lien : un simple lien vers la page du formulaire",
}
