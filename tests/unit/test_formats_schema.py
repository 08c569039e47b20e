"""What is said of a file is true of it: Table Schema, Data Package, columns of what was asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import frictionless
import pytest

from collector.domain import Avis
from collector.formats import Page, Row, Table
from collector.formats.schema import Licence, Resource, datapackage, table_schema
from collector.formats.tables import LUS_SEULEMENT, avis_table, scores_table
from tests.formats import (
    A_ROW,
    EVERY_TYPE,
    NASTY,
    ROOT,
    TEXTS,
    a_table_of_avis,
    avis_rows,
    standard,
    written,
)  # fmt: skip

A_SCORE: Row = (
    "carte-grise", "Demander une carte grise", "Agence", None, "2026-01-01", "2026-01-31",
    "standard-1", "satisfaction", "Comment ?", 3, 1, 2, 7, None, None, 10, 8.0, 6.5, 9.5,
    "insuffisant", 0.7, 0.2, 0.1, 0.6, 12, 40, 0.3, 0.7, 0.4, 0.9,
)  # fmt: skip


def errors(folder: Path, table: Table, *pages: Page) -> list[str]:
    """What Frictionless finds wrong with a package of one file of ours."""
    (folder / "donnees.csv").write_bytes(written("csv", table, *pages))
    package = datapackage(
        "essai", "Essai", [Resource("donnees.csv", table)], created="2026-11-22T14:00:00Z"
    )
    (folder / "datapackage.json").write_text(json.dumps(package), "utf-8")
    report = frictionless.validate(folder / "datapackage.json")
    return [title for _, title in report.flatten(["rowNumber", "type"])]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (EVERY_TYPE, [A_ROW]),
        (TEXTS, [(text, None) for text in NASTY if "\x00" not in text]),
        (a_table_of_avis(), avis_rows(50)),
        (a_table_of_avis(), avis_rows(50, None)),
        (a_table_of_avis().without("verbatim"), [row[:15] + row[16:] for row in avis_rows(3)]),
        (scores_table(5), [A_SCORE]),
    ],
    ids=["types", "nasty", "avis", "silent", "no comments", "scores"],
)
def test_a_file_is_what_its_schema_says(table: Table, rows: list[Row], tmp_path: Path) -> None:
    assert errors(tmp_path, table, rows) == []


def changed(row: Row, place: int, value: str | int | None) -> Row:
    return (*row[:place], value, *row[place + 1 :])


@pytest.mark.parametrize(
    ("column", "value", "error"),
    [
        ("demarche", None, "constraint-error"),
        ("cle", "019a", "constraint-error"),
        ("etape", 0, "constraint-error"),
        ("etape", "deux", "type-error"),
        ("recu_le", "hier", "type-error"),
        ("jour", "22/11/2026", "type-error"),
        ("affichage", "ailleurs", "constraint-error"),
        ("widget", "1", "constraint-error"),
        ("verbatim", "é" * 10_001, "constraint-error"),
        ("standard-1.satisfaction", 4, "constraint-error"),
    ],
)
def test_a_file_that_is_not_would_be_seen(
    column: str, value: str | int | None, error: str, tmp_path: Path
) -> None:
    table = a_table_of_avis()
    (row,) = avis_rows(1)
    wrong = changed(row, table.names.index(column), value)
    assert errors(tmp_path, table, [wrong]) == [error]


@pytest.mark.parametrize("nom", ["avis", "scores"])
def test_the_fixed_columns_are_a_table_schema(nom: str) -> None:
    text = (ROOT / "schemas" / "exports" / f"{nom}.json").read_text("utf-8")
    described = json.loads(text)
    assert frictionless.Schema.from_descriptor(described)
    table = a_table_of_avis() if nom == "avis" else scores_table(0)
    fixed = replace(table, fields=tuple(f for f in table.fields if "." not in f.name))
    assert table_schema(fixed) == {**described, "missingValues": [""]}


def test_a_schema_of_no_known_type_would_be_seen() -> None:
    with pytest.raises(frictionless.FrictionlessException):
        frictionless.Schema.from_descriptor({"fields": [{"name": "a", "type": "nombre"}]})


def test_every_part_of_an_avis_has_its_column() -> None:
    kept_otherwise = {"demarche_id": "demarche"}
    parts = {kept_otherwise.get(each, each) for each in Avis._fields} - {"notes"}
    fixed = {name for name in a_table_of_avis().names if "." not in name}
    assert parts | set(LUS_SEULEMENT) == fixed


def test_each_question_has_a_column_after_the_others() -> None:
    *_, satisfaction, _, clarte = a_table_of_avis().fields
    assert satisfaction.name == "standard-1.satisfaction"
    assert satisfaction.titre == "Comment s’est passée cette démarche pour vous ? (standard-1)"
    assert (
        satisfaction.description
        == "1 : Mal ; 2 : Ni bien ni mal ; 3 : Bien ; vide : pas de réponse"
    )
    assert clarte.contraintes == {"minimum": 1, "maximum": 5}


def test_a_question_of_two_questionnaires_has_two_columns() -> None:
    short = replace(standard(), id="court-1", dimensions=standard().dimensions[:1])
    assert avis_table([standard(), short]).names[-2:] == (
        "standard-1.clarte",
        "court-1.satisfaction",
    )


def test_scores_have_as_many_levels_as_asked() -> None:
    names = scores_table(3).names
    assert names[9:14] == ("niveau_max", "n_1", "n_2", "n_3", "n")


def test_a_package_says_licence_size_and_hash() -> None:
    licence = Licence("etalab-2.0", "Licence Ouverte 2.0", "https://example.fr/licence")
    package = datapackage(
        "avis-publics",
        "Avis publics",
        [Resource("avis.csv", TEXTS, octets=12, empreinte="sha256:00")],
        created="2026-11-22T14:00:00Z",
        licence=licence,
    )
    assert package["licenses"] == [
        {"name": "etalab-2.0", "title": "Licence Ouverte 2.0", "path": "https://example.fr/licence"}
    ]
    (resource,) = package["resources"]
    assert (resource["bytes"], resource["hash"]) == (12, "sha256:00")
    assert resource["schema"] == table_schema(TEXTS)
