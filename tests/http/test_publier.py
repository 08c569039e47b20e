"""Open data: the file says what the API says, row by row, and its description fits it."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from collector.config import resource
from collector.domain import Avis, Bouton, Cell, new_cle
from collector.open_data import publier
from collector.open_data.publier import declared, describe, is_publication, rules_of, write_rows
from tests.world import AILLEURS, CACHEE, CARTE, FIN, LONGUE, NOON, World, a_world, settings

TODAY = date(2026, 11, 22)
EXAMPLE = resource("schemas", "exports", "agregats.exemple.csv")
Row = dict[str, str]


def record(
    world: World, jour: str, levels: Mapping[int, int], bouton: Bouton = FIN, **notes: int
) -> None:
    """So many avis of each level of satisfaction on one day."""
    questionnaire = "demarche-longue-1" if bouton is AILLEURS else "standard-1"
    batch = [
        Avis(bouton.demarche_id, new_cle(NOON), bouton.code, questionnaire, 1,
             f"{jour}T12:00:00.000Z", jour, {"satisfaction": level, **notes})
        for level, n in levels.items()
        for _ in range(n)
    ]  # fmt: skip
    openings = {Cell(bouton.demarche_id, bouton.code, jour, questionnaire, "ouverture", 1): 7}
    asyncio.run(world.store.record(batch, openings))


def fill(world: World) -> None:
    """Two years of a démarche, with small months, a question few answer; a year of another."""
    for month in range(1, 13):
        record(world, f"2025-{month:02}-03", {1: 3, 3: 9 + month}, effort=4)
    for month in range(1, 12):
        few = month in (4, 5)
        record(world, f"2026-{month:02}-03", {1: 2} if few else {2: 8, 3: 40})
    record(world, "2026-06-04", {3: 14}, AILLEURS)


def rows_of(world: World, today: date = TODAY) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text_of(world, today))))


def text_of(world: World, today: date = TODAY, **given: str) -> str:
    file = io.StringIO(newline="")
    told: list[tuple[int, int]] = []
    rules = rules_of(settings(**given))
    counted = asyncio.run(
        write_rows(world.store, file, today, rules, lambda *each: told.append(each))
    )
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert told == [(n, counted.demarches) for n in range(1, counted.demarches + 1)]
    assert counted.lignes == len(rows)
    assert counted.publiees == sum(row["statut"] == "publie" for row in rows)
    return file.getvalue()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for what is only read."""
    with a_world(tmp_path_factory.mktemp("ouvert")) as world:
        fill(world)
        yield world


# The same as the API


def asked(world: World, row: Row) -> dict[str, Any]:
    address = f"/api/v1/demarches/{row['demarche']}/scores"
    answer = world.client.get(address, params={"du": row["date_debut"], "au": row["date_fin"]})
    assert answer.status_code == 200
    total: dict[str, Any] = answer.json()["total"]
    return total


def as_csv(value: object) -> str:
    return "" if value is None else str(value)


def said_by_the_api(total: dict[str, Any], row: Row) -> Row:
    """What the columns of a row would be after the API."""
    if row["dimension"] == "avis":
        figures = {"n": as_csv(total["avis"]), "ouvertures": as_csv(total["ouvertures"])}
        return figures | {"statut": "retenu" if total["retenu"] else "publie"}
    [found] = [each for each in total["dimensions"] if each["dimension"] == row["dimension"]]
    bas, haut = found["intervalle"] or (None, None)
    levels = enumerate(found["effectifs"] or [], 1)
    return {
        **{f"effectif_{level}": str(n) for level, n in levels},
        "n": as_csv(found["n"]),
        "note_sur_10": as_csv(found["note_sur_10"]),
        "bas": as_csv(bas),
        "haut": as_csv(haut),
        "classe": as_csv(found["classe"]),
        "questionnaires": "" if found["retenu"] else " ".join(found["questionnaires"]),
        "statut": "retenu" if found["retenu"] else "publie",
    }


FIGURES = {
    "n", "note_sur_10", "bas", "haut", "classe", "ouvertures", "statut", "questionnaires",
    *(f"effectif_{level}" for level in range(1, 11)),
}  # fmt: skip


