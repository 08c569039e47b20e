"""The tables of two READMEs that the program itself writes: settings, commands, refusals, and the
pages of the administration.

`python -m tests.documentation` writes them anew; a test fails while they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from admin_ui.gate import ANYONE, SIGNED_IN
from admin_ui.routes import ROUTES
from collector.cli import app
from collector.config import declared
from collector.errors import Refusal
from tests.http.problems import BY_CODE
from tests.http.problems import refusals as kinds

ROOT = Path(__file__).parents[1]
README = ROOT / "collector" / "README.md"
ADMIN = ROOT / "admin_ui" / "README.md"
WHO = {ANYONE: "tout le monde", SIGNED_IN: "qui est connecté"}


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
    return _refusals(BY_CODE)


def pages() -> str:
    """Each address below /admin, its methods, and what it takes to open it by each of them."""
    found: dict[str, dict[str, str]] = {}
    for each in ROUTES:
        for method in each.methods:
            found.setdefault(each.path, {})[method] = WHO.get(each.pouvoir, each.pouvoir)
    return _table(
        ("adresse, sous `/admin`", "méthode", "ouverte à"),
        [
            (f"`{path}`", ", ".join(methods), " ; ".join(dict.fromkeys(methods.values())))
            for path, methods in found.items()
        ],
    )


def admin_refusals() -> str:
    return _refusals(
        {each.code: each for each in kinds() if each.__module__.startswith("admin_ui.")}
    )


def _refusals(by_code: Mapping[str, type[Refusal]]) -> str:
    found = sorted(by_code.values(), key=lambda each: (each.status, each.code))
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


Tables = Mapping[str, Callable[[], str]]
TABLES: Mapping[Path, Tables] = {
    README: {"reglages": settings, "commandes": commands, "refus": refusals},
    ADMIN: {"pages": pages, "refus": admin_refusals},
}


def rows(text: str) -> dict[str, list[str]]:
    """The rows of a table, by the code in their first cell."""
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {first.strip("`"): rest for first, *rest in cells}


def written(text: str, tables: Tables) -> str:
    """The page with every table as it should be, between its two marks."""
    for name, table in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- fin {name} -->"
        assert text.count(start) == text.count(end) == 1, f"no marks of « {name} »"
        before, _, rest = text.partition(start)
        text = before + start + table() + "\n" + end + rest.partition(end)[2]
    return text


if __name__ == "__main__":
    for page, tables in TABLES.items():
        page.write_text(written(page.read_text("utf-8"), tables), "utf-8")
