"""Avis by pages, and searches among their comments, for a program that has a token."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.acces import Entree
from collector.asked.cursor import Left
from collector.asked.recherche import parts_in
from collector.asked.requested import Query, noted, parse_selection
from collector.asked.selection import Selection
from collector.domain import Avis, Demarche, Texte
from collector.errors import BadFilter, Faute
from collector.gate import Acces, acces_of
from collector.parts import parts_of

MOST = 1_000
DEFAULT = 100
PER_PAGE = 20
PAGES = 15  # what a search ranks, see `store.selecting.RANKED`
OTHERS = frozenset({"limite", "curseur"})

# What only its reader is to have, and no cache to keep.
PRIVATE = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}

_WORDS: Texte = {"fr": "des mots à chercher", "en": "words to look for"}


async def get_avis(request: Request) -> Response:
    """One page of the avis selected, in the order (démarche, instant, key)."""
    parts = parts_of(request)
    acces = await acces_of(request)
    query = request.query_params.multi_items()
    selection = selected(query, acces, OTHERS)
    asked = dict(query)
    limite = _whole(asked, "limite", DEFAULT, MOST)
    after, until = None, parts.clock.now().recu_le
    if "curseur" in asked:
        left = parts.cursors.read(asked["curseur"], selection, acces.qui)
        after, until = (left.demarche_id, left.recu_le, left.cle), left.until
    else:  # a list is a download too: its first page says so
        sur = {"filtre": noted(query), "verbatims": "verbatims" in acces.droits}
        await parts.store.add_entree(Entree(until, acces.qui, "lecture", sur))
    page = await parts.store.select(selection, after, until, limite)
    content: dict[str, object] = {
        "avis": [avis_as_dict(avis, acces.demarches, acces.droits) for avis in page],
        "suivant": None,
    }
    if len(page) == limite:
        last = page[-1]
        left = Left(last.demarche_id, last.recu_le, last.cle, until)
        again = [(name, value) for name, value in query if name != "curseur"]
        curseur = parts.cursors.write(left, selection, acces.qui)
        address = f"{parts.settings.base_url}/api/v1/avis"
        content["suivant"] = f"{address}?{urlencode([*again, ('curseur', curseur)])}"
    return JSONResponse(content, headers=PRIVATE)


async def get_recherche(request: Request) -> Response:
    """Comments that have the words of `q`, the best first, each with the passage that has them."""
    parts = parts_of(request)
    acces = await acces_of(request)
    query = request.query_params.multi_items()
    selection = selected(query, acces, frozenset({"page"}))
    if selection.recherche is None:
        raise BadFilter(Faute("q", "", _WORDS))
    page = _whole(dict(query), "page", 1, PAGES)
    found = await parts.store.search(selection, PER_PAGE, (page - 1) * PER_PAGE)
    content = {
        "resultats": [
            {
                **avis_as_dict(each.avis, acces.demarches, acces.droits),
                "extrait": [
                    {"texte": texte, "trouve": trouve} for texte, trouve in parts_in(each.passage)
                ],
            }
            for each in found
        ],
        "page": page,
    }
    return JSONResponse(content, headers=PRIVATE)


def selected(query: Query, acces: Acces, others: frozenset[str]) -> Selection:
    """What a query asks of what its reader may see. Raises BadFilter, UnknownDemarche, or
    DroitMissing when it looks into comments that are not for them."""
    acces.check("lire")
    selection = parse_selection(query, acces.catalogue, acces.demarches, others)
    if selection.recherche is not None:
        acces.check("verbatims")
    return selection


def _whole(asked: Mapping[str, str], champ: str, default: int, most: int) -> int:
    text = asked.get(champ, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= most):
        wanted: Texte = {
            "fr": f"un nombre entier de 1 à {most}",
            "en": f"a whole number from 1 to {most}",
        }
        raise BadFilter(Faute(champ, text, wanted))
    return int(text)


def avis_as_dict(
    avis: Avis, demarches: Mapping[int, Demarche], droits: frozenset[str]
) -> dict[str, object]:
    """An avis as the API gives it; without its comment for who may not read it."""
    found = {"demarche": demarches[avis.demarche_id].slug, **avis._asdict()}
    del found["demarche_id"]
    if "verbatims" not in droits:
        del found["verbatim"]
    return found
