"""Pages for people: the hosted form and its thanks. All complete without JavaScript."""

from __future__ import annotations

import contextlib
import gzip
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.domain import (
    OUVERTURE,
    Bouton,
    Cell,
    Demarche,
    Outcome,
    Questionnaire,
    in_language,
    new_cle,
    sens,
)
from collector.errors import (
    Closed,
    Invalid,
    JetonExpired,
    NotFound,
    OriginRefused,
    QueueFull,
    Refusal,
    StorageDown,
    TooMany,
)
from collector.ingest import (
    check_address,
    check_content_type,
    check_origin,
    find_bouton,
    read_body,
    store_avis,
)
from collector.options import shown, ticked_in, together
from collector.parse import MAX_VERBATIM, AvisBody, check_body, clean
from collector.parts import Parts, parts_of
from collector.privacy.effacement import jeton_for
from collector.rendering import discreet, page
from collector.texts import Textes, Texts, langue_of
from collector.wire.codings import preferred_coding

FORM_TYPES = ("application/x-www-form-urlencoded",)
MAX_FIELDS = 320  # 100 levels and 200 options (avis.v1.json), and what every form has
COURRIEL, ACCORD = "contact.courriel", "contact.accord"
CLE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
# A form writes one character of a comment as up to 12 bytes (« %F0%9F%98%80 »).
MAX_FORM = 12 * MAX_VERBATIM + 32 * 1024
MAX_ETAPE = 100_000  # of avis.v1.json; a form may stay open for longer than so many seconds
MAX_DIGITS = 9  # of a level; Python refuses to read numbers of more than 4,300

# What the person can do something about: the form comes back with all that was typed.
_AGAIN = (Invalid, JetonExpired, TooMany, QueueFull, StorageDown)

