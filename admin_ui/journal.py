"""The journal: who did what, when; as a page, and as a file."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, time
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from admin_ui.gate import store_of
from admin_ui.noting import note_agent
from admin_ui.rendering import HEADERS, page
from collector.domain import PARIS
from collector.errors import BadFilter, Faute, UnknownFormat
from collector.formats import FORMATS, Field, Table
from collector.formats import Page as Rows
from collector.parts import parts_of
from collector.periode import parse_jour
from collector.requested import check_names
from collector.store.access import Line, Wanted

LINES = 100  # of a page
FILE_LINES = 2_000
FILTERS = ("qui", "action", "du", "au")
FILES = ("csv", "excel.csv", "ndjson")
TABLE = Table(
    "journal",
    "Journal",
    "Qui a fait quoi, et quand.",
    (
        Field("numero", "integer", "Numéro"),
        Field("le", "datetime", "Le"),
        Field("qui", "string", "Qui"),
        Field("action", "string", "Action"),
        Field("sur", "string", "Détails"),
    ),
)

# What the journal's own words mean; one that is not here is shown as it is.
ACTIONS: Mapping[str, str] = {
    "connexion": "s’est connecté",
    "connexion_refusee": "connexion refusée",
    "deconnexion": "s’est déconnecté",
    "telechargement": "téléchargement",
    "import": "importation",
    "jeton_cree": "jeton créé",
    "jeton_revoque": "jeton révoqué",
    "compte_invite": "compte ouvert",
    "compte_ferme": "compte fermé",
    "compte_rouvert": "compte rouvert",
    "droit_donne": "droit donné",
    "droit_retire": "droit retiré",
    "lien_fait": "lien fait",
    "lien_demande": "lien demandé",
    "mot_de_passe_choisi": "mot de passe choisi",
    "mot_de_passe_change": "mot de passe changé",
    "courriel_demande": "changement d’adresse demandé",
    "courriel_change": "adresse changée",
    "codes_actifs": "codes à usage unique activés",
    "codes_retires": "codes à usage unique retirés",
    "identite_liee": "compte lié à un fournisseur d’identité",
    "identite_deliee": "compte délié de son fournisseur d’identité",
    "session_fermee": "session fermée",
    "sessions_fermees": "sessions fermées",
    "journal_telecharge": "journal téléchargé",
}


async def get_journal(request: Request) -> Response:
    query, store = request.query_params, store_of(request)
    wanted, before = read_wanted(request, "fait", "avant")
    lines = await store.journal_page(wanted, before, LINES + 1)
    kept = {name: query[name] for name in FILTERS if query.get(name)}
    older = {**kept, "avant": str(lines[LINES - 1].id)} if len(lines) > LINES else None
    context = {
        "lignes": [(line, _details(line)) for line in lines[:LINES]],
        "noms": {f"compte {each.id}": each.nom or each.courriel for each in await store.comptes()},
        "actions": ACTIONS,
        "connues": await store.journal_actions(),
        "saisie": {name: query.get(name, "") for name in FILTERS},
        "plus_anciennes": older and urlencode(older),
        "fichiers_de": {each: f"{each}?{urlencode(kept)}" for each in FILES},
    }
    return page(request, "journal.html", context)


async def get_journal_file(request: Request) -> Response:
    """The lines wanted as a file, streamed by pages; what fails breaks the transfer."""
    wanted, _ = read_wanted(request)
    extension = request.path_params["format"]
    format = next((f for f in FORMATS.values() if f.extension == extension), None)
    if format is None or extension not in FILES:
        raise UnknownFormat(format=extension, connus=" | ".join(FILES))
    await note_agent(request, "journal_telecharge")
    jour = parts_of(request).clock.now().jour_iso
    name = f"journal_fait-le_{jour}.{extension}"
    headers = {
        **HEADERS,
        "content-type": format.content_type,
        "content-disposition": f'attachment; filename="{name}"',
    }
    content = format.write(TABLE, _pages(request, wanted))
    return StreamingResponse(content, headers=headers)


async def _pages(request: Request, wanted: Wanted) -> AsyncGenerator[Rows, None]:
    store, before = store_of(request), None
    while lines := await store.journal_page(wanted, before, FILE_LINES):
        yield [(line.id, *line.entree[:3], json.dumps(line.entree.sur, ensure_ascii=False))
               for line in lines]  # fmt: skip
        before = lines[-1].id


def read_wanted(request: Request, *others: str) -> tuple[Wanted, int | None]:
    """What an address asks of the journal; days are those of Paris, both included. Raises
    BadFilter."""
    query = request.query_params
    check_names(query.multi_items(), {*FILTERS, *others})
    before = query.get("avant", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 10):
        raise BadFilter(Faute("avant", before, {"fr": "un numéro", "en": "a number"}))
    wanted = Wanted(
        qui=query.get("qui") or None,
        action=query.get("action") or None,
        du=_bound(query.get("du", ""), "du", time.min),
        au=_bound(query.get("au", ""), "au", time.max) or "~",
    )
    return wanted, int(before) if before else None


def _bound(text: str, champ: str, at: time) -> str:
    """The first or the last instant of a day in Paris, in UTC; empty without one."""
    if not text:
        return ""
    try:
        jour = parse_jour(text)
    except ValueError:
        wanted = {"fr": "un jour AAAA-MM-JJ", "en": "a day YYYY-MM-DD"}
        raise BadFilter(Faute(champ, text, wanted)) from None
    moment = datetime.combine(jour, at, PARIS).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _details(line: Line) -> str:
    return ", ".join(f"{name} : {_said(value)}" for name, value in line.entree.sur.items())


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "rien"
    return "rien" if value is None else str(value)
