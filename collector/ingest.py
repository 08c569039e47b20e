"""POST /api/v1/avis: limits, then parse, origin and jeton, then the writer, then the answer."""

from __future__ import annotations

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from collector.clock import Instant
from collector.domain import PIEGE, TROP_RAPIDE, Avis, Bouton, Outcome, Questionnaire
from collector.errors import (
    Closed,
    Faute,
    Invalid,
    JetonExpired,
    KeyTaken,
    OriginRefused,
    Refusal,
    TooLarge,
    TooLate,
    TooMany,
    UnknownBouton,
    WrongType,
)
from collector.gate import acces_of
from collector.options import check_answers
from collector.parse import MAX_BODY, AvisBody, clean, parse_avis
from collector.parts import Parts, parts_of, visitor_of
from collector.privacy.contact import NOT_ASKED, check_contact
from collector.privacy.effacement import jeton_for, link_to
from collector.privacy.masquage import Masked, mask
from collector.wire.packets import Ready

CONTENT_TYPES = ("text/plain", "application/json")

# Any page may read the answer: it says nothing about anyone, and a widget has to be able to read
# why it was refused. No credentials are ever involved.
_HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": "no-store",
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
}
_SAID = {
    Outcome.STORED: ("enregistre", 201),
    Outcome.UPDATED: ("mis_a_jour", 200),
    Outcome.UNCHANGED: ("deja_enregistre", 200),
}
_ANSWERS = {
    outcome: Ready(orjson.dumps({"resultat": said}), status, _HEADERS)
    for outcome, (said, status) in _SAID.items()
}


async def post_avis(request: Request) -> Response:
    """Answer 201 once the avis is committed; never before."""
    parts = parts_of(request)
    check_address(parts, request)
    # Starlette's Headers look through all of them, decoding, at each question.
    headers = dict(request.scope["headers"])
    check_content_type(headers.get(b"content-type", b"").decode("latin-1"), CONTENT_TYPES)
    body = await read_body(request)
    now = parts.clock.now()
    avis = parse_avis(body, parts.avis_schema, now.ms)
    bouton = await find_bouton(parts, avis["bouton"])
    origin = headers[b"origin"].decode("latin-1") if b"origin" in headers else None
    trusted = b"authorization" in headers
    try:
        check_origin(parts, bouton, origin)
        if trusted:
            await _check_may_post(request, bouton)
        outcome = await store_avis(parts, bouton, avis, now, trusted)
    except Refusal as refusal:
        parts.presence.count_refusal(bouton, now.jour_iso, refusal, origin)
        raise
    if outcome is Outcome.STORED:
        parts.presence.count_avis(bouton, now.jour_iso, origin, avis.get("widget"))
    if "contact" in avis:
        contact = avis["contact"]
        jeton = await jeton_for(parts, bouton.demarche_id, avis["cle"], contact, outcome)
        if jeton is not None:
            return _with_link(link_to(parts, jeton), outcome)
    return _ANSWERS[outcome]


def _with_link(link: str, outcome: Outcome) -> Response:
    """The answer to whoever left an address: with what deletes it."""
    said, status = _SAID[outcome]
    return Response(orjson.dumps({"resultat": said, "effacement": link}), status, _HEADERS)


async def _check_may_post(request: Request, bouton: Bouton) -> None:
    """Let in whoever has an API token with the right `deposer` for this bouton."""
    acces = await acces_of(request)
    acces.check("deposer")
    if bouton.demarche_id not in acces.demarches:
        raise UnknownBouton(bouton=bouton.code)


