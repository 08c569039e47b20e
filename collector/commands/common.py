"""What commands share: where the store is, how to fail, how to answer a program."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from typing import Annotated, NoReturn, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from collector.config import Settings, load

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="Base de données : sqlite:///avis.db ou postgresql://… JDMA_DATABASE.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Répondre en JSON.")]


def settings_of(database: str | None, public_url: str | None = None) -> Settings:
    return load({"database": database, "public_url": public_url})


def fail(sentence: str) -> NoReturn:
    """One plain sentence on stderr, and exit 1."""
    print(f"jdma : {sentence}", file=sys.stderr)
    raise typer.Exit(1)


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def say(sentence: str) -> None:
    print(sentence, flush=True)


def say_wrapped(sentence: str) -> None:
    """A long line; what belongs to the one before begins with spaces."""
    say(_wrapped(sentence, sys.stdout))


def _wrapped(sentence: str, where: TextIO) -> str:
    """Between words and under its begin on a terminal, which breaks them; whole in a pipe."""
    if not where.isatty():
        return sentence
    begin = sentence[: len(sentence) - len(sentence.lstrip(" "))]
    return textwrap.fill(
        sentence,
        shutil.get_terminal_size().columns,
        subsequent_indent=f"{begin}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def progress() -> Progress:
    """A bar on a terminal, nothing in a pipe."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
