"""`jdma demarche questionnaire`: what is asked changes, and since when is noted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collector.cli import app
from tests.world import CARTE, new_database, rows


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return new_database(tmp_path)


def choose(database: Path, slug: str, questionnaire: str) -> Result:
    words = ["demarche", "questionnaire", slug, questionnaire]
    return CliRunner().invoke(app, [*words, f"--database=sqlite:///{database}"])


def test_the_questions_change_and_it_is_noted(database: Path) -> None:
    done = choose(database, CARTE.slug, "standard-facile-1")
    assert (done.exit_code, done.stdout) == (
        0,
        f"Démarche « {CARTE.slug} » : standard-facile-1, à la place de standard-1.\n",
    )
    sql = f"select questionnaire from demarche where slug = '{CARTE.slug}'"
    assert rows(database, sql) == [("standard-facile-1",)]
    noted = rows(database, "select questionnaire, par from en_vigueur order by depuis")
    assert noted == [("standard-1", ""), ("standard-facile-1", "ligne de commande")]
    [(action, sur)] = rows(database, "select action, sur from journal")
    assert (action, json.loads(sur)["avant"]) == ("questionnaire_choisi", "standard-1")


@pytest.mark.parametrize(
    ("slug", "questionnaire", "sentence"),
    [
        ("absente", "standard-1", "aucune démarche ne s’appelle « absente »"),
        (CARTE.slug, "inconnu-1", "questionnaire « inconnu-1 » : il faut l’un de"),
        (CARTE.slug, "standard-1", f"« {CARTE.slug} » pose déjà le questionnaire standard-1."),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(
    database: Path, slug: str, questionnaire: str, sentence: str
) -> None:
    refused = choose(database, slug, questionnaire)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert sentence in refused.stderr
    assert rows(database, "select count(*) from en_vigueur") == [(0,)]
