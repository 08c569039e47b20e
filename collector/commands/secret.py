"""Commands for the secret: draw one, change the one beside the database, let the old ones go."""

from __future__ import annotations

from pathlib import Path

import typer

from collector.commands.common import Database, fail, say, settings_of
from collector.secret import forget, new_secret, path_beside, rotate

secret_app = typer.Typer(help="Le secret qui signe les formulaires ouverts.", no_args_is_help=True)


@secret_app.command("create")
def create_secret() -> None:
    """Tirer un secret au hasard et l’afficher, pour JDMA_SECRET.

    Exemple : jdma secret create
    """
    say(new_secret())


@secret_app.command("rotate")
def rotate_secret(database: Database = None) -> None:
    """Mettre un secret neuf dans le fichier à côté de la base. L’ancien y reste et est encore cru ;
    relancez ensuite le serveur.

    Exemple : jdma secret rotate --database sqlite:///avis.db
    """
    path = _file_of(database)
    rotate(path)
    say(f"Un secret neuf est dans {path} : relancez le serveur. Ce que les anciens ont signé est")
    say("encore accepté, jusqu’à « jdma secret forget ».")


@secret_app.command("forget")
def forget_secrets(database: Database = None) -> None:
    """Ne plus croire que le secret le plus récent du fichier ; relancez ensuite le serveur.

    Exemple : jdma secret forget --database sqlite:///avis.db
    """
    path = _file_of(database)
    gone = forget(path)
    again = " Relancez le serveur." if gone else ""
    say(f"{path} : {gone} ancien(s) secret(s) oublié(s).{again}")


def _file_of(database: str | None) -> Path:
    """The file of secrets of a database; ends the command where the ring is in settings."""
    settings = settings_of(database)
    if settings.secret or settings.sqlite_path is None:
        fail(
            "le secret est dans JDMA_SECRET : mettez-y celui de « jdma secret create », et "
            "l’ancien dans JDMA_OLD_SECRETS ; relancez le serveur."
        )
    path = path_beside(settings.sqlite_path)
    if not path.exists():
        fail(f"{path} n’existe pas : le premier « jdma serve » le fait.")
    return path
