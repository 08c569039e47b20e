"""`jdma purge`: what is too old, told or deleted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import typer

from collector.clock import Clock
from collector.commands.common import AsJson, Database, fail, print_json, progress, say, settings_of
from collector.commands.jeton import OPERATOR
from collector.domain import Demarche
from collector.privacy.purge import OF_NO_DEMARCHE, Pace, first_kept, kept_months, purge
from collector.serve import check_migrated, opened
from collector.store.contract import Genre, Purge, Store
from collector.wording import jour

ALL = 2**31 - 1
_WORDS: Mapping[Genre, str] = {
    "commentaires": "commentaire(s)",
    "avis": "avis",
    "contacts": "adresse(s)",
    "journal": "ligne(s) du journal",
    "comptes": "compte(s) fermé(s)",
}

Old = Mapping[Genre, Mapping[int, int]]


def purge_command(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Dire ce qui serait effacé, sans rien changer.")
    ] = False,
    moins_longtemps: Annotated[
        bool,
        typer.Option("--moins-longtemps", help="Garder moins de mois que la dernière fois."),
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Effacer ce qui a dépassé sa durée de garde : les commentaires après JDMA_KEEP_COMMENTS mois,
    les adresses laissées après JDMA_KEEP_CONTACTS, les avis après JDMA_KEEP_AVIS, le journal après
    JDMA_KEEP_JOURNAL, à qui était un compte fermé après JDMA_KEEP_COMPTES ; les compteurs restent.
    Le serveur le fait chaque jour : ceci montre ce qu’il fera, ou le fait à côté de lui, par petits
    lots.

    Exemple : jdma purge --dry-run --database sqlite:///avis.db
    """
    settings = settings_of(database)
    garde = kept_months(settings)
    clock = Clock()
    first = first_kept(garde, clock.now().jour)

    async def work() -> None:
        async with opened(settings) as store:
            await check_migrated(store)
            old = await store.count_old(first, ALL)
            if dry_run:
                demarches = (await store.load_catalogue()).demarches
                _show(old, demarches, garde, first, as_json)
                return
            if settings.sqlite_path is None:
                await store.claim()  # beside servers, and not beside a copy or an import
            if not moins_longtemps:
                await _refuse_to_keep_less(store, garde)
            await _delete(store, old, garde, clock, as_json)

    if settings.sqlite_path and not settings.sqlite_path.exists():
        fail(f"{settings.sqlite_path} n’existe pas.")
    asyncio.run(work())


async def _refuse_to_keep_less(store: Store, garde: Mapping[Genre, int]) -> None:
    """A server is told its months where it runs; a command in another place may have none of it,
    and what it deletes does not come back."""
    for last in await store.purges(1):
        for genre, months in last.garde.items():
            if garde[genre] < months:
                fail(
                    f"{_WORDS[genre]} : {months} mois étaient gardés la dernière fois "
                    f"({last.par}), ici {garde[genre]}. Donnez le réglage du serveur, ou "
                    "--moins-longtemps si c’est voulu."
                )


async def _delete(
    store: Store, old: Old, garde: Mapping[Genre, int], clock: Clock, as_json: bool
) -> None:
    started = time.monotonic()
    with progress() as bar:
        total = sum(sum(counts.values()) for counts in old.values())
        task = bar.add_task("Effacement", total=total)
        pace = Pace(lambda _, n: bar.advance(task, n))
        done = await purge(store, garde, clock, OPERATOR, pace)
    if done is None:
        fail("Un serveur, ou une autre commande, est en train d’effacer : réessayez plus tard.")
    _say(done, time.monotonic() - started, as_json)


def _say(done: Purge, seconds: float, as_json: bool) -> None:
    if as_json:
        print_json({"effaces": dict(done.effaces), "secondes": round(seconds, 3)})
        return
    said = ", ".join(f"{n} {_WORDS[genre]}" for genre, n in done.effaces.items())
    shown = f"{seconds:.1f}".replace(".", ",")
    say(f"Effacés pour de bon : {said}, en {shown} s. Les compteurs restent.")
    say("Les sauvegardes faites avant les contiennent encore.")


def _show(
    old: Old,
    demarches: Mapping[int, Demarche],
    garde: Mapping[Genre, int],
    first: Mapping[Genre, str],
    as_json: bool,
) -> None:
    by_demarche = {genre: old[genre] for genre in old if genre not in OF_NO_DEMARCHE}
    ids = sorted({id for counts in by_demarche.values() for id in counts})
    rows = {
        demarches[id].slug: {genre: counts.get(id, 0) for genre, counts in by_demarche.items()}
        for id in ids
    }
    total = {genre: sum(counts.values()) for genre, counts in old.items()}
    if as_json:
        rules = {genre: {"mois": garde[genre], "depuis": first[genre]} for genre in garde}
        print_json({"garde": rules, "a_effacer": rows, "total": total})
        return
    for genre, day in first.items():
        since = jour(date.fromisoformat(day), "fr")
        say(f"{_WORDS[genre]} : {garde[genre]} mois, gardés depuis le {since} compris.")
    for slug, counts in rows.items():
        say(f"{slug} : {_counted(counts)}")
    say(f"À effacer : {_counted(total)}. Rien n’est changé.")


def _counted(counts: Mapping[Genre, int]) -> str:
    return ", ".join(f"{n} {_WORDS[genre]}" for genre, n in counts.items())
