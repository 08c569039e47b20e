"""What is written for people: every setting, command, route and refusal, and no dead link."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from starlette.routing import Route

from collector.app import ROUTES
from tests.documentation import ADMIN, README, TABLES, written

ROOT = README.parents[1]
PAGES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
]


@pytest.mark.parametrize(
    ("page", "word", "fewest"),
    [(README, "`JDMA_PORT`", 10), (ADMIN, "`/structures`", 5)],
    ids=["collector", "admin_ui"],
)
def test_the_tables_are_what_the_program_says(page: Path, word: str, fewest: int) -> None:
    text, tables = page.read_text("utf-8"), TABLES[page]
    assert text == written(text, tables), "python -m tests.documentation writes them anew"
    assert word in text
    assert written(text.replace(word, "`autre chose`"), tables) == text
    assert all(len(table().splitlines()) > fewest for table in tables.values())


def test_every_route_is_told_with_each_method_that_changes_something() -> None:
    text = README.read_text("utf-8")
    told = set()
    for method, path in re.findall(r"`([A-Z/]*) ?(/[^`?]*)", text):
        path = re.sub(r"\{[^}]+\}", "{}", path)
        told |= {(each, path) for each in (method or "GET").split("/")}
    routes = {
        (method, re.sub(r"\{[^}]+\}", "{}", each.path))
        for each in ROUTES
        if isinstance(each, Route)
        for method in each.methods or ()
        if method != "HEAD"
    }
    assert routes - told == set()
    assert {("POST", "/resultats/{}"), ("GET", "/nulle-part")} & told == set()


def anchor(heading: str) -> str:
    """What a heading is called in an address, as the forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(each) for each in re.findall(r"(?m)^#+ (.+)$", page.read_text("utf-8"))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_of_a_page_is_dead(page: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text("utf-8"))
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, name = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (name and name not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_a_dead_link_would_be_seen() -> None:
    assert anchor("Délégué à la protection des données") == "délégué-à-la-protection-des-données"
    assert "nulle-part" not in anchors(README)


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 200


FRENCH_ONLY = {
    "collector/templates/lisezmoi.md": "no page of ours: what goes out with a French data set",
}


def speaks_english(text: str) -> bool:
    """A paragraph in English, marked so that whoever reads no French finds it at once."""
    text = re.sub(r"(?ms)^```.*?^```", "", text)
    return re.search(r"(?m)^(\*English: \S|## In English\n\n[^#\s])", text) is not None


def test_every_page_says_in_english_what_is_there() -> None:
    names = {str(page.relative_to(ROOT)): page for page in PAGES}
    silent = {name for name, page in names.items() if not speaks_english(page.read_text("utf-8"))}
    assert silent == set(FRENCH_ONLY)


def test_a_page_without_english_would_be_seen() -> None:
    assert speaks_english("# Titre\n\n*English: what it does.*\n")
    assert not speaks_english("# Titre\n\nEn français, *English: mentioned in passing*.\n")
    assert not speaks_english("# Titre\n\n```\n*English: in an example*\n```\n")
    assert not speaks_english("# Titre\n\n## In English\n\n## Suite\n")
