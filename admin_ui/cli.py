"""`jdma compte`: the first operator, and the way back in for whoever lost everything."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, get_args

import typer

from admin_ui.connexion.inviting import NAMES, invite, said
from admin_ui.connexion.links import address_of, new_link
from collector.acces import Entree
from collector.clock import Instant, instant
from collector.commands.catalogue import PublicUrl, checked_text, show_rows, with_store
from collector.commands.common import AsJson, Database, fail, settings_of
from collector.commands.jeton import OPERATOR
from collector.comptes import Compte, Droit, Role
from collector.domain import Catalogue
from collector.privacy.contact import COURRIEL
from collector.store.admin import AdminStore
from collector.store.contract import Duplicate, Store

compte_app = typer.Typer(help="Les comptes de l’administration.", no_args_is_help=True)
APPS = {"compte": compte_app}


@compte_app.command("create")
def create_compte(
    courriel: Annotated[str, typer.Argument(help="Adresse électronique.")],
    nom: Annotated[str, typer.Option(help="Nom ; la personne pourra le changer.")] = "",
    role: Annotated[
        str, typer.Option(help="operateur, porteur, analyste ou lecteur.")
    ] = "operateur",
    structure: Annotated[
        int | None, typer.Option(help="Numéro d’une structure, avec celles au-dessous.")
    ] = None,
    demarche: Annotated[str | None, typer.Option(help="Slug d’une démarche.")] = None,
    verbatims: Annotated[
        bool, typer.Option("--verbatims", help="Donner les commentaires à un analyste.")
    ] = False,
    contacts: Annotated[
        bool, typer.Option("--contacts", help="Donner les adresses que des usagers ont laissées.")
    ] = False,
    database: Database = None,
    public_url: PublicUrl = None,
) -> None:
    """Ouvrir un compte ; affiche une fois le lien pour choisir son mot de passe.

    Exemple : jdma compte create camille@exemple.fr --role operateur
    """
    courriel = courriel.strip().casefold()
    if not COURRIEL.fullmatch(courriel):
        fail(f"« {courriel} » : il faut une adresse comme prenom.nom@exemple.fr, sans accent.")
    if role not in get_args(Role):
        fail(f"rôle « {role} » : il faut {' | '.join(NAMES)}.")
    if structure is not None and demarche is not None:
        fail(
            "--structure et --demarche ne vont pas ensemble : un droit porte sur l’une ou l’autre."
        )
    nom = checked_text("nom", nom) if nom else ""
    settings = settings_of(database, public_url)

    async def work(store: Store, catalogue: Catalogue) -> str:
        droit = _droit(catalogue, role, structure, demarche, verbatims)
        droit = replace(droit, contacts=contacts)
        try:
            compte, secret = await invite(_admin(store), courriel, nom, droit, _now())
        except Duplicate:
            fail(f"{courriel} a déjà un compte ; « jdma compte lien {courriel} » le rouvre.")
        sur: dict[str, object] = {"compte": compte.id, "droit": said(droit, catalogue)}
        await store.add_entree(Entree(_now().recu_le, OPERATOR, "compte_invite", sur))
        return secret

    print(address_of(settings.base_url, with_store(settings, work)))
    typer.echo("Ce lien vaut sept jours, une fois ; il ne sera plus affiché.", err=True)


@compte_app.command("lien")
def link_compte(
    courriel: Annotated[str, typer.Argument(help="Adresse électronique du compte.")],
    sans_code: Annotated[
        bool, typer.Option("--sans-code", help="Retirer aussi les codes à usage unique.")
    ] = False,
    database: Database = None,
    public_url: PublicUrl = None,
) -> None:
    """Faire un lien pour choisir un mot de passe, quand il est perdu.

    Exemple : jdma compte lien camille@exemple.fr --sans-code
    """
    settings = settings_of(database, public_url)

    async def work(store: Store, _: Catalogue) -> str:
        admin = _admin(store)
        compte = await _found(admin, courriel)
        if compte.ferme_le:
            fail(f"le compte {courriel} est fermé ; « jdma compte open » le rouvre.")
        if sans_code:
            await admin.set_totp(compte.id, None, [])
        await admin.end_sessions(compte.id)
        sur: dict[str, object] = {"compte": compte.id, "sans_code": sans_code}
        await store.add_entree(Entree(_now().recu_le, OPERATOR, "lien_fait", sur))
        return await new_link(admin, compte, "mot_de_passe", _now())

    print(address_of(settings.base_url, with_store(settings, work)))
    typer.echo("Ce lien vaut une heure, une fois ; il ne sera plus affiché.", err=True)


@compte_app.command("list")
def list_comptes(database: Database = None, as_json: AsJson = False) -> None:
    """Lister les comptes et leurs droits.

    Exemple : jdma compte list
    """

    async def work(store: Store, catalogue: Catalogue) -> list[dict[str, object]]:
        admin = _admin(store)
        droits = await admin.droits()
        return [
            {
                "numero": compte.id,
                "courriel": compte.courriel,
                "nom": compte.nom,
                "droits": ", ".join(
                    said(each, catalogue) for each in droits if each.compte_id == compte.id
                ),
                "vu_le": compte.vu_le,
                "ferme_le": compte.ferme_le,
            }
            for compte in await admin.comptes()
        ]

    nothing = "Aucun compte ; « jdma compte create ADRESSE » en ouvre un."
    show_rows(with_store(settings_of(database), work), as_json, nothing)


@compte_app.command("close")
def close_compte(
    courriel: Annotated[str, typer.Argument(help="Adresse électronique du compte.")],
    database: Database = None,
) -> None:
    """Fermer un compte : ses sessions et ses liens finissent aussitôt.

    Exemple : jdma compte close camille@exemple.fr
    """
    _set_closed(courriel, database, _now().recu_le)
    print(f"Compte {courriel} fermé.")


@compte_app.command("open")
def open_compte(
    courriel: Annotated[str, typer.Argument(help="Adresse électronique du compte.")],
    database: Database = None,
) -> None:
    """Rouvrir un compte fermé.

    Exemple : jdma compte open camille@exemple.fr
    """
    _set_closed(courriel, database, None)
    print(f"Compte {courriel} rouvert.")


def _set_closed(courriel: str, database: str | None, le: str | None) -> None:
    async def work(store: Store, _: Catalogue) -> None:
        admin = _admin(store)
        compte = await _found(admin, courriel)
        await admin.close_compte(compte.id, le)
        action = "compte_ferme" if le else "compte_rouvert"
        entree = Entree(_now().recu_le, OPERATOR, action, {"compte": compte.id})
        await store.add_entree(entree)

    with_store(settings_of(database), work)


def _droit(
    catalogue: Catalogue, role: str, structure: int | None, slug: str | None, verbatims: bool
) -> Droit:
    if structure is not None and structure not in catalogue.structures:
        fail(f"aucune structure n’a le numéro {structure} ; voyez « jdma structure list ».")
    demarche = catalogue.by_slug(slug) if slug is not None else None
    if slug is not None and demarche is None:
        fail(f"aucune démarche ne s’appelle « {slug} » ; voyez « jdma demarche list ».")
    if role == "operateur" and (structure is not None or demarche is not None):
        fail("un opérateur l’est sur tout : sans --structure ni --demarche.")
    id = demarche.id if demarche is not None else None
    return Droit(0, 0, role, structure, id, verbatims, _now().recu_le, OPERATOR)  # type: ignore[arg-type]


async def _found(store: AdminStore, courriel: str) -> Compte:
    compte = await store.compte_of(courriel.strip().casefold())
    if compte is None:
        fail(f"personne n’a de compte à l’adresse {courriel} ; voyez « jdma compte list ».")
    if compte.vide:
        fail(f"{compte.courriel} est vidé : ouvrez-en un autre, « jdma compte create ».")
    return compte


def _admin(store: Store) -> AdminStore:
    assert isinstance(store, AdminStore)  # every engine is one
    return store


def _now() -> Instant:
    return instant(time.time_ns() // 1_000_000)
