"""Comments of a démarche, in a list and one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.commentaires.comments_asked import CLE, RETIRE, Asked, nothing_asked, parse_asked
from admin_ui.commentaires.comments_shown import ETATS, MOTIFS, Sight, alone, in_list
from admin_ui.formulaire import Formulaire
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.rendering import page
from collector.asked.recherche import Recherche
from collector.asked.requested import NOTE
from collector.clock import instant
from collector.domain import Catalogue, Demarche
from collector.errors import BadFilter, NotFound
from collector.moderation import Commente, Depuis, Etiquette, visited
from collector.parts import parts_of
from collector.store.commented import Opened, Spot

PER_PAGE = 30
NOTED_MS = 60_000  # a visit is noted once a minute: reading a page is not to write each time
_FIRST = "00000000-0000-0000-0000-000000000000"


async def get_comments(request: Request) -> Response:
    """A page of the list."""
    agent, demarche = agent_of(request), demarche_of(request)
    try:
        asked = parse_asked(request.query_params.multi_items(), agent.catalogue, demarche)
    except BadFilter as refusal:
        return _not_understood(request, refusal)
    store = store_of(request)
    compte = agent.compte.id
    frame = await store.frame(asked.filtre, demarche.structure_id, compte, asked.start)
    depuis = frame.visite.depuis if frame.visite else ""
    asked = asked.since(depuis)
    found = await store.comments(asked.filtre, asked.start, frame.floor, PER_PAGE + 1)
    recherche = asked.filtre.selection.recherche
    if recherche is None and asked.start is None:
        await _note_visit(request, frame.visite)
    shown, next_ = found[:PER_PAGE], _next(found, frame.floor, depuis if asked.nouveaux else "")
    formes = await _formes(request, recherche, shown)
    sight = Sight(agent.catalogue, recherche, formes, frame.etiquettes, depuis)
    context = {
        **context_of(request, asked, frame.etiquettes),
        "commentaires": await asyncio.to_thread(lambda: [in_list(each, sight) for each in shown]),
        "depuis": depuis,
        "suite": next_ and asked.query(next_),
        "plus_loin": len(found) <= PER_PAGE,
        "fautes": [],
    }
    return page(request, "commentaires.html", context)


async def get_comment(request: Request) -> Response:
    return await comment_page(request, Formulaire([]))


async def comment_page(request: Request, form: Formulaire, status: int = 200) -> Response:
    """One comment, with those before and after it in the list that the address asks for."""
    agent, demarche = agent_of(request), demarche_of(request)
    asked = parse_asked(request.query_params.multi_items(), agent.catalogue, demarche)
    opened = await opened_of(request)
    commente = opened.commente
    depuis = opened.visite.depuis if opened.visite else ""
    asked = asked.since(depuis)
    spot = commente.avis.recu_le, commente.avis.cle
    next_to = await store_of(request).around(asked.filtre, spot)
    recherche = asked.filtre.selection.recherche
    formes = await _formes(request, recherche, [commente])
    sight = Sight(agent.catalogue, recherche, formes, opened.etiquettes, depuis)
    context = {
        **context_of(request, asked, opened.etiquettes),
        "c": await asyncio.to_thread(alone, commente, sight),
        "bouton_nom": _bouton(agent.catalogue, commente),
        "precedent": next_to.before,
        "suivant": next_to.after,
        "form": form,
    }
    return page(request, "commentaire.html", context, status)


async def opened_of(request: Request) -> Opened:
    """The comment of the address. Raises NotFound."""
    demarche, cle = demarche_of(request), str(request.path_params["cle"])
    if not CLE.fullmatch(cle):
        raise NotFound
    compte = agent_of(request).compte.id
    opened = await store_of(request).comment(demarche.id, cle, demarche.structure_id, compte)
    if opened is None:
        raise NotFound
    return opened


def _not_understood(request: Request, refusal: BadFilter) -> Response:
    """The filter as it was typed, and what is wrong with it; no comment, rather than others."""
    asked = Asked(
        nothing_asked(demarche_of(request)).filtre,
        tuple((name, value) for name, value in request.query_params.items() if value),
    )
    context = {
        **context_of(request, asked, []),
        "commentaires": [],
        "depuis": "",
        "suite": None,
        "plus_loin": False,
        "fautes": [faute.as_dict("fr") for faute in refusal.fautes()],
    }
    return page(request, "commentaires.html", context, refusal.status)


def _next(found: Sequence[Commente], floor: str | None, depuis: str) -> Spot | None:
    """Where the next page starts: at the first comment that this one has no room for, or, where it
    looked as far as it may, from there on."""
    if len(found) > PER_PAGE:
        avis = found[PER_PAGE].avis
        return avis.recu_le, avis.cle
    return (floor, _FIRST) if floor is not None and floor > depuis else None


async def _note_visit(request: Request, before: Depuis | None) -> None:
    """Note that whoever asks was here, for what is new to them the next time."""
    now = parts_of(request).clock.now()
    if before is not None and instant(now.ms - NOTED_MS).recu_le < before.le:
        return
    visite = visited(before, now.recu_le)
    compte, demarche = agent_of(request).compte, demarche_of(request)
    await store_of(request).visit(compte.id, demarche.id, *visite)


async def _formes(
    request: Request, recherche: Recherche | None, found: Sequence[Commente]
) -> Set[str]:
    if recherche is None:
        return frozenset()
    return await store_of(request).formes(recherche, [c.avis.verbatim or "" for c in found])


def _bouton(catalogue: Catalogue, commente: Commente) -> str:
    bouton = catalogue.boutons.get(commente.avis.bouton)
    return bouton.libelle if bouton else commente.avis.bouton


# What stands around comments


class Choix(NamedTuple):
    """One list of the filter: its word in the address, its label, what may be chosen."""

    nom: str
    libelle: str
    options: Sequence[tuple[str, str]]


class Vue(NamedTuple):
    """A filter that is one click away."""

    nom: str
    query: str
    ici: bool


def context_of(
    request: Request, asked: Asked, etiquettes: Sequence[Etiquette]
) -> dict[str, object]:
    """What every page of comments says besides them: where it is, the filter, what may be done."""
    agent, demarche = agent_of(request), demarche_of(request)
    moderer = agent.may("moderer", demarche.id)
    words = dict(asked.words)
    return {
        "onglet": "commentaires",
        "adresse": f"/demarches/{demarche.slug}/commentaires",
        "filtre": asked.query(),
        "mots": words,
        "tout": asked.all_of_them,
        "vues": _vues(words, moderer),
        "ouvert": bool(words.keys() - _ONE_CLICK_AWAY),
        "choix": _choix(agent.catalogue, demarche, etiquettes, words),
        "etiquettes": etiquettes,
        "etats": ETATS,
        "motifs": MOTIFS,
        "moderer": moderer,
    }


def _vues(words: Mapping[str, str], moderer: bool) -> list[Vue]:
    known: list[tuple[str, dict[str, str]]] = [
        ("Tous", {}),
        ("Nouveaux", {"nouveaux": "oui"}),
        ("À lire", {"etat": "a_lire"}),
        ("À traiter", {"etat": "a_traiter"}),
    ]
    if moderer:
        known += [("Retirés", {"etat": RETIRE}), ("Écartés", {"statut": "ecarte"})]
    return [Vue(nom, f"?{urlencode(w)}" if w else "", w == words) for nom, w in known]


def _choix(
    catalogue: Catalogue,
    demarche: Demarche,
    etiquettes: Sequence[Etiquette],
    words: Mapping[str, str],
) -> list[Choix]:
    boutons = [b for b in catalogue.boutons.values() if b.demarche_id == demarche.id]
    lists = [
        Choix("etat", "Suivi", [*ETATS.items(), (RETIRE, "Retiré")]),
        Choix("etiquette", "Étiquette", [(str(e.id), e.nom) for e in etiquettes]),
        *_levels(catalogue, demarche),
        Choix("bouton", "Bouton", sorted((b.code, b.libelle) for b in boutons)),
        Choix("statut", "Comptés ou non", _STATUTS),
    ]
    return [_with_what_is_asked(each, words) for each in lists if each.options]


def _levels(catalogue: Catalogue, demarche: Demarche) -> list[Choix]:
    questionnaire = catalogue.questionnaires[demarche.questionnaire]
    return [
        Choix(
            f"{NOTE}{dimension.code}",
            dimension.question["fr"],
            [(str(i), niveau["fr"]) for i, niveau in enumerate(dimension.niveaux, start=1)],
        )
        for dimension in questionnaire.dimensions
    ]


def _with_what_is_asked(choix: Choix, words: Mapping[str, str]) -> Choix:
    """What an address may ask for and a list has not, several levels for one: sent back as is."""
    asked = words.get(choix.nom)
    if asked is None or asked in dict(choix.options):
        return choix
    said = [dict(choix.options).get(each, each) for each in asked.split(",")]
    return choix._replace(options=[*choix.options, (asked, " ou ".join(said))])


_ONE_CLICK_AWAY = frozenset({"q", "etat", "nouveaux", "statut"})  # no need to open the filter
_STATUTS = [("compte", "Comptés"), ("ecarte", "Écartés"), ("tous", "Tous")]