# « Back » may show the page again with its cle, so that what is sent twice counts once.
_KEPT_BY_BROWSER = "private, no-cache"


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked at one bouton, if it is open, and the languages it may be read in."""

    bouton: Bouton
    demarche: Demarche
    questionnaire: Questionnaire
    langues: tuple[str, ...]
    ouvert: bool

    def langue_for(self, request: Request) -> str:
        return langue_of(request, self.demarche.langue, self.langues)


async def read_form(parts: Parts, code: str) -> Form:
    """The form of a bouton, open or not. Raises UnknownBouton."""
    bouton = await find_bouton(parts, code)
    catalogue = await parts.catalogue.get()
    demarche = catalogue.demarches[bouton.demarche_id]
    questionnaire = catalogue.questionnaires[demarche.questionnaire]
    # Never half a form in another language: one that the questions do not speak is not offered.
    spoken = questionnaire.langues
    langues = tuple(each for each in parts.settings.langues.split(",") if each in spoken)
    return Form(bouton, demarche, questionnaire, langues, catalogue.is_open(bouton))


async def read_open_form(request: Request) -> Form:
    """The form of the bouton in the address. Raises UnknownBouton or Closed."""
    parts = parts_of(request)
    form = await read_form(parts, request.path_params["code"])
    if not form.ouvert:
        closed = Closed(bouton=form.bouton.code)
        count_refusal(parts, request, form, closed)
        raise closed
    return form


async def get_form(request: Request) -> Response:
    """The questions as a page. ?satisfaction=3 comes with that level chosen."""
    parts = parts_of(request)
    form = await read_open_form(request)
    fields = {f"note.{name}": value for name, value in request.query_params.items()}
    # Who comes from a widget goes on with the same avis. Its opening was counted as it got the cle.
    fields["cle"] = request.query_params.get("cle", "")
    if not CLE.fullmatch(fields["cle"]):
        fields["cle"] = new_cle(parts.clock.now().ms)
        if not _goes_on(parts, request, form):
            count_opening(parts, request, form)
    return _packed(request, _form_page(request, form, fields))


async def post_form(request: Request) -> Response:
    """303 to thanks once the avis is committed; or the form again, with what is wrong."""
    parts = parts_of(request)
    check_content_type(request.headers.get("content-type"), FORM_TYPES)
    form = await read_open_form(request)
    fields = form_fields(await read_body(request, MAX_FORM))
    langue = form.langue_for(request)
    now = parts.clock.now()
    try:
        check_address(parts, request)
        opened_ms = parts.jetons.read(fields.get("jeton"), form.bouton.code, now.ms)
        asked = await _asked(parts, fields)
        body = _avis_body(fields, form.bouton, langue, now.ms - opened_ms, asked)
        body["affichage"] = _affichage(request)
        check_body(body, parts.avis_schema, now.ms)
        outcome = await store_avis(parts, form.bouton, body, now)
    except Refusal as refusal:
        count_refusal(parts, request, form, refusal)
        if not isinstance(refusal, _AGAIN):
            raise
        parts.metrics.count_refusal(refusal)
        return _form_page(request, form, fields, refusal)
    if outcome is Outcome.STORED:
        parts.presence.count_avis(form.bouton, now.jour_iso, request.headers.get("origin"), None)
    thanks = f"{parts.settings.base_path}/f/{form.bouton.code}/merci?lang={langue}{_kept(request)}"
    if "contact" in body:
        contact = body["contact"]
        jeton = await jeton_for(parts, form.demarche.id, body["cle"], contact, outcome)
        # In an address, which a browser and a proxy may keep: thanks have to be another page, else
        # loading them again posts again, and without a cookie or a script that page knows nothing
        # but its address. It holds no more than the link that it is there to give, which deletes
        # one e-mail address and shows none.
        thanks += f"&contact={jeton}" if jeton else ""
    return RedirectResponse(thanks, 303, {"cache-control": "no-store"})


async def get_thanks(request: Request) -> Response:
    parts = parts_of(request)
    form = await read_form(parts, request.path_params["code"])
    langue = form.langue_for(request)
    context: dict[str, object] = {
        "langue": langue,
        "textes": parts.texts[langue],
        "mots": parts.texts.contact(langue),
        "demarche": form.demarche,
        "effacement": _effacement(request, form),
        "cadre": _cadre(request, form),
        "envoye": True,
    }
    return discreet(page(request, "merci.html", context, frames=form.bouton.origines))


def _effacement(request: Request, form: Form) -> str | None:
    """What deletes the address that was just left, as thanks were told of it; one of ours only, and
    of this démarche."""
    jeton = request.query_params.get("contact", "")
    with contextlib.suppress(NotFound):  # thanks are thanks all the same
        demarche_id, _ = parts_of(request).effacements.read(jeton)
        return jeton if demarche_id == form.demarche.id else None
    return None


async def get_form_json(request: Request) -> Response:
    """What a widget needs (`schemas/formulaire.v1.json`). A closed bouton says so, with 200."""
    parts = parts_of(request)
    form = await read_form(parts, request.path_params["code"])
    try:
        check_origin(parts, form.bouton, request.headers.get("origin"))
    except OriginRefused as refusal:
        count_refusal(parts, request, form, refusal)
        raise
    if form.ouvert:
        count_opening(parts, request, form)
    else:
        count_refusal(parts, request, form, Closed(bouton=form.bouton.code))
    return form_json(request, form_content(parts, form, form.langue_for(request)))


def form_content(parts: Parts, form: Form, langue: str) -> dict[str, object]:
    """What `schemas/formulaire.v1.json` describes."""
    code, ouvert = form.bouton.code, form.ouvert
    base_url = parts.settings.base_url
    now = parts.clock.now()
    content: dict[str, object] = {
        "bouton": code,
        "etat": "ouvert" if ouvert else "ferme",
        "titre": form.demarche.titre,
        "titre_langue": form.demarche.langue,
        "langue": langue,
        "sens": sens(langue),
        "langues": form.langues,
        "textes": parts.texts[langue],
        "page": f"{base_url}/f/{code}",
        "envoi": f"{base_url}/api/v1/avis",
        "maintenant": now.ms,
        "cle": new_cle(now.ms) if ouvert else None,
        "jeton": parts.jetons.sign(code, now.ms) if ouvert else None,
        "questionnaire": _in_language(form.questionnaire, langue) if ouvert else None,
    }
    if ouvert and form.questionnaire.cadre:
        content["cadre"] = True
    if ouvert and form.questionnaire.commentaire:
        content["alertes"] = parts.alertes
    return content


def form_json(request: Request, content: dict[str, object]) -> Response:
    headers = {
        "access-control-allow-origin": "*",
        "cache-control": "no-store",
        "content-type": "application/json",
        "vary": "Accept-Language",
        "x-content-type-options": "nosniff",
    }
    return _packed(request, Response(orjson.dumps(content), headers=headers))


def _packed(request: Request, response: Response) -> Response:
    """The same in gzip, for who takes it.

    Only what anyone is given: of a page that repeats what somebody typed, the length would tell.
    """
    response.headers.add_vary_header("Accept-Encoding")
    if preferred_coding(request, ("gzip",)):
        response.body = gzip.compress(response.body, 6, mtime=0)
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(response.body))
    return response


def count_opening(parts: Parts, request: Request, form: Form) -> None:
    """Count that the form was opened, with nothing about by whom."""
    ahead = "prefetch" in request.headers.get("sec-purpose", "")  # fetched, not yet seen
    if request.method != "GET" or ahead:
        return
    jour = parts.clock.now().jour_iso
    bouton = form.bouton
    parts.writer.count_opening(
        Cell(bouton.demarche_id, bouton.code, jour, form.questionnaire.id, OUVERTURE, 1)
    )
    # A page of ours says no origin: what it opens is seen by its avis.
    if (origin := request.headers.get("origin")) is not None:
        parts.presence.count_opening(bouton, jour, origin)


def _goes_on(parts: Parts, request: Request, form: Form) -> bool:
    """Whether a visit only changes its language: it is one opening.

    Of a page the browser says that the same form led here: its address, which people give to
    others, says nothing of it. In its sandbox a frame has no origin to be named by, but there
    nobody is shown an address, and the link says it. Without either, it is counted.
    """
    if _affichage(request) == "cadre" and "ouvert" in request.query_params:
        return True
    referer = request.headers.get("referer", "").partition("?")[0]
    return referer == f"{parts.settings.base_url}/f/{form.bouton.code}"


def count_refusal(parts: Parts, request: Request, form: Form, refusal: Refusal) -> None:
    """Count, for who looks after the bouton, that somebody could not answer."""
    if request.method != "HEAD":
        jour = parts.clock.now().jour_iso
        parts.presence.count_refusal(form.bouton, jour, refusal, request.headers.get("origin"))


def _affichage(request: Request) -> str:
    """How the page is shown: by itself, in a frame (?cadre=), or from a link of the widget."""
    asked = request.query_params
    if "cadre" in asked:
        return "cadre"
    return "lien" if asked.get("affichage") == "lien" else "page"


def _kept(request: Request) -> str:
    """What the addresses of a visit carry on, after ?lang=."""
    match _affichage(request):
        case "cadre":
            dialogue = request.query_params["cadre"] == "dialogue"
            theme = _theme(request)
            return f"&cadre={'dialogue' if dialogue else 1}{f'&theme={theme}' if theme else ''}"
        case "lien":
            return "&affichage=lien"
    return ""


def _theme(request: Request) -> str | None:
    asked = request.query_params.get("theme")
    return asked if asked in ("clair", "sombre") else None


def _cadre(request: Request, form: Form) -> dict[str, object] | None:
    """What a page in a frame needs to speak with the page around it; None when it stands alone."""
    if _affichage(request) != "cadre":
        return None
    parts = parts_of(request)
    script = f"{parts.settings.base_path}/w/{parts.releases.newest}/cadre.js"
    origines = " ".join((*form.bouton.origines, parts.origin))
    dialogue = request.query_params["cadre"] == "dialogue"
    return {
        "script": script,
        "origines": origines,
        "dialogue": dialogue,
        "theme": _theme(request),
    }


def _vigie(parts: Parts, questionnaire: Questionnaire, textes: Textes) -> dict[str, object] | None:
    """The script that warns as one types a comment, and what it needs to know; None without one.

    In the page, and not beside it: that is one request less, of bytes the policy names.
    """
    if questionnaire.commentaire is None:
        return None
    script = parts.releases.file(parts.releases.newest, "page.js")
    said = {name: texte for name, texte in textes.items() if name.startswith("alerte")}
    return {
        "script": script.content.decode(),
        "integrity": script.integrity,
        "donnees": {"alertes": parts.alertes, "textes": said},
    }


def form_fields(body: bytes) -> dict[str, str]:
    """The fields of a posted form; the last one of a name counts."""
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        pairs = []
    return dict(pairs)


async def _asked(parts: Parts, fields: Mapping[str, str]) -> Questionnaire | None:
    """The questions that a posted form has shown, which may have been replaced since."""
    return (await parts.catalogue.get()).questionnaires.get(fields.get("questionnaire", ""))


def _avis_body(
    fields: Mapping[str, str],
    bouton: Bouton,
    langue: str,
    open_ms: int,
    asked: Questionnaire | None,
) -> AvisBody:
    """The posted fields as a widget would have sent them.

    `etape` grows with the seconds since the form was opened: after « Back », a corrected avis
    replaces the one sent before, and nobody has to remember which came first.
    """
    notes = {
        name.removeprefix("note."): _level(value)
        for name, value in fields.items()
        if name.startswith("note.")
    }
    ticked = ticked_in(fields)
    if asked is not None:
        notes = shown(asked, ticked, notes)
    body = {
        "cle": fields.get("cle", ""),
        "etape": _etape(open_ms // 1000),
        "bouton": bouton.code,
        "questionnaire": fields.get("questionnaire", ""),
        "notes": notes,
        "choix": ticked,
        "verbatim": clean(fields.get("verbatim", "")),
        "langue": langue,
        "jeton": fields.get("jeton", ""),
        "site_web": fields.get("site_web", ""),
    }
    if contact := _contact(fields):
        body["contact"] = contact
    return cast(AvisBody, body)


def _contact(fields: Mapping[str, str]) -> dict[str, object] | None:
    """What was said of an address: one that is typed without consent is refused, and so is consent
    without an address. Neither is nothing."""
    courriel, accord = fields.get(COURRIEL, "").strip(), ACCORD in fields
    return {"courriel": courriel, "accord": accord} if courriel or accord else None


def _etape(open_seconds: int) -> int:
    """What grows while a form is open. Once our clock goes back, it goes on from far above."""
    seconds = open_seconds if open_seconds >= 0 else max(MAX_ETAPE + open_seconds, 0)
    return min(seconds + 1, MAX_ETAPE)


def _level(value: str) -> int | str:
    return int(value) if value.isdecimal() and len(value) <= MAX_DIGITS else value


def _form_page(
    request: Request, form: Form, fields: Mapping[str, str], refusal: Refusal | None = None
) -> Response:
    """The form with what was typed, and what a refusal has to say about it."""
    parts = parts_of(request)
    langue = form.langue_for(request)
    textes = parts.texts[langue]
    fautes = _fautes(refusal, form.questionnaire)
    seules = together(fields, form.questionnaire) if isinstance(refusal, Invalid) else {}
    # A form keeps its jeton as long as it can: `etape` grows from it, and a state posted from a
    # newer one would look older than what it corrects.
    jeton = fields.get("jeton")
    if jeton is None or isinstance(refusal, JetonExpired):
        jeton = parts.jetons.sign(form.bouton.code, parts.clock.now().ms)
    context = {
        "langue": langue,
        "autres_langues": {
            each: parts.texts[each]["nom_langue"] for each in form.langues if each != langue
        },
        "textes": textes,
        "mots": parts.texts.contact(langue),
        "mois_contact": parts.settings.keep_contacts,
        "bouton": form.bouton,
        "demarche": form.demarche,
        "questionnaire": form.questionnaire,
        "saisie": fields,
        "cle": fields.get("cle", ""),
        "jeton": jeton,
        "longueur": MAX_VERBATIM,
        "fautes": fautes,
        "seules": seules,
        "suite": _kept(request),
        "cadre": _cadre(request, form),
        "vigie": _vigie(parts, form.questionnaire, textes),
        "titre": _title(refusal, fautes, seules, parts.texts, langue),
        "message": None if fautes or seules else _message(refusal, textes, langue),
    }
    status = refusal.status if refusal else 200
    return page(request, "formulaire.html", context, status, _KEPT_BY_BROWSER, form.bouton.origines)


def _fautes(refusal: Refusal | None, questionnaire: Questionnaire) -> set[str]:
    """Names of the fields of the page that are at fault."""
    if refusal is None:
        return set()
    named = {faute.champ.replace("notes.", "note.", 1) for faute in refusal.fautes()}
    asked = {COURRIEL, ACCORD} if questionnaire.contact else set()
    return named & {"verbatim", *asked, *(f"note.{d.code}" for d in questionnaire.dimensions)}


def _title(
    refusal: Refusal | None,
    fautes: set[str],
    seules: Collection[str],
    texts: Texts,
    langue: str,
) -> str | None:
    """What the title of a page that comes back begins with, so that it is heard first."""
    textes = texts[langue]
    if refusal is None:
        return None
    if fautes - {"verbatim", COURRIEL, ACCORD}:
        return textes["erreur_titre"]
    if seules:
        return textes["erreur_seule_titre"]
    if "verbatim" in fautes:
        return textes["erreur_verbatim_titre"]
    if fautes:
        return texts.contact(langue)["erreur_titre"]
    return refusal.title.get(langue) or textes["echec_titre"]


def _message(refusal: Refusal | None, textes: Textes, langue: str) -> object:
    """What a refusal says; where it does not speak the language, what the form can say of any."""
    if refusal is None:
        return None
    if langue in refusal.detail:
        return refusal.problem(langue)["detail"]
    return f"{textes['echec_titre']} {textes['echec_serveur']}"


def _in_language(questionnaire: Questionnaire, langue: str) -> dict[str, object]:
    """The questions in one language, as `schemas/formulaire.v1.json` has them."""
    commentaire = questionnaire.commentaire
    return {
        "id": questionnaire.id,
        "dimensions": [
            {
                "code": dimension.code,
                "question": in_language(dimension.question, langue),
                "niveaux": [in_language(niveau, langue) for niveau in dimension.niveaux],
                "obligatoire": dimension.obligatoire,
                "dessin": dimension.dessin,
            }
            for dimension in questionnaire.dimensions
        ],
        "commentaire": commentaire
        and {
            "question": in_language(commentaire.question, langue),
            "aide": in_language(commentaire.aide, langue),
            "longueur": MAX_VERBATIM,
        },
    }