def test_promise_6_every_row_of_the_file_is_what_the_api_says_of_its_period(
    filled: World,
) -> None:
    rows = rows_of(filled)
    for _, same in groupby(rows, key=itemgetter("demarche", "date_debut", "date_fin")):
        total: dict[str, Any] | None = None
        for row in same:
            total = total or asked(filled, row)
            expected = dict.fromkeys(FIGURES, "") | said_by_the_api(total, row)
            assert {name: row[name] for name in FIGURES} == expected
    assert {row["statut"] for row in rows} == {"publie", "retenu"}
    assert {row["periodicite"] for row in rows} == {"mois", "trimestre", "annee", "douze_mois"}


def test_a_changed_figure_would_be_seen(filled: World) -> None:
    [row] = [r for r in rows_of(filled) if r["periodicite"] == "annee" and r["dimension"] == "avis"
             and r["demarche"] == CARTE.slug]  # fmt: skip
    assert said_by_the_api(asked(filled, row), row)["n"] == row["n"]
    assert said_by_the_api(asked(filled, row), row)["n"] != str(int(row["n"]) + 1)


# What is in it


def test_periods_that_are_over_are_there_once_and_no_other(filled: World) -> None:
    found = [
        (row["periodicite"], row["date_debut"])
        for row in rows_of(filled)
        if (row["demarche"], row["dimension"]) == (CARTE.slug, "avis")
    ]
    assert found == [
        *(("mois", f"2025-{month:02}-01") for month in range(1, 13)),
        *(("trimestre", f"2025-{month:02}-01") for month in (1, 4, 7, 10)),
        ("annee", "2025-01-01"),
        *(("mois", f"2026-{month:02}-01") for month in range(1, 11)),
        *(("trimestre", f"2026-{month:02}-01") for month in (1, 4, 7)),
        ("douze_mois", "2025-11-01"),
    ]


@pytest.mark.parametrize(
    ("today", "last"),
    [(date(2026, 11, 1), "2026-09-01"), (date(2026, 11, 2), "2026-10-01"),
     (date(2027, 1, 1), "2026-11-01"), (date(2027, 1, 2), "2026-12-01")],
)  # fmt: skip
def test_a_month_is_there_once_none_of_its_avis_can_change(
    filled: World, today: date, last: str
) -> None:
    months = [row["date_debut"] for row in rows_of(filled, today) if row["periodicite"] == "mois"]
    assert max(months) == last


def test_the_first_year_is_the_first_with_something_published(world: World) -> None:
    record(world, "2024-03-03", {3: 10})
    record(world, "2025-03-03", {3: 50})
    years = {row["date_debut"][:4] for row in rows_of(world) if row["periodicite"] == "annee"}
    assert years == {"2025"}


def test_a_demarche_nobody_answered_is_there_and_one_that_is_not_public_is_not(
    world: World,
) -> None:
    assert CACHEE.slug not in text_of(world)
    assert [
        (row["demarche"], row["periodicite"], row["statut"])
        for row in rows_of(world)
        if row["dimension"] == "avis"
    ] == [(slug, "douze_mois", "retenu") for slug in (CARTE.slug, LONGUE.slug)]


def test_a_withheld_row_says_nothing_but_what_is_withheld(filled: World) -> None:
    withheld = [row for row in rows_of(filled) if row["statut"] == "retenu"]
    assert withheld
    for row in withheld:
        assert {row[name] for name in FIGURES - {"statut"}} == {""}


def test_the_same_data_on_the_same_day_are_the_same_bytes(filled: World, tmp_path: Path) -> None:
    folders = [tmp_path / "un", tmp_path / "deux"]
    for folder in folders:
        published(filled, folder)
    one, two = ({path.name: path.read_bytes() for path in f.iterdir()} for f in folders)
    assert one == two


# Its description


