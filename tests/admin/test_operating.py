"""An operator's day: journal, tokens, state, settings."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector import backup
from collector.config import declared
from collector.store.sqlite_copy import beside
from tests.admin.visit import Visit, a_visit, an_admin_world
from tests.durability.outside import jdma
from tests.world import SECRET, World, an_avis


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("exploitation")) as made:
        yield made


@pytest.fixture(scope="module")
def operateur(world: World) -> Visit:
    return a_visit(world, "operateur")


def test_a_token_is_made_shown_once_used_and_revoked(world: World, operateur: Visit) -> None:
    said = {"nom": "Entrepôt <b>", "sur": "d1", "verbatims": "oui", "jours": "30"}
    done = operateur.post("/jetons", said)
    [text] = re.findall(r"<code>(jdma_[\w-]+)</code>", done.text)
    bearer = {"authorization": f"Bearer {text}"}
    assert world.client.get("/api/v1/avis", headers=bearer).status_code == 200
    page = operateur.get("/jetons").text
    assert text not in page
    assert "Entrepôt &lt;b&gt;" in page
    assert "« Demander une carte »" in page
    [id] = re.findall(r"/jetons/(\d+)/revoquer", page)
    assert operateur.post(f"/jetons/{id}/revoquer").status_code == 303
    assert operateur.post(f"/jetons/{id}/revoquer").status_code == 404
    assert world.client.get("/api/v1/avis", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"nom": " "}, "nom"),
        ({"sur": "d9"}, "sur"),
        ({"sur": ""}, "sur"),
        ({"jours": "9"}, "jours"),
    ],
)
def test_a_token_that_is_not_said_well_is_not_made(
    world: World, operateur: Visit, change: dict[str, str], champ: str
) -> None:
    before = world.rows("select count(*) from jeton_api")
    answer = operateur.post("/jetons", {"nom": "x", "sur": "tout", "jours": "30", **change})
    assert answer.status_code == 422
    assert f'id="{champ}-erreur"' in answer.text
    assert world.rows("select count(*) from jeton_api") == before


def test_the_journal_says_who_did_what_and_is_filtered(world: World, operateur: Visit) -> None:
    operateur.post("/jetons", {"nom": "Pour le journal", "sur": "tout", "jours": "30"})
    page = operateur.get("/journal", action="jeton_cree").text
    assert "jeton créé" in page
    assert "nom\N{NO-BREAK SPACE}: Pour le journal" in page
    assert "s’est connecté</td>" not in page
    assert "Aucune ligne" in operateur.get("/journal", du="2030-01-01").text
    assert "Aucune ligne" in operateur.get("/journal", au="2026-11-21").text
    assert (
        "nom\N{NO-BREAK SPACE}: Pour le journal"
        in operateur.get("/journal", du="2026-11-22", au="2026-11-22").text
    )


def test_the_journal_is_downloaded_whole_and_says_so(world: World, operateur: Visit) -> None:
    for extension in ("csv", "excel.csv", "ndjson"):
        answer = operateur.get(f"/journal.{extension}")
        assert answer.status_code == 200
        assert "attachment" in answer.headers["content-disposition"]
    rows = [*csv.DictReader(io.StringIO(operateur.get("/journal.csv").text))]
    assert len(rows) == world.rows("select count(*) from journal")[0][0]
    assert rows[0]["action"] == "journal_telecharge"


@pytest.mark.parametrize(
    "query",
    ["?du=hier", "?avant=x", "?avant=-1", "?quoi=1", "?du=2026-11-22&du=2026-11-23", "?qui=%00"],
)
def test_a_filter_that_is_not_known_is_refused(operateur: Visit, query: str) -> None:
    assert operateur.get(f"/journal{query}").status_code == 422
    assert operateur.get(f"/journal.csv{query}").status_code == 422
    assert operateur.get("/journal.pdf").status_code == 404


def test_the_state_is_that_of_the_writer(world: World, operateur: Visit) -> None:
    def stored() -> int:
        [n] = re.findall(r"Avis enregistrés</dt><dd>(\d+)<", operateur.get("/etat").text)
        return int(n)

    before = stored()
    assert world.post(an_avis()).status_code == 201
    assert world.post(an_avis(), origin="https://ailleurs.test").status_code == 403
    assert stored() == before + 1
    page = operateur.get("/etat").text
    assert "Il enregistre." in page
    assert "origine_refusee" in page
    assert re.search(r"Libre</dt><dd>[\d,]+ Go sur", page)
    assert re.search(r"Base</dt><dd>(?!0,0)[\d,]+ Mo<", page)  # a young one is not « 0,0 Go »


def test_every_setting_is_shown_and_no_secret(operateur: Visit) -> None:
    page = operateur.get("/parametres").text
    for each in declared():
        assert f"<code>{each.variable}</code>" in page
    assert SECRET not in page
    assert "donné, jamais affiché" in page


def test_the_state_says_when_the_last_good_copy_was_made(
    world: World, operateur: Visit, tmp_path: Path
) -> None:
    assert "ne connaît aucune copie" in operateur.get("/etat").text
    made = jdma("backup", str(tmp_path), f"--database=sqlite:///{world.path}")
    assert made.returncode == 0, made.stderr
    noted = beside(world.path, backup.NOTE)
    page = operateur.get("/etat").text
    assert "Dernière copie contrôlée et bonne" in page
    noted.write_text("2026-11-01T03:00:00+00:00\n")
    page = operateur.get("/etat").text
    assert "La dernière copie bonne a plus de deux jours\u00a0: 1er\u00a0novembre\u00a02026" in page
    noted.write_text("hier")
    assert "ne connaît aucune copie" in operateur.get("/etat").text
    noted.unlink()


def test_a_copy_is_good_where_no_word_of_it_can_be_left(tmp_path: Path) -> None:
    assert backup.last(tmp_path / "absente.db") is None
    backup.note(tmp_path / "nulle-part" / "avis.db", datetime.now(UTC))
    assert list(tmp_path.iterdir()) == []