async def store_avis(
    parts: Parts, bouton: Bouton, body: AvisBody, now: Instant, trusted: bool = False
) -> Outcome:
    """What the widget's way and the page's have in common, from the jeton to the commit. Somebody
    `trusted` needs no jeton, and may be as quick as they like.

    Returns STORED, UPDATED or UNCHANGED; raises the Refusal of anything else.
    """
    catalogue = await parts.catalogue.get()
    try:
        opened_ms = 0 if trusted else parts.jetons.read(body.get("jeton"), bouton.code, now.ms)
        if not catalogue.is_open(bouton):
            raise Closed(bouton=bouton.code)
    except (Closed, JetonExpired):
        # Whoever lost a 201 asks again, maybe much later, and is told the truth.
        etape = await parts.store.stored_etape(bouton.demarche_id, body["cle"])
        if etape is not None and etape >= body["etape"]:
            return Outcome.UNCHANGED
        raise
    if wait := parts.bouton_limit.seconds_to_wait(bouton.code):
        raise TooMany(retry_after=wait, secondes=wait)
    questionnaire = catalogue.questionnaires.get(body["questionnaire"])
    if questionnaire is None:
        known = " | ".join(sorted(catalogue.questionnaires))
        raise Invalid(Faute("questionnaire", body["questionnaire"], {"fr": known, "en": known}))
    # Before anything keeps it: not the queue, not a log, not a disk.
    masked = _comment(body)
    outcome = await parts.writer.submit(
        Avis(
            demarche_id=bouton.demarche_id,
            cle=body["cle"],
            bouton=bouton.code,
            questionnaire=questionnaire.id,
            etape=int(body["etape"]),  # JSON Schema takes 3.0 for an integer
            recu_le=now.recu_le,
            jour=now.jour_iso,
            notes=check_answers(body, questionnaire),
            verbatim=masked.texte if masked else None,
            langue=body.get("langue", "fr"),
            affichage=body.get("affichage", "api"),
            widget=body.get("widget"),
            ecarte=_doubt(body, now.ms - opened_ms, parts.settings.min_seconds),
        ),
        _courriel(body, questionnaire, catalogue.asked_by(bouton)),
    )
    if outcome is Outcome.TOO_LATE:
        raise TooLate
    if outcome is Outcome.OTHER_BOUTON:
        raise KeyTaken
    if masked and masked.genres and outcome is not Outcome.UNCHANGED:
        parts.metrics.count_masks(masked.genres)
    return outcome


def _comment(body: AvisBody) -> Masked | None:
    """What is kept of the comment, when there is one."""
    verbatim = clean(body.get("verbatim", ""))
    return mask(verbatim) if verbatim else None


def _doubt(body: AvisBody, open_ms: int, min_seconds: float) -> str | None:
    """Why the avis is set aside, if it is. Whoever sent it is answered as anyone else."""
    if body.get("site_web"):
        return PIEGE
    # Less than nothing: our clock went back since, and tells nothing of how long it took.
    return TROP_RAPIDE if 0 <= open_ms < min_seconds * 1000 else None


def _courriel(body: AvisBody, questionnaire: Questionnaire, now: Questionnaire) -> str | None:
    """The address that is left, if one is. A body may name any questionnaire: where the one asked
    `now` asks for no address, none is kept, whatever the form that was opened before."""
    contact = body.get("contact")
    if contact is None:
        return None
    if now.contact is None:
        raise Invalid(NOT_ASKED)
    return check_contact(contact, questionnaire)


def check_address(parts: Parts, request: Request) -> None:
    if wait := parts.address_limit.seconds_to_wait(visitor_of(request)):
        raise TooMany(retry_after=wait, secondes=wait)


def check_content_type(given: str | None, wanted: tuple[str, ...]) -> None:
    kind = (given or "").partition(";")[0].strip().lower()
    if kind not in wanted:
        raise WrongType(type=kind, attendu=" | ".join(wanted))


async def read_body(request: Request, maximum: int = MAX_BODY) -> bytes:
    """The body, as long as it stays under the limit: a larger one is not read to its end."""
    body = b""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > maximum:
            raise TooLarge(maximum=maximum)
        more = message.get("more_body", False)
    return body


async def find_bouton(parts: Parts, code: str) -> Bouton:
    """The bouton, open or not. Raises UnknownBouton."""
    bouton = (await parts.catalogue.get()).boutons.get(code)
    if bouton is None:
        raise UnknownBouton(bouton=code)
    return bouton


def check_origin(parts: Parts, bouton: Bouton, origin: str | None) -> None:
    """Let in our own pages, the bouton's sites, and programs, which have no origin.

    Origins are compared whole: a name that only begins alike, or another port, is another site.
    """
    if origin is not None and not accepts_origin(parts, bouton, origin):
        raise OriginRefused(origine=origin, bouton=bouton.code)


def accepts_origin(parts: Parts, bouton: Bouton, origin: str) -> bool:
    return origin in bouton.origines or origin == parts.origin
