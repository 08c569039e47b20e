"""Commands for API tokens, and the journal of what was done with them."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from collector.acces import DROITS, Droit, Entree, JetonApi, Portee, empreinte, new_jeton_api
from collector.clock import instant
from collector.commands.catalogue import checked_text, show_rows, with_store
from collector.commands.common import AsJson, Database, fail, settings_of
from collector.domain import Catalogue
from collector.store.contract import Store

jeton_app = typer.Typer(help="Les jetons d’API, pour les programmes.", no_args_is_help=True)

OPERATOR = "ligne de commande"
_MOST_DAYS = 3_650


def now(in_days: int = 0) -> str:
    """The instant, or the same one some days later, as the journal has it."""
    return instant(time.time_ns() // 1_000_000 + in_days * 86_400_000).recu_le


@jeton_app.command("create")
def create_jeton(
    nom: Annotated[str, typer.Argument(help="À quoi il sert, ou à qui.")],
    demarche: Annotated[
        list[str] | None, typer.Option(help="Slug d’une démarche ; répétable.")
    ] = None,
    structure: Annotated[
        list[int] | None,
        typer.Option(help="Numéro d’une structure, avec celles au-dessous ; répétable."),
    ] = None,
    tout: Annotated[bool, typer.Option("--tout", help="Toutes les démarches.")] = False,
    verbatims: Annotated[
        bool, typer.Option("--verbatims", help="Donner aussi les commentaires.")
    ] = False,
    deposer: Annotated[
        bool, typer.Option("--deposer", help="Permettre aussi d’envoyer des avis.")
    ] = False,
    jours: Annotated[int, typer.Option(help="Durée de validité, en jours.")] = 365,
    database: Database = None,
) -> None:
    """Faire un jeton d’API ; il n’est affiché qu’une fois.

    Exemple : jdma jeton create "Tableau de bord" --demarche carte-grise --verbatims
    """
    nom = checked_text("nom", nom)
    if not 1 <= jours <= _MOST_DAYS:
        fail(f"jours « {jours} » : il faut de 1 à {_MOST_DAYS}.")
    if not (tout or demarche or structure):
        fail("ce jeton ne verrait rien : il faut --demarche, --structure ou --tout.")
    text = new_jeton_api()
    chosen: dict[Droit, bool] = {"lire": True, "verbatims": verbatims, "deposer": deposer}
    droits = frozenset(droit for droit in DROITS if chosen[droit])

    async def work(store: Store, catalogue: Catalogue) -> None:
        portee = Portee(tout, _structures(catalogue, structure), _demarches(catalogue, demarche))
        made = JetonApi(0, nom, portee, droits, now(), now(jours))
        id = await store.add_jeton(made, empreinte(text))
        sur = {"jeton": id, "nom": nom, "droits": sorted(droits), "jours": jours}
        await store.add_entree(Entree(now(), OPERATOR, "jeton_cree", sur))

    with_store(settings_of(database), work)
    print(text)
    typer.echo("Gardez-le maintenant : il ne sera plus jamais affiché.", err=True)


@jeton_app.command("list")
def list_jetons(database: Database = None, as_json: AsJson = False) -> None:
    """Lister les jetons d’API, avec leur dernier usage.

    Exemple : jdma jeton list
    """

    async def work(store: Store, catalogue: Catalogue) -> list[dict[str, object]]:
        return [_row(jeton, catalogue) for jeton in await store.jetons()]

    show_rows(with_store(settings_of(database), work), as_json, "Aucun jeton d’API.")


@jeton_app.command("revoke")
def revoke_jeton(
    numero: Annotated[int, typer.Argument(help="Numéro du jeton.")], database: Database = None
) -> None:
    """Révoquer un jeton d’API : il ne vaut plus rien, tout de suite.

    Exemple : jdma jeton revoke 3
    """

    async def work(store: Store, _: Catalogue) -> bool:
        if not await store.revoke_jeton(numero, now()):
            return False
        await store.add_entree(Entree(now(), OPERATOR, "jeton_revoque", {"jeton": numero}))
        return True

    if not with_store(settings_of(database), work):
        fail(f"aucun jeton valable n’a le numéro {numero} ; voyez « jdma jeton list ».")
    print(f"Jeton {numero} révoqué.")


def show_journal(
    limite: Annotated[int, typer.Option(min=1, help="Nombre de lignes, les plus récentes.")] = 50,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Lire le journal : téléchargements, jetons, importations ; qui, quand, quoi.

    Exemple : jdma journal --limite 20
    """

    async def work(store: Store, _: Catalogue) -> list[dict[str, object]]:
        return [entree._asdict() for entree in await store.journal(limite)]

    rows = with_store(settings_of(database), work)
    if not as_json:
        rows = [{**row, "sur": json.dumps(row["sur"], ensure_ascii=False)} for row in rows]
    show_rows(rows, as_json, "Le journal est vide.")


def _structures(catalogue: Catalogue, asked: list[int] | None) -> tuple[int, ...]:
    for id in asked or ():
        if id not in catalogue.structures:
            fail(f"aucune structure n’a le numéro {id} ; voyez « jdma structure list ».")
    return tuple(asked or ())


def _demarches(catalogue: Catalogue, asked: list[str] | None) -> tuple[int, ...]:
    found = []
    for slug in asked or ():
        demarche = catalogue.by_slug(slug)
        if demarche is None:
            fail(f"aucune démarche ne s’appelle « {slug} » ; voyez « jdma demarche list ».")
        found.append(demarche.id)
    return tuple(found)


def _row(jeton: JetonApi, catalogue: Catalogue) -> dict[str, object]:
    portee = jeton.portee
    slugs = [catalogue.demarches[id].slug for id in portee.demarches]
    noms = [catalogue.structures[id].nom for id in portee.structures]
    over = jeton.revoque_le or jeton.expire_le
    return {
        "numero": jeton.id,
        "nom": jeton.nom,
        "portee": "tout" if portee.tout else ", ".join(slugs + noms),
        "droits": ", ".join(sorted(jeton.droits)),
        "cree_le": jeton.cree_le,
        "expire_le": jeton.expire_le,
        "vu_le": jeton.vu_le,
        "valable": over > now(),
    }
