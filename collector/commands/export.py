"""`jdma export` and `jdma import`: a folder out of one store, and into another."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from collector.acces import DROITS, Entree
from collector.asked.requested import Query, noted, parse_selection
from collector.commands.common import AsJson, Database, fail, print_json, progress, say, settings_of
from collector.commands.jeton import OPERATOR, now
from collector.commands.reprise import EXPORT, REFUSER, Demande, reprise_command
from collector.errors import Refusal
from collector.exchange.bringing_in import bring_in, lines, source_of
from collector.exchange.folder import Exported, export
from collector.exports import avis_rows
from collector.formats import FORMATS, MissingLibrary
from collector.formats.reading import FileRefused
from collector.gate import Acces
from collector.parse import Schema
from collector.serve import check_migrated, opened, prepare_new
from collector.store.contract import Brought, Store


def export_command(
    dossier: Annotated[Path, typer.Argument(help="Dossier à écrire ; il ne doit pas exister.")],
    filtre: Annotated[
        list[str] | None,
        typer.Option(help="Comme dans une adresse : demarche=carte-grise ; répétable."),
    ] = None,
    format: Annotated[str, typer.Option(help=" | ".join(FORMATS))] = "csv",
    sans_verbatims: Annotated[
        bool, typer.Option("--sans-verbatims", help="Laisser les commentaires.")
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Écrire les avis, les ouvertures et ce qui est configuré dans un dossier, pour les lire
    ailleurs ou les importer dans une autre base.

    Exemple : jdma export sortie --filtre demarche=carte-grise --filtre du=2026-01-01

    Exemple : jdma export tout --format parquet
    """
    if format not in FORMATS:
        fail(f"format « {format} » : il faut l’un de {', '.join(FORMATS)}.")
    if dossier.exists():
        fail(f"{dossier} existe déjà : donnez le nom d’un dossier à créer.")
    query = [_pair(each) for each in filtre or ()]

    async def work() -> Exported:
        async with opened(settings_of(database)) as store:
            await check_migrated(store)
            return await _export(store, query, format, not sans_verbatims, dossier)

    try:
        done = asyncio.run(work())
    except (Refusal, MissingLibrary, OSError) as error:
        fail(_sentence(error))
    if as_json:
        print_json(asdict(done))
    else:
        say(f"{done.avis} avis de {done.demarches} démarche(s) écrits dans {dossier}.")


def import_command(
    source: Annotated[
        Path,
        typer.Argument(
            help="Dossier de « jdma export », fichier avis.csv ou .ndjson, ou --format."
        ),
    ],
    format: Annotated[
        str,
        typer.Option(help="export | jdma (export du bouton national) | csv (tout autre service)."),
    ] = EXPORT,
    demarche: Annotated[
        str | None, typer.Option(help="jdma et csv : slug de la démarche qui les reçoit.")
    ] = None,
    questionnaire: Annotated[
        str, typer.Option(help="csv : à quelles questions ils répondent.")
    ] = "standard-1",
    lien: Annotated[
        list[str] | None,
        typer.Option(help="jdma et csv : « Nom du lien=code » d’un bouton ; répétable."),
    ] = None,
    boutons: Annotated[
        str, typer.Option(help="Lien sans bouton de ce nom : refuser, ou creer.")
    ] = REFUSER,
    colonne: Annotated[
        list[str] | None,
        typer.Option(help="Ce qu’est une colonne : « date=Created At » ; répétable."),
    ] = None,
    valeur: Annotated[
        list[str] | None,
        typer.Option(help="Ce qu’est une réponse : « satisfaction:thumbs up=3 » ; répétable."),
    ] = None,
    fuseau: Annotated[
        str, typer.Option(help="Heure des dates sans décalage : Europe/Paris | UTC.")
    ] = "Europe/Paris",
    laisser: Annotated[
        bool,
        typer.Option("--laisser", help="Importer quand même, sans ce qui n’a pas de place."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tout vérifier, ne rien changer.")
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Importer des avis : tous ceux du fichier, ou aucun et le numéro de la ligne fautive. Une
    seconde fois ne change rien. Le collecteur est arrêté pendant ce temps.

    Exemple : jdma import sortie --database sqlite:///avis.db

    Exemple : jdma import avis.csv --dry-run

    Exemple : jdma import export-jdma.xlsx --format jdma --demarche carte-grise --dry-run
    """
    if format != EXPORT:
        demande = Demande(
            source, format, demarche or "", questionnaire, tuple(lien or ()), boutons,
            tuple(colonne or ()), tuple(valeur or ()), fuseau, laisser,
        )  # fmt: skip
        reprise_command(demande, dry_run, database, as_json)
        return

    async def work() -> Brought:
        found = source_of(source)
        async with opened(settings_of(database)) as store:
            await store.claim_alone()
            await prepare_new(store)
            with progress() as bar:
                task = bar.add_task("Lignes", total=lines(found))
                schema = Schema("avis.v1.json")
                done = await bring_in(store, found, schema, dry_run, lambda n: bar.advance(task, n))
            if not dry_run:
                sur = {"source": source.name, **done._asdict()}
                await store.add_entree(Entree(now(), OPERATOR, "import", sur))
            return done

    try:
        done = asyncio.run(work())
    except FileRefused as error:
        fail(f"{error} Aucun avis n’est importé.")
    except OSError as error:
        fail(f"{source} ne se lit pas : {error.strerror}.")
    if as_json:
        print_json(done._asdict())
    elif dry_run:
        say(f"{done.added} avis vérifiés ; rien n’est changé.")
    else:
        say(f"{done.added} avis importés, {done.known} y étaient déjà.")
        if done.past:
            say(
                f"{done.past} laissés : des avis de leur jour ont été effacés ici, dont les "
                "compteurs restent ; rien ne dit s’ils en étaient."
            )


async def _export(
    store: Store, query: Query, format: str, verbatims: bool, folder: Path
) -> Exported:
    catalogue = await store.load_catalogue()
    droits = frozenset(DROITS if verbatims else DROITS[:1])
    acces = Acces(OPERATOR, OPERATOR, droits, catalogue.demarches, catalogue)
    # Everything, what is set aside too, unless the filter says otherwise.
    everything = [] if any(name == "statut" for name, _ in query) else [("statut", "tous")]
    selection = parse_selection([*query, *everything], catalogue, catalogue.demarches)
    rows = await avis_rows(store, acces, selection)
    sur = {"dossier": folder.name, "filtre": noted(query)}
    await store.add_entree(Entree(now(), OPERATOR, "export", {**sur, "verbatims": verbatims}))
    with progress() as bar:
        task = bar.add_task("Avis", total=await store.total())
        advance = lambda n: bar.advance(task, n)  # noqa: E731
        return await export(
            store, catalogue, selection, rows, FORMATS[format], folder, now(), advance
        )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        fail(f"filtre « {text} » : il faut nom=valeur, comme demarche=carte-grise.")
    return name, value


def _sentence(error: Exception) -> str:
    """What a refusal says, in one sentence of a terminal."""
    if not isinstance(error, Refusal):
        return str(error)
    fautes = [f"{f.champ} « {f.valeur} » : il faut {f.attendu['fr']}." for f in error.fautes()]
    return " ".join(fautes) or str(error.problem("fr")["detail"])
