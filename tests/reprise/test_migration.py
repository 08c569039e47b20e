"""The commands of examples/migration.md, run as they stand on small invented files."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from collector.commands.common import settings_of
from collector.domain import Catalogue
from collector.national.externes import led_to
from collector.national.images import IMAGES
from collector.serve import opened
from tests.durability.test_exchange import jdma
from tests.examples import CODE, EXAMPLES
from tests.recipes import commands
from tests.reprise.exported import as_csv, some_rows
from tests.world import execute, histogram, rows

FIRST = "Préparer la démarche"
OTHER = "Depuis un autre service : préparer la démarche"
TOUCHPOINTS = (
    "UUID,Created At,How did it go?,It was easy to complete what I needed to do.,Anything else?,"
    "Page,IP Address,User Agent\n"
    "a1,2026-03-01 10:00:00 UTC,thumbs up,5,Fine,/end,192.0.2.1,Mozilla\n"
    "a2,2026-03-02 10:00:00 UTC,thumbs down,2,,/end,192.0.2.2,Mozilla\n"
)
GOOGLE = (
    "Horodateur,Comment ça s’est passé ?,Remarques\n"
    "2026/03/01 3:45:10 PM UTC+1,Bien,\n"
    "2026/03/01 3:46:10 PM UTC+1,Moyennement,Un peu long\n"
)
FRAMAFORMS = (
    "Votre avis;;;;;\nInformations;;;;;\n"
    "Numéro de série;Soumis le;Adresse IP;satisfaction;effort;commentaire\n"
    "1;01/03/2026 - 15:22;192.0.2.9;Bien;5;Merci\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where one stands, with a file of each service."""
    monkeypatch.chdir(tmp_path)
    as_csv(tmp_path / "export-jdma.csv", some_rows(40))
    (tmp_path / "touchpoints.csv").write_text(TOUCHPOINTS, "utf-8")
    (tmp_path / "google.csv").write_text(GOOGLE, "utf-8")
    (tmp_path / "framaforms.csv").write_text(FRAMAFORMS, "utf-8")
    return tmp_path


def follow(place: Path, titles: Sequence[str]) -> str:
    """Run the commands under these headings, in order; what they say."""
    said = ""
    for title in titles:
        [*blocks] = commands("migration.md", title)
        assert blocks, title
        for line in "".join(blocks).replace("\\\n", " ").splitlines():
            said += _run(place / "avis.db", line)
    return said


def _run(database: Path, line: str) -> str:
    if not line.startswith("jdma "):
        done = subprocess.run(["sh", "-ec", line], timeout=60, check=True, capture_output=True)
        return done.stdout.decode()
    words = [word.replace(CODE, _code(database)) for word in shlex.split(line)[1:]]
    ended = jdma(database, *words)
    assert ended.code == 0, ended
    return ended.out


def _code(database: Path) -> str:
    """The code of the bouton that the page speaks of, once it is there."""
    asked = "select code from bouton where externe = '5678' or libelle = 'Reprise'"
    made = database.exists() and rows(database, asked)
    return str(made[0][0]) if made else CODE


def test_a_demarche_moves_in_from_the_national_button(place: Path) -> None:
    said = follow(place, [FIRST, "Reprendre les avis"])
    assert "Rien n’est changé" in said
    assert "40 avis importés, 0 y étaient déjà." in said
    assert "Les compteurs sont égaux au recomptage." in said
    assert rows(place / "avis.db", "select externes from demarche") == [('["1234", "avis-456"]',)]
    assert rows(place / "avis.db", "select count(*), min(questionnaire) from avis") == [
        (40, "jdma-2024")
    ]


def test_an_unknown_number_leads_where_the_page_says(place: Path) -> None:
    follow(place, [FIRST])
    assert led(place, "5678") == "Fin de démarche"
    assert led(place, "9999") == "Autres boutons"
    said = "update bouton set {} where libelle = 'Autres boutons'"
    execute(place / "avis.db", said.format("ouvert = 0"))
    assert led(place, "9999") == "courriel"
    execute(place / "avis.db", "update bouton set ouvert = 0")
    assert led(place, "9999") == "Autres boutons"


def led(place: Path, button: str) -> str:
    async def catalogue() -> Catalogue:
        async with opened(settings_of(f"sqlite:///{place / 'avis.db'}")) as store:
            return await store.load_catalogue()

    bouton = led_to(asyncio.run(catalogue()), "1234", False, button)
    assert bouton is not None
    return bouton.libelle


def test_avis_move_in_from_other_services(place: Path) -> None:
    follow(place, [OTHER, "Depuis Touchpoints", "Depuis Google Forms ou Framaforms"])
    assert histogram(place / "avis.db") == {1: 1, 2: 1, 3: 3}
    assert histogram(place / "avis.db", "effort") == {2: 1, 5: 2}
    assert rows(place / "avis.db", "select count(verbatim) from avis") == [(3,)]
    assert b"192.0.2." not in (place / "avis.db").read_bytes()


def test_a_command_that_is_wrong_would_be_seen(place: Path) -> None:
    with pytest.raises(AssertionError, match="il faut le slug"):
        follow(place, ["Reprendre les avis"])


def test_every_picture_is_named_on_the_page() -> None:
    text = (EXAMPLES / "migration.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in IMAGES)
