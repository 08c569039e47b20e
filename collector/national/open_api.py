"""The statistics interface of the national service, for clients that exist: a new address and an
API token are all that they need. As many démarches at once as the token may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.acces import Entree
from collector.asked.jours import parse_jours
from collector.asked.periode import Periode
from collector.domain import Demarche, Texte
from collector.errors import BadFilter, Faute, Invalid, TooManyDownloads, UnknownDemarche
from collector.exports import COME_BACK
from collector.gate import Acces, acces_of
from collector.health import why_not
from collector.ingest import read_body
from collector.national.statistiques import PAS, Interval, codes, form_of, intervals, products
from collector.parse import MAX_BODY, Schema, loads
from collector.parts import Parts, parts_of
from collector.private_api import PRIVATE

MOST_INTERVALS = 20_000  # of all démarches together
_DAYS = {"day": 1, "week": 7, "month": 28, "year": 365}

_FEWER: Texte = {
    "fr": f"au plus {MOST_INTERVALS} intervalles, toutes démarches ensemble",
    "en": f"at most {MOST_INTERVALS} intervals, all procedures together",
}


@dataclass(frozen=True, slots=True)
class Demande:
    """What is asked, within what one may see. `products`: démarches by their numbers."""

    periode: Periode
    interval: Interval
    products: Mapping[int, Demarche]
    champs: frozenset[str]


async def get_open_health(request: Request) -> Response:
    """Whether avis can be stored and read. There is no second store here: `elk` is null."""
    well = await why_not(parts_of(request)) is None
    content = {"status": "ok" if well else "ko", "database": "ok" if well else "ko", "elk": None}
    return JSONResponse(content, 200 if well else 503, {"cache-control": "no-store"})


async def get_services(request: Request) -> Response:
    """The démarches that the token may see, with the numbers that `post_statistiques` takes."""
    acces = await acces_of(request)
    acces.check("lire")
    data = [
        {
            "id": number,
            "title": demarche.titre,
            "entity": acces.catalogue.structures[demarche.structure_id].nom,
            "forms": [{"id": form_of(demarche, number), "title": _form_name(acces, demarche)}],
        }
        for number, demarche in sorted(_visible(acces).items())
    ]
    return JSONResponse({"data": data}, headers=PRIVATE)


async def post_statistiques(request: Request) -> Response:
    """Answers counted by question and intention, for each démarche and each step of a period."""
    parts = parts_of(request)
    acces = await acces_of(request)
    acces.check("lire")
    demande = _demande(await read_body(request, MAX_BODY), acces)
    if not parts.downloads.enter():
        raise TooManyDownloads(retry_after=COME_BACK, secondes=COME_BACK)
    try:
        sur = {"statistiques": [demande.periode.du.isoformat(), demande.periode.au.isoformat()]}
        await parts.store.add_entree(Entree(parts.clock.now().recu_le, acces.qui, "lecture", sur))
        data = [await _product(parts, acces, demande, number) for number in demande.products]
    finally:
        parts.downloads.leave()
    return JSONResponse({"data": data}, headers=PRIVATE)


async def _product(parts: Parts, acces: Acces, demande: Demande, number: int) -> dict[str, object]:
    demarche = demande.products[number]
    first, last = demande.periode.du.isoformat(), demande.periode.au.isoformat()
    counts = await parts.store.counts_by_day(demarche.id, first, last)
    used = {demarche.questionnaire, *(each.questionnaire for each in counts)}
    every = acces.catalogue.questionnaires
    asked = {id: every[id] for id in sorted(used)}
    found = intervals(counts, demande.periode, demande.interval, asked, demande.champs)
    form = {
        "form_id": form_of(demarche, number),
        "form_name": _form_name(acces, demarche),
        "intervals": found,
    }
    return {"product_id": number, "product_name": demarche.titre, "forms": [form]}


def _form_name(acces: Acces, demarche: Demarche) -> str:
    return acces.catalogue.questionnaires[demarche.questionnaire].titre["fr"]


def _visible(acces: Acces) -> dict[int, Demarche]:
    return {n: d for n, d in products(acces.catalogue).items() if d.id in acces.demarches}


# What is asked


@cache
def _schema() -> Schema:
    return Schema("statistiques.v1.json")


def _demande(body: bytes, acces: Acces) -> Demande:
    """Raises NotJson, BadFilter, or UnknownDemarche for a number one may not see."""
    asked = cast(dict[str, Any], loads(body))
    try:
        _schema().check(asked)
    except Invalid as error:
        raise BadFilter(*error.fautes()) from None
    periode = parse_jours(asked, "start_date", "end_date")
    found = _products(asked, acces)
    interval: Interval = asked.get("interval", "none")
    if interval in PAS and len(found) * periode.jours / _DAYS[interval] > MOST_INTERVALS:
        raise BadFilter(Faute("interval", interval, _FEWER))
    return Demande(periode, interval, found, _champs(asked, acces))


def _products(asked: Mapping[str, Any], acces: Acces) -> dict[int, Demarche]:
    """Those of the numbers given, of products and of forms; without any, all."""
    found = _visible(acces)
    if numbers := asked.get("product_ids"):
        found = {int(n): _known(found, int(n)) for n in dict.fromkeys(numbers)}
    if numbers := asked.get("form_ids"):
        by_form = {form_of(demarche, n): n for n, demarche in found.items()}
        kept = [_known(by_form, int(n)) for n in dict.fromkeys(numbers)]
        found = {n: found[n] for n in kept}
    return dict(sorted(found.items()))


def _known(found: Mapping[int, Any], number: int) -> Any:
    if number not in found:
        raise UnknownDemarche(demarche=str(number))
    return found[number]


def _champs(asked: Mapping[str, Any], acces: Acces) -> frozenset[str]:
    wanted = frozenset(asked.get("field_codes") or ())
    known = codes(acces.catalogue)
    for code in sorted(wanted - known):
        words = " | ".join(sorted(known))
        raise BadFilter(Faute("field_codes", code, {"fr": words, "en": words}))
    return wanted
