"""Alerts: what one is told of a démarche, for oneself and for programs."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.alertes import veille as rules
from admin_ui.alertes.crochet import LONGEST_URL, new_graine, secret_of, wrong_with
from admin_ui.alertes.desabonnement import Arret, read
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.noting import note, note_agent
from admin_ui.pieces import pieces_of
from admin_ui.refusals import LinkOver
from admin_ui.rendering import page, redirect
from collector.alertes import ESSAI, GENRES, Abonnement, Crochet, Evenement, Genre, Veille
from collector.errors import NotFound
from collector.parts import parts_of

MOST_CROCHETS = 10  # of one démarche
LOG = 50


# For oneself


async def get_alertes(request: Request) -> Response:
    return await _page(request, Formulaire([]))


async def post_alertes(request: Request) -> Response:
    form, compte, demarche = await form_of(request), agent_of(request).compte, demarche_of(request)
    genres = _chosen(form)
    await _subscribe(request, compte.id, 0, genres)
    await note_agent(request, "alertes_choisies", demarche=demarche.slug, alertes=genres)
    return redirect(request, _path(request), "alertes_choisies")


async def get_mine(request: Request) -> Response:
    """Every alert of one's own."""
    agent = agent_of(request)
    mine = await store_of(request).abonnements_of(agent.compte.id)
    seen = agent.demarches()
    found = [(seen[each.demarche_id], each.genre) for each in mine if each.demarche_id in seen]
    found.sort(key=lambda each: each[0].titre.casefold())
    return page(request, "mes_alertes.html", {"alertes": found})


# Stopping one, from a message


async def get_stop(request: Request) -> Response:
    """A page with a button: programs that read mail follow links too."""
    arret = _arret(request)
    catalogue = await parts_of(request).catalogue.get()
    context = {"arret": arret, "a": request.query_params["a"], "fini": False}
    return page(
        request, "arreter.html", {**context, "concerne": catalogue.demarches.get(arret.demarche_id)}
    )


async def post_stop(request: Request) -> Response:
    """Stop it: done already is as good. A mail program does it by itself (RFC 8058)."""
    arret, store = _arret(request), store_of(request)
    if await store.unsubscribe(*arret):
        compte = await store.compte(arret.compte_id)
        await note(
            request, compte, "alerte_arretee", alerte=arret.genre, demarche=arret.demarche_id
        )
    return page(request, "arreter.html", {"arret": arret, "fini": True, "concerne": None})


def _arret(request: Request) -> Arret:
    """What the address says is to be stopped. Raises LinkOver."""
    settings = parts_of(request).settings
    ring = settings.secret, *settings.secrets_before
    arret = read(ring, request.query_params.get("a", ""))
    if arret is None:
        raise LinkOver
    return arret


# Webhooks


async def post_crochet(request: Request) -> Response:
    """A new one. Its secret is shown this once."""
    form, demarche, store = await form_of(request), demarche_of(request), store_of(request)
    url = form.texte("url", LONGEST_URL, "Écrivez l’adresse à prévenir.")
    if url and (wrong := wrong_with(url)):
        form.refuse("url", wrong)
    genres = _chosen(form)
    if not genres:
        form.refuse(f"c-{GENRES[0]}", "Choisissez au moins une alerte.")
    if len(await store.crochets(demarche.id)) >= MOST_CROCHETS:
        form.refuse("url", f"Il y en a déjà {MOST_CROCHETS} : supprimez-en un d’abord.")
    if form.erreurs:
        return await _page(request, form, 422)
    le = parts_of(request).clock.now().recu_le
    made = Crochet(0, demarche.id, url, new_graine(), le, agent_of(request).qui)
    id = await store.add_crochet(made)
    await _subscribe(request, 0, id, genres)
    await _note_crochet(request, "crochet_ajoute", id, url, alertes=genres)
    return _secret_page(request, id, made.graine)


async def get_crochet(request: Request) -> Response:
    crochet, store = await _crochet(request), store_of(request)
    chosen = [each.genre for each in await _abonnements(request) if each.crochet_id == crochet.id]
    context = {
        "onglet": "alertes",
        "crochet": crochet,
        "form": Formulaire([]),
        "choisies": chosen,
        "envois": await store.envois_of(crochet.id, LOG),
    }
    return page(request, "crochet.html", context)


async def post_crochet_alertes(request: Request) -> Response:
    form, crochet = await form_of(request), await _crochet(request)
    genres = _chosen(form)
    await _subscribe(request, 0, crochet.id, genres)
    await _note_crochet(request, "crochet_change", crochet.id, crochet.url, alertes=genres)
    return redirect(request, _path(request, crochet), "alertes_choisies")


