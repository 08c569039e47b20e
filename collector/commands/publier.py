"""The command that writes public figures as open data."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from collector import serve
from collector.clock import Clock
from collector.commands.common import AsJson, Database, print_json, progress, say, settings_of
from collector.exchange.swap import replacing
from collector.open_data import publier
from collector.open_data.publier import Counted, Tell
from collector.serve import opened


def publier_command(
    dest: Annotated[Path, typer.Argument(help="Dossier de la publication, remplacé en entier.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Écrire les chiffres publics de toutes les démarches publiques, en données ouvertes.

    Un fichier CSV, son schéma (Table Schema), datapackage.json et LISEZMOI.md, prêts pour
    data.gouv.fr. Le dossier est remplacé d’un coup, ou reste comme il était.

    Exemple : jdma publier /var/www/donnees-ouvertes --database sqlite:///avis.db
    """
    settings = settings_of(database)
    today = Clock().now().jour
    with replacing(dest, publier.is_publication) as folder:

        async def work(tell: Tell) -> Counted:
            async with opened(settings) as store:
                await serve.check_migrated(store)
                return await publier.write_rows(
                    store, file, today, publier.rules_of(settings), tell
                )

        path = folder / publier.CSV
        with path.open("w", encoding="utf-8", newline="") as file, progress() as bar:
            task = bar.add_task("Démarches", total=None)
            counted = asyncio.run(work(lambda done, of: bar.update(task, completed=done, total=of)))
        publier.describe(folder, settings, today)
    if as_json:
        print_json({"dossier": str(dest), "jour": today.isoformat(), **asdict(counted)})
    else:
        say(
            f"{dest} : {counted.demarches} démarche(s), {counted.publiees} lignes publiées, "
            f"{counted.lignes - counted.publiees} retenues."
        )