def published(world: World, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    (folder / publier.CSV).write_text(text_of(world), "utf-8", newline="")
    describe(folder, settings(public_url="https://avis.exemple.fr"), TODAY)
    package: dict[str, Any] = json.loads((folder / publier.PACKAGE).read_text("utf-8"))
    return package


def test_the_package_describes_the_files_beside_it(filled: World, tmp_path: Path) -> None:
    package = published(filled, tmp_path / "ouvert")
    assert sorted(path.name for path in (tmp_path / "ouvert").iterdir()) == [
        "LISEZMOI.md", "agregats.csv", "agregats.schema.json", "datapackage.json",
    ]  # fmt: skip
    [resource] = package["resources"]
    content = (tmp_path / "ouvert" / resource["path"]).read_bytes()
    assert resource["bytes"] == len(content)
    assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    schema = json.loads((tmp_path / "ouvert" / resource["schema"]).read_text("utf-8"))
    assert schema == declared()
    assert package["homepage"] == "https://avis.exemple.fr/resultats/"
    assert [each["name"] for each in package["licenses"]] == ["etalab-2.0"]
    assert is_publication(tmp_path / "ouvert")


def test_the_readme_explains_every_column_and_the_thresholds(filled: World, tmp_path: Path) -> None:
    published(filled, tmp_path / "ouvert")
    text = (tmp_path / "ouvert" / "LISEZMOI.md").read_text("utf-8")
    for field in declared()["fields"]:
        assert f"| `{field['name']}` | {field['description']} |" in text
    assert "moins de 11 réponses" in text
    assert "à partir de 100 réponses : « bon » dès 8, « moyen » dès 5" in text
    assert "$" not in text


def faults(text: str) -> list[str]:
    """What a CSV has that its Table Schema does not allow."""
    reader = csv.DictReader(io.StringIO(text))
    fields = declared()["fields"]
    if reader.fieldnames != [field["name"] for field in fields]:
        return ["header"]
    return [
        f"{field['name']}={row[field['name']]!r}"
        for row in reader
        for field in fields
        if not fits(row[field["name"]], field)
    ]


READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "date": date.fromisoformat,
}


def fits(cell: str, field: dict[str, Any]) -> bool:
    wanted = field.get("constraints", {})
    if not cell:
        return not wanted.get("required", False)
    try:
        value = READ[field["type"]](cell)
    except ValueError:
        return False
    return (
        cell in wanted.get("enum", [cell])
        and bool(re.fullmatch(wanted.get("pattern", ".*"), cell))
        and wanted.get("minimum", value) <= value <= wanted.get("maximum", value)
    )


def test_what_is_published_fits_its_schema_and_so_does_the_example(filled: World) -> None:
    assert faults(text_of(filled)) == []
    assert faults(EXAMPLE.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [(",mois,", ",jour,"), ("2026-10-01", "01/10/2026"), (",satisfaction,", ",Très bien,"),
     (",publie,", ",,"), ("titre,structure", "structure,titre"), (",3,Mal", ",3.5,Mal")],
)  # fmt: skip
def test_what_does_not_fit_would_be_seen(before: str, after: str) -> None:
    text = EXAMPLE.read_text("utf-8")
    assert before in text
    assert faults(text.replace(before, after)) != []


def test_the_schema_says_what_a_catalogue_asks_for() -> None:
    schema = declared()
    for name in ("name", "title", "description", "countryCode", "licenses", "version", "created"):
        assert schema[name]
    for field in schema["fields"]:
        assert field["title"]
        assert field["description"]
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field["name"])
        if "example" in field:
            assert fits(str(field["example"]), field)
    for each in schema["resources"]:
        assert resource(*each["path"].split("/")).is_file()


def test_there_is_a_column_for_every_level_a_question_may_have() -> None:
    schema = json.loads(resource("schemas", "questionnaire.v1.json").read_text("utf-8"))
    most = schema["$defs"]["niveaux"]["maxItems"]
    columns = [field["name"] for field in declared()["fields"]]
    assert [name for name in columns if name.startswith("effectif_")] == [
        f"effectif_{level}" for level in range(1, most + 1)
    ]


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"name": "autre"}', '{"name": "jdma-agregats"', "\udcff"]
)
def test_a_folder_of_another_is_not_taken_for_ours(tmp_path: Path, content: str) -> None:
    (tmp_path / "datapackage.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert not is_publication(tmp_path)


@pytest.mark.parametrize("name", ["notes.txt", "agregats.csv/avis.csv"])
def test_a_publication_with_something_else_in_it_is_not_ours_to_remove(
    filled: World, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "ouvert"
    published(filled, folder)
    other = folder / name
    if other.parent != folder:
        other.parent.unlink()
        other.parent.mkdir()
    other.write_text("à garder")
    assert not is_publication(folder)
