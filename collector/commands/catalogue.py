"""Commands for what is configured: structures, démarches, boutons."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from collector.commands.common import AsJson, Database, fail, print_json, settings_of
from collector.config import Settings
from collector.domain import Bouton, Catalogue, Demarche, Structure, new_code
from collector.national.externes import bouton_of, holder
from collector.releases import Releases, snippet
from collector.saisie import (
    read_externe,
    read_langue,
    read_origine,
    read_siret,
    read_slug,
    read_territoire,
    read_texte,
    read_url,
)
from collector.serve import opened, prepare_new
from collector.store.contract import Duplicate, Store

T = TypeVar("T")
Given = TypeVar("Given", str, str | None)

structure_app = typer.Typer(help="Les administrations.", no_args_is_help=True)
demarche_app = typer.Typer(help="Les démarches.", no_args_is_help=True)
bouton_app = typer.Typer(help="Les boutons, à coller dans les pages.", no_args_is_help=True)

_PIPE_WIDTH = 2_000

PublicUrl = Annotated[
    str | None,
    typer.Option(
        "--public-url",
        help="Adresse publique du collecteur, écrite dans l’extrait. JDMA_PUBLIC_URL.",
        show_default=False,
    ),
]


def with_store(settings: Settings, work: Callable[[Store, Catalogue], Awaitable[T]]) -> T:
    """Do something to the store and the catalogue; a server may be running beside it."""

    async def run() -> T:
        async with opened(settings) as store:
            await prepare_new(store)
            return await work(store, await store.load_catalogue())

    return asyncio.run(run())


@structure_app.command("create")
def create_structure(
    nom: Annotated[str, typer.Argument(help="Nom de l’administration.")],
    siret: Annotated[str | None, typer.Option(help="Ses 14 chiffres.")] = None,
    parent: Annotated[int | None, typer.Option(help="Numéro de la structure au-dessus.")] = None,
    territoire: Annotated[str | None, typer.Option(help="Code INSEE, en texte.")] = None,
    database: Database = None,
) -> None:
    """Ajouter une structure ; affiche son numéro.

    Exemple : jdma structure create "Ville de Montclair"
    """
    nom = checked_text("nom", nom)
    siret = _checked("siret", read_siret, siret)
    territoire = _checked("territoire", read_territoire, territoire)

    async def work(store: Store, catalogue: Catalogue) -> int:
        if parent is not None and parent not in catalogue.structures:
            fail(f"aucune structure n’a le numéro {parent} ; voyez « jdma structure list ».")
        try:
            return await store.add_structure(Structure(0, nom, siret, parent, territoire))
        except Duplicate:
            fail(f"une structure s’appelle déjà « {nom} ».")

    print(with_store(settings_of(database), work))


@structure_app.command("list")
def list_structures(database: Database = None, as_json: AsJson = False) -> None:
    """Lister les structures.

    Exemple : jdma structure list --json
    """
    catalogue = _catalogue(database)
    rows = [
        {
            "id": s.id,
            "nom": s.nom,
            "siret": s.siret,
            "parent": s.parent,
            "territoire": s.territoire,
        }
        for s in catalogue.structures.values()
    ]
    show_rows(rows, as_json, "Aucune structure. Ajoutez-en une : jdma structure create NOM")


@demarche_app.command("create")
def create_demarche(
    slug: Annotated[str, typer.Argument(help="Nom court, dans les adresses : carte-grise.")],
    titre: Annotated[str, typer.Argument(help="Titre que voient les usagers.")],
    structure: Annotated[int, typer.Option(help="Numéro de la structure.")],
    questionnaire: Annotated[str, typer.Option(help="Questionnaire posé.")] = "standard-1",
    url: Annotated[str | None, typer.Option(help="Adresse de la démarche.")] = None,
    langue: Annotated[str, typer.Option(help="Langue du titre.")] = "fr",
    publique: Annotated[bool, typer.Option("--publique", help="Publier ses résultats.")] = False,
    externe: Annotated[
        list[str] | None,
        typer.Option(help="Son numéro dans l’adresse du bouton national ; répétable."),
    ] = None,
    database: Database = None,
) -> None:
    """Ajouter une démarche.

    Exemple : jdma demarche create carte-grise "Obtenir une carte grise" --structure 1 --publique
    """
    _checked("slug", read_slug, slug)
    titre = checked_text("titre", titre)
    _checked("langue", read_langue, langue)
    _checked("url", read_url, url)
    externes = tuple(_checked("externe", read_externe, each) for each in externe or ())

    async def work(store: Store, catalogue: Catalogue) -> int:
        if structure not in catalogue.structures:
            fail(f"aucune structure n’a le numéro {structure} ; voyez « jdma structure list ».")
        if questionnaire not in catalogue.questionnaires:
            known = ", ".join(sorted(catalogue.questionnaires))
            fail(f"questionnaire « {questionnaire} » : il faut l’un de {known}.")
        if taken := holder(catalogue, externes):
            fail(f"le numéro « {taken[0]} » est déjà celui de la démarche « {taken[1].slug} ».")
        words = (slug, titre, structure, questionnaire, url, langue, publique)
        try:
            return await store.add_demarche(Demarche(0, *words, externes=externes))
        except Duplicate:
            fail(f"une démarche s’appelle déjà « {slug} ».")

    with_store(settings_of(database), work)
    print(f"Démarche « {slug} » ajoutée. Ensuite : jdma bouton create {slug} --origine https://…")


@demarche_app.command("list")
def list_demarches(database: Database = None, as_json: AsJson = False) -> None:
    """Lister les démarches.

    Exemple : jdma demarche list
    """
    catalogue = _catalogue(database)
    rows = [
        {
            "slug": d.slug,
            "titre": d.titre,
            "structure": catalogue.structures[d.structure_id].nom,
            "questionnaire": d.questionnaire,
            "publique": d.publique,
        }
        for d in catalogue.demarches.values()
    ]
    show_rows(rows, as_json, "Aucune démarche. Ajoutez-en une : jdma demarche create --help")


@bouton_app.command("create")
def create_bouton(
    demarche: Annotated[str, typer.Argument(help="Slug de la démarche.")],
    libelle: Annotated[str, typer.Option(help="À quoi le reconnaître.")] = "Fin de démarche",
    origine: Annotated[
        list[str] | None,
        typer.Option(help="Site autorisé, par exemple https://www.exemple.fr ; répétable."),
    ] = None,
    territoire: Annotated[str | None, typer.Option(help="Code INSEE, en texte.")] = None,
    externe: Annotated[
        str | None, typer.Option(help="Son numéro (button=…) dans l’adresse du bouton national.")
    ] = None,
    database: Database = None,
    public_url: PublicUrl = None,
) -> None:
    """Ajouter un bouton ; affiche les deux lignes à coller.

    Exemple : jdma bouton create carte-grise --origine https://www.exemple.fr
    """
    settings = settings_of(database, public_url)
    libelle = checked_text("libelle", libelle)
    origines = tuple(_checked("origine", read_origine, each) for each in origine or ())
    externe = _checked("externe", read_externe, externe)
    territoire = _checked("territoire", read_territoire, territoire)

    async def work(store: Store, catalogue: Catalogue) -> str:
        found = catalogue.by_slug(demarche)
        if found is None:
            fail(f"aucune démarche ne s’appelle « {demarche} » ; voyez « jdma demarche list ».")
        if externe and (other := bouton_of(catalogue, found.id, externe)):
            fail(f"le numéro « {externe} » est déjà celui du bouton « {other.code} ».")
        made = Bouton(new_code(), found.id, libelle, "dialogue", origines, territoire)
        await store.add_bouton(replace(made, externe=externe))
        return made.code

    print(snippet(settings.base_url, Releases(), with_store(settings, work)))
    if not origines:
        typer.echo(
            "Aucune origine : seul le lien marchera. Pour la fenêtre sur votre site, "
            "ajoutez --origine https://votre-site.",
            err=True,
        )


@bouton_app.command("show")
def show_bouton(
    code: Annotated[str, typer.Argument(help="Code du bouton.")],
    database: Database = None,
    public_url: PublicUrl = None,
) -> None:
    """Afficher de nouveau les deux lignes à coller.

    Exemple : jdma bouton show k7f3q2
    """
    if code not in _catalogue(database).boutons:
        fail(f"aucun bouton n’a le code « {code} ».")
    print(snippet(settings_of(database, public_url).base_url, Releases(), code))


@bouton_app.command("list")
def list_boutons(database: Database = None, as_json: AsJson = False) -> None:
    """Lister les boutons.

    Exemple : jdma bouton list
    """
    catalogue = _catalogue(database)
    rows = [
        {
            "code": b.code,
            "demarche": catalogue.demarches[b.demarche_id].slug,
            "libelle": b.libelle,
            "origines": " ".join(b.origines),
            "ouvert": b.ouvert,
        }
        for b in catalogue.boutons.values()
    ]
    show_rows(rows, as_json, "Aucun bouton. Ajoutez-en un : jdma bouton create --help")


@bouton_app.command("close")
def close_bouton(
    code: Annotated[str, typer.Argument(help="Code du bouton.")], database: Database = None
) -> None:
    """Fermer un bouton : ses avis restent, il n’en reçoit plus.

    Exemple : jdma bouton close k7f3q2
    """
    _set_ouvert(code, False, database)


@bouton_app.command("open")
def open_bouton(
    code: Annotated[str, typer.Argument(help="Code du bouton.")], database: Database = None
) -> None:
    """Rouvrir un bouton.

    Exemple : jdma bouton open k7f3q2
    """
    _set_ouvert(code, True, database)


def _set_ouvert(code: str, ouvert: bool, database: str | None) -> None:
    async def work(store: Store, _: Catalogue) -> bool:
        return await store.set_bouton_ouvert(code, ouvert)

    if not with_store(settings_of(database), work):
        fail(f"aucun bouton n’a le code « {code} ».")
    print(f"Bouton « {code} » {'ouvert' if ouvert else 'fermé'}.")


def _catalogue(database: str | None) -> Catalogue:
    async def work(_: Store, catalogue: Catalogue) -> Catalogue:
        return catalogue

    return with_store(settings_of(database), work)


def checked_text(champ: str, text: str) -> str:
    try:
        return read_texte(text)
    except ValueError as error:
        fail(f"{champ} : {error}")


def _checked(champ: str, read: Callable[[str], str], given: Given) -> Given:
    """What was given, as it is kept; nothing when nothing was."""
    if given is None:
        return given
    try:
        return read(given)
    except ValueError as error:
        fail(f"{champ} « {given} » : {error}")


def show_rows(rows: Sequence[Mapping[str, object]], as_json: bool, empty: str) -> None:
    if as_json:
        print_json(rows)
        return
    if not rows:
        print(empty)
        return
    table = Table(box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    # A pipe has no width: nothing is cut that the next command may need.
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(table)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return "" if value is None else str(value)