async def post_secret(request: Request) -> Response:
    """Another secret, shown this once: the old one signs nothing any more."""
    crochet, graine = await _crochet(request), new_graine()
    await store_of(request).renew_crochet(crochet.demarche_id, crochet.id, graine)
    await _note_crochet(request, "crochet_secret_change", crochet.id, crochet.url)
    return _secret_page(request, crochet.id, graine)


async def post_essai(request: Request) -> Response:
    """Have an event that says nothing be sent, now."""
    crochet, now = await _crochet(request), parts_of(request).clock.now()
    event = Evenement(secrets.token_hex(12), ESSAI, crochet.demarche_id, now.recu_le, {})
    await store_of(request).send_to_crochet(event, crochet.id)
    pieces_of(request).rondes.wake()
    return redirect(request, _path(request, crochet), "essai_demande")


async def post_retry(request: Request) -> Response:
    """Have something be tried now that waits, or was given up."""
    form, crochet = await form_of(request), await _crochet(request)
    le, envoi = parts_of(request).clock.now().recu_le, form.get("envoi", "")
    if not _is_id(envoi) or not await store_of(request).retry_envoi(crochet.id, int(envoi), le):
        raise NotFound
    pieces_of(request).rondes.wake()
    return redirect(request, _path(request, crochet), "essai_demande")


async def post_drop_crochet(request: Request) -> Response:
    crochet = await _crochet(request)
    await store_of(request).drop_crochet(crochet.demarche_id, crochet.id)
    await _note_crochet(request, "crochet_supprime", crochet.id, crochet.url)
    return redirect(request, _path(request), "crochet_supprime")


async def _crochet(request: Request) -> Crochet:
    """The webhook of the address, of the démarche of the address. Raises NotFound."""
    id = request.path_params["id"]
    found = await store_of(request).crochet(int(id)) if _is_id(id) else None
    if found is None or found.demarche_id != demarche_of(request).id:
        raise NotFound
    return found


def _secret_page(request: Request, id: int, graine: str) -> Response:
    secret = secret_of(parts_of(request).settings.secret, id, graine)
    context = {"onglet": "alertes", "secret": secret, "suite": f"{_path(request)}/crochets/{id}"}
    return page(request, "crochet_secret.html", context)


# What they share


async def _page(request: Request, form: Formulaire, status: int = 200) -> Response:
    store, demarche, compte = store_of(request), demarche_of(request), agent_of(request).compte
    settles = agent_of(request).may("regler", demarche.id)
    abonnements = await _abonnements(request)
    context = {
        "onglet": "alertes",
        "form": form,
        "vierge": Formulaire([]),
        "possible": pieces_of(request).courrier.possible,
        "choisies": [each.genre for each in abonnements if each.compte_id == compte.id],
        "dernier": await store.last_to(demarche.id, compte.id),
        "regle": settles,
        "crochets": await store.crochets(demarche.id) if settles else [],
        "comptees": _by_crochet(abonnements),
    }
    return page(request, "alertes.html", context, status)


def _by_crochet(abonnements: list[Abonnement]) -> dict[int, int]:
    """How many alerts each webhook is told of."""
    found: dict[int, int] = {}
    for each in abonnements:
        found[each.crochet_id] = found.get(each.crochet_id, 0) + 1
    return found


async def _abonnements(request: Request) -> list[Abonnement]:
    return await store_of(request).abonnements(demarche_of(request).id)


async def _subscribe(
    request: Request, compte_id: int, crochet_id: int, genres: list[Genre]
) -> None:
    demarche, now = demarche_of(request), parts_of(request).clock.now()
    veilles: list[Veille] = [rules.first(demarche.id, genre, now) for genre in genres]
    who = (demarche.id, compte_id, crochet_id)
    await store_of(request).subscribe(*who, veilles, now.recu_le)


def _chosen(form: Formulaire) -> list[Genre]:
    return [genre for genre in GENRES if form.coche(genre)]


async def _note_crochet(request: Request, action: str, id: int, url: str, **more: object) -> None:
    """Of its address the name only: the rest may be a secret of its own."""
    site, slug = urlsplit(url).hostname, demarche_of(request).slug
    await note_agent(request, action, demarche=slug, crochet=id, site=site, **more)


def _path(request: Request, crochet: Crochet | None = None) -> str:
    path = f"/demarches/{demarche_of(request).slug}/alertes"
    return path if crochet is None else f"{path}/crochets/{crochet.id}"


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
