"""Commands for copies of the database: make one, put one back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TaskID

from collector import backup, restore
from collector.backup import Checked
from collector.commands.common import AsJson, Database, fail, print_json, progress, say, settings_of
from collector.config import Settings
from collector.store.sqlite_copy import Tell, beside


def backup_command(
    dest: Annotated[Path, typer.Argument(help="Dossier des copies.")],
    garder: Annotated[
        int | None, typer.Option(min=1, help="N’y laisser que les N copies les plus récentes.")
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Copier la base pendant que le serveur tourne, et contrôler la copie.

    Le secret (JDMA_SECRET, ou le fichier .secret à côté de la base) n’y est pas : gardez-le aussi.

    Exemple : jdma backup /sauvegardes --garder 14
    """
    source = _file_of(settings_of(database))
    backup.give_way()
    started = time.monotonic()
    gone = backup.forget_abandoned(dest)
    with _told() as tell:
        path, checked = backup.make(source, dest, moment := datetime.now(UTC), tell)
    faults = checked.faults()
    if not faults:
        backup.note(source, moment)
    if garder is not None and not faults:
        gone += backup.let_go(dest, garder, path)
    if as_json:
        found = _in_json(checked, started)
        print_json({"fichier": str(path), **found, "enlevees": [str(each) for each in gone]})
    else:
        say(f"{path} : {_in_words(checked, started)}")
        for each in gone:
            say(f"Enlevé : {each}")
    if faults:
        fail(f"la copie est gardée, mais la base a {' et '.join(faults)}.")


def restore_command(
    source: Annotated[Path, typer.Argument(help="Copie à rendre.")],
    remplacer: Annotated[
        bool, typer.Option("--remplacer", help="Mettre de côté la base qui s’y trouve.")
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Contrôler une copie et la mettre à la place de la base. Arrêtez le serveur avant.

    Exemple : jdma restore /sauvegardes/avis-2026-11-22T030000Z.db --database sqlite:///avis.db
    """
    settings = settings_of(database)
    target = _file_of(settings)
    started = time.monotonic()
    with _told() as tell:
        done = restore.restore(source, target, remplacer, datetime.now(UTC), tell)
    if as_json:
        found = _in_json(done.checked, started)
        aside = None if done.aside is None else str(done.aside)
        print_json({"fichier": str(target), **found, "empreinte": done.sealed, "de_cote": aside})
    else:
        say(f"{target} : {_in_words(done.checked, started)}")
        for sentence in _remarks(done, settings):
            say(sentence)
    if faults := done.checked.faults():
        fail(f"la base est rendue, mais elle a {' et '.join(faults)}.")


def _file_of(settings: Settings) -> Path:
    """The file of the database, where it is one."""
    if settings.sqlite_path is None:
        fail(
            "backup et restore sont pour un fichier SQLite. PostgreSQL a ses propres outils "
            "(voyez examples/postgresql) ; « jdma copy » le copie aussi vers un fichier."
        )
    return settings.sqlite_path


@contextlib.contextmanager
def _told() -> Iterator[Tell]:
    """A bar for each part of the work."""
    tasks: dict[str, TaskID] = {}
    with progress() as bar:

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what)
            bar.update(tasks[what], completed=done, total=total)

        yield tell


def _in_json(checked: Checked, started: float) -> dict[str, object]:
    return {
        "avis": checked.avis,
        "demarches": checked.demarches,
        "octets": checked.octets,
        "secondes": round(time.monotonic() - started, 3),
        "migrations_en_attente": list(checked.waiting),
        "compteurs_faux": None if checked.waiting else checked.wrong,
        "lignes_orphelines": checked.orphans,
    }


def _in_words(checked: Checked, started: float) -> str:
    size, seconds = _decimal(checked.octets / 1e6), _decimal(time.monotonic() - started)
    sentence = f"{checked.avis} avis, {checked.demarches} démarche(s), {size} Mo, en {seconds} s."
    if checked.waiting:
        names = ", ".join(checked.waiting)
        sentence += f" Migrations en attente : {names} ; compteurs pas recomptés."
    return sentence


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _remarks(done: restore.Restored, settings: Settings) -> Iterator[str]:
    if done.aside is not None:
        yield f"Ce qui s’y trouvait est dans {done.aside}."
    if not done.sealed:
        yield "La copie n’avait pas son empreinte (.sha256) : un mot changé ne se verrait pas."
    secret = beside(_file_of(settings), ".secret")
    if not settings.secret and not secret.exists():
        yield f"Remettez {secret} si vous l’avez : sans lui, les formulaires ouverts sont refusés."
