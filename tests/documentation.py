"""The tables of collector/README.md that the program itself writes: settings, commands, refusals.

`python -m tests.documentation` writes them anew; a test fails while they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from collector.cli import app
from collector.config import declared
from tests.http.problems import BY_CODE

README = Path(__file__).parents[1] / "collector" / "README.md"


def settings() -> str:
    return _table(
        ("variable", "défaut", "effet"),
        [
            (f"`{each.variable}`", f"`{each.default}`" if each.default else "rien", each.help)
            for each in declared()
        ],
    )


def commands() -> str:
    found = _commands(typer.main.get_command(app), "jdma")
    return _table(("commande", "fait"), [(f"`{name}`", help) for name, help in found])


def refusals() -> str:
    found = sorted(BY_CODE.values(), key=lambda each: (each.status, each.code))
    return _table(
        ("statut", "`code`", "ce que cela veut dire"),
        [(str(each.status), f"`{each.code}`", each.title["fr"]) for each in found],
    )


def _commands(command: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every command that does something, with the first paragraph of its help."""
    if subcommands := getattr(command, "commands", None):
        for word, each in subcommands.items():
            yield from _commands(each, f"{name} {word}")
    else:
        yield name, " ".join(command.help.strip().split("\n\n")[0].split())


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines).replace("| --- |", "|---|", 1)


TABLES = {"reglages": settings, "commandes": commands, "refus": refusals}


def rows(text: str) -> dict[str, list[str]]:
    """The rows of a table, by the code in their first cell."""
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {first.strip("`"): rest for first, *rest in cells}


def written(text: str) -> str:
    """The page with every table as it should be, between its two marks."""
    for name, table in TABLES.items():
        start, end = f"<!-- {name} -->\n", f"<!-- fin {name} -->"
        assert text.count(start) == text.count(end) == 1, f"no marks of « {name} »"
        before, _, rest = text.partition(start)
        text = before + start + table() + "\n" + end + rest.partition(end)[2]
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
