"""Avis of the national button, brought in: the same figures, once, and nothing dropped silently."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from collector.commands.common import _wrapped
from collector.domain import AVIS
from collector.reprise import lecture
from tests.durability.test_exchange import Ended, jdma
from tests.http.html import plain
from tests.reprise.exported import (
    AIDE,
    CHANNELS,
    CLARTE,
    COMMENTAIRE,
    COURRIEL,
    DATE,
    HEADINGS,
    ID,
    JOINT,
    LINK,
    NONE,
    QUALITE,
    SATISFACTION,
    Row,
    as_csv,
    as_xlsx,
    figures,
    some_rows,
)
from tests.store.engines import ENGINES
from tests.world import CARTE, FIN, execute, histogram, rows, set_up
from tests.world import COURRIEL as BOUTON

ASKED = ("--format=jdma", f"--demarche={CARTE.slug}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reprise") / "avis.db"
    set_up(path)
    return path


@pytest.fixture
def database(made: Path, tmp_path: Path) -> Path:
    """With the démarches and boutons of the world."""
    return Path(shutil.copy(made, tmp_path / "avis.db"))


def brought(where: Path | str, file: Path, *words: str) -> Ended:
    done = jdma(where, "import", str(file), *ASKED, *words)
    return Ended(done.code, plain(done.out), plain(done.err))


def reported(where: Path | str, file: Path, *words: str) -> dict[str, Any]:
    done = jdma(where, "import", str(file), *ASKED, "--json", *words)
    found: dict[str, Any] = json.loads(done.out)
    return found


def restes(
    where: Path | str, file: Path, *words: str
) -> dict[tuple[str, str], tuple[int, list[str]]]:
    """What has no place: how many, and on which lines, by column and value."""
    found = reported(where, file, "--dry-run", *words)["restes"]
    return {(each["colonne"], each["valeur"]): (each["nombre"], each["lignes"]) for each in found}


def fait(added: int, known: int, past: int = 0) -> dict[str, int]:
    """What became of the avis of a file."""
    return {"added": added, "known": known, "past": past}


def a_row(**changed: str) -> Row:
    names = {
        "satisfaction": SATISFACTION, "clarte": CLARTE, "aide": AIDE, "joint": JOINT,
        "qualite": QUALITE, "commentaire": COMMENTAIRE, "date": DATE, "lien": LINK, "id": ID,
    }  # fmt: skip
    given = {names[name]: value for name, value in changed.items()}
    return dict.fromkeys(HEADINGS, "") | {
        DATE: "22/11/2025 11:00:00", LINK: FIN.libelle, ID: "0a1b2c3", SATISFACTION: "Moyen",
        **given,
    }  # fmt: skip


# The same figures, once


@pytest.mark.parametrize("write", [as_csv, as_xlsx], ids=["csv", "xlsx"])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_figures_are_those_of_the_file(
    database: Path, tmp_path: Path, engine: str, write: Callable[[Path, list[Row]], Path]
) -> None:
    where: Path | str = database
    if engine != "sqlite":
        where = str(ENGINES[engine](tmp_path).address)  # type: ignore[attr-defined]
        set_up(where)
    exported = some_rows()
    file = write(tmp_path / f"export.{'csv' if write is as_csv else 'xlsx'}", exported)
    found = reported(where, file)
    wanted = {name: float(value) for name, value in figures(exported).items()}
    assert found["chiffres"]["avant"] == dict.fromkeys(wanted)
    assert found["chiffres"]["apres"] == pytest.approx(wanted, abs=1e-9)
    assert found["fait"] == fait(300, 0)
    assert found["restes"] == []
    counted = dict(
        rows(
            where,
            "select bouton, cast(sum(n) as integer) from agregat "
            f"where dimension = '{AVIS}' group by 1",
        )
    )
    links = [row[LINK] for row in exported]
    assert counted == {
        FIN.code: links.count("Fin de démarche"),
        BOUTON.code: links.count("courriel"),
    }
    assert jdma(where, "verify").code == 0
    again = brought(where, file)
    assert again.out.endswith("0 avis importés, 300 y étaient déjà.")
    assert jdma(where, "verify").code == 0


def test_a_csv_and_a_workbook_of_the_same_avis_are_the_same(database: Path, tmp_path: Path) -> None:
    exported = some_rows(60)
    exported[3][DATE] = exported[3][DATE][:10] + " 00:00:00"
    assert brought(database, as_csv(tmp_path / "a.csv", exported)).code == 0
    again = reported(database, as_xlsx(tmp_path / "a.xlsx", exported))
    assert (again["nouveaux"], again["connus"]) == (0, 60)


def test_a_longer_export_adds_what_is_new(database: Path, tmp_path: Path) -> None:
    exported = some_rows(50)
    brought(database, as_csv(tmp_path / "a.csv", exported[10:30]))
    found = reported(database, as_csv(tmp_path / "b.csv", exported))
    assert found["fait"] == fait(30, 20)
    assert found["chiffres"]["apres"]["satisfaction"] == float(figures(exported)["satisfaction"])


def test_avis_of_one_day_and_one_number_are_told_apart(database: Path, tmp_path: Path) -> None:
    """The number is cut to 7 digits, and some exports give the day alone."""
    one = a_row(date="2025-11-22")
    same = [one, one, a_row(date="2025-11-22", satisfaction="Pas bien")]
    file = as_csv(tmp_path / "a.csv", same)
    assert reported(database, file)["fait"] == fait(3, 0)
    part = as_csv(tmp_path / "b.csv", same[2:])
    assert reported(database, part)["fait"] == fait(0, 1)
    unnumbered = [a_row(id="", satisfaction=said) for said in ("Moyen", "Très bien")]
    assert reported(database, as_csv(tmp_path / "c.csv", unnumbered))["fait"] == fait(2, 0)
    assert reported(database, as_csv(tmp_path / "d.csv", unnumbered[1:]))["fait"] == fait(0, 1)


def test_two_columns_of_one_meaning_are_not_taken_for_one(database: Path, tmp_path: Path) -> None:
    row = {**a_row(), "satisfaction": "3"}
    file = as_csv(tmp_path / "a.csv", [row], [*HEADINGS, "satisfaction"])
    found = restes(database, file, "--colonne=satisfaction=satisfaction")
    assert found == {("satisfaction", ""): (1, ["2"])}
    assert restes(database, file) == {("satisfaction", ""): (1, ["2"])}  # not known at all


def test_what_was_moderated_or_shortened_here_stays_so(database: Path, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "a.csv", [a_row(commentaire="À effacer")])
    brought(database, file)
    execute(database, "update avis set verbatim = null")
    assert reported(database, file)["fait"] == fait(0, 1)
    assert rows(database, "select verbatim from avis") == [(None,)]


def test_avis_that_were_kept_long_enough_are_not_counted_twice(
    database: Path, tmp_path: Path
) -> None:
    old = a_row(date="22/11/2019 11:00:00", id="0000001")
    today = a_row(date=f"{date.today() - timedelta(days=1):%d/%m/%Y}")
    file = as_csv(tmp_path / "a.csv", [old, today])
    assert reported(database, file)["fait"] == fait(2, 0)
    assert jdma(database, "purge").code == 0
    assert rows(database, "select count(*) from avis") == [(1,)]
    found = reported(database, file)
    assert (found["nouveaux"], found["connus"], found["effaces"]) == (0, 1, 1)
    assert found["fait"] == fait(0, 1, 1)
    assert histogram(database) == {2: 2}
    assert jdma(database, "verify").code == 0


def test_a_dry_run_changes_nothing(database: Path, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "a.csv", some_rows(20))
    done = brought(database, file, "--dry-run")
    assert (done.code, "20 lignes lues, 20 avis : 20 à importer" in done.out) == (0, True)
    assert "Rien n’est changé" in done.out
    assert rows(database, "select count(*) from avis") == [(0,)]
    assert rows(database, "select count(*) from journal where action = 'import'") == [(0,)]


def test_the_report_has_the_dates_of_the_file(database: Path, tmp_path: Path) -> None:
    """In winter and in summer; who compares them is not led to another --fuseau for nothing."""
    days = ["01/03/2025 04:03:00", "01/07/2025 00:30:00"]
    file = as_csv(tmp_path / "a.csv", [a_row(date=each) for each in days])
    assert f"Du {days[0]} au {days[1]}, heure de Paris." in brought(database, file, "--dry-run").out
    other = brought(database, file, "--dry-run", "--fuseau=UTC").out
    assert "Du 01/03/2025 05:03:00 au 01/07/2025 02:30:00, heure de Paris." in other


def test_an_import_is_in_the_journal(database: Path, tmp_path: Path) -> None:
    brought(database, as_csv(tmp_path / "a.csv", [a_row()]))
    [(sur,)] = rows(database, "select sur from journal where action = 'import'")
    assert json.loads(sur) == {"source": "a.csv", "demarche": CARTE.slug, **fait(1, 0)}


# What was written otherwise


def test_a_file_that_a_spreadsheet_saved_is_read_too(database: Path, tmp_path: Path) -> None:
    """With a mark, semicolons, other apostrophes, capitals and spaces; no end of the last line."""
    row = a_row(satisfaction=" MOYEN ", aide=CHANNELS[0], joint=f"{CHANNELS[0]} : Oui")
    text = as_csv(tmp_path / "a.csv", [row], delimiter=";").read_text("utf-8")
    other = text.replace("’", "'").replace("façon générale", "FAÇON  générale")
    other = "\ufeff" + other.replace("passé ?", "passé\u00a0?").rstrip("\n")
    file = tmp_path / "b.csv"
    file.write_text(other, "utf-8")
    found = reported(database, file, "--dry-run")
    assert (found["nouveaux"], found["restes"]) == (1, [])
    assert found["questions"]["joint"] == {"reponses": 1, "effectifs": [0, 1]}


@pytest.mark.parametrize(
    ("date", "fuseau", "recu_le", "jour"),
    [
        ("31/12/2024 23:30:00", "Europe/Paris", "2024-12-31T22:30:00.000Z", "2024-12-31"),
        ("31/12/2024 23:30:00", "UTC", "2024-12-31T23:30:00.000Z", "2025-01-01"),
        ("2025-06-30T22:30:00Z", "Europe/Paris", "2025-06-30T22:30:00.000Z", "2025-07-01"),
        ("2025-03-30 03:00", "Europe/Paris", "2025-03-30T01:00:00.000Z", "2025-03-30"),
        ("2025/11/22 1:05:09 PM UTC+1", "UTC", "2025-11-22T12:05:09.000Z", "2025-11-22"),
        ("22/11/2025 à 9h05", "Europe/Paris", "2025-11-22T08:05:00.000Z", "2025-11-22"),
        ("22/11/2025 - 09:05", "Europe/Paris", "2025-11-22T08:05:00.000Z", "2025-11-22"),
        ("2025-11-22 10:00:00 UTC", "Europe/Paris", "2025-11-22T10:00:00.000Z", "2025-11-22"),
        ("2025-11-22", "UTC", "2025-11-22T11:00:00.000Z", "2025-11-22"),
        ("22/11/2025 00:00:00", "UTC", "2025-11-22T11:00:00.000Z", "2025-11-22"),
        ("2025-11-22T00:00:00Z", "UTC", "2025-11-22T00:00:00.000Z", "2025-11-22"),
    ],
)
def test_a_day_is_the_civil_one_in_paris(
    database: Path, tmp_path: Path, date: str, fuseau: str, recu_le: str, jour: str
) -> None:
    brought(database, as_csv(tmp_path / "a.csv", [a_row(date=date)]), f"--fuseau={fuseau}")
    assert rows(database, "select recu_le, jour from avis") == [(recu_le, jour)]


# What has no place


def test_what_has_no_place_is_told_and_refused_until_somebody_says_so(
    database: Path, tmp_path: Path
) -> None:
    phone = CHANNELS[1]
    wrong = [
        a_row(id="1", satisfaction="Bof"),
        a_row(id="2", date="hier"),
        a_row(id="3", date="22/11/2099 10:00:00"),
        a_row(id="4", clarte="9"),
        a_row(id="5", aide=f"{NONE} / {phone}"),
        a_row(id="6", aide="Un voyant"),
        a_row(id="7", joint=f"{phone} : Oui"),
        a_row(id="8", aide=phone, joint=f"{phone} : Non", qualite=f"{phone} : Bonne"),
        a_row(id="9", commentaire="x" * 10_001),
        a_row(id="10", aide=phone, joint="Oui"),
    ]
    file = as_csv(
        tmp_path / "a.csv", [{**row, "Autre": "?", COURRIEL: "a@b.fr"} for row in wrong],
        [*HEADINGS, "Autre", COURRIEL],
    )  # fmt: skip
    found = restes(database, file)
    assert found[COURRIEL, ""][0] == found["Autre", ""][0] == 10
    assert found["satisfaction", "Bof"] == (1, ["2"])
    assert found["satisfaction", ""] == (1, ["2"])
    assert found["date", "hier"] == (1, ["3"])
    assert found["date", "22/11/2099 10:00:00"] == (1, ["4"])
    assert found["clarte", "9"] == (1, ["5"])
    assert found["aide", "aucune"] == (1, ["6"])
    assert found["aide", "Un voyant"] == (1, ["7"])
    assert found["joint", "telephone"] == (1, ["8"])
    assert found["qualite", "telephone"] == (1, ["9"])
    assert found["commentaire", ""] == (1, ["10"])
    assert found["joint", "Oui"] == (1, ["11"])
    done = brought(database, file)
    assert done.code == 1
    assert "n’ont pas de place : --laisser importe le reste. Aucun avis n’est importé." in done.err
    assert "a@b.fr" not in done.out + done.err
    assert rows(database, "select count(*) from avis") == [(0,)]
    assert brought(database, file, "--laisser").code == 0
    assert rows(database, "select count(*), max(length(verbatim)) from avis") == [(7, 10_000)]
    assert jdma(database, "export", str(tmp_path / "sortie")).code == 0
    other = tmp_path / "autre.db"
    assert (
        jdma(other, "import", str(tmp_path / "sortie")).code == 0
    )  # what is stored holds together


def test_an_address_alone_stops_nobody_and_is_never_stored(database: Path, tmp_path: Path) -> None:
    rows_ = [{**a_row(), COURRIEL: "camille@exemple.fr"}]
    file = as_csv(tmp_path / "a.csv", rows_, [*HEADINGS, COURRIEL])
    assert brought(database, file).code == 0
    assert b"camille@exemple.fr" not in database.read_bytes()


def test_what_is_said_of_an_answer_or_a_column_is_taken(database: Path, tmp_path: Path) -> None:
    row = {**a_row(satisfaction="Bof"), "Avis global": "Pas bien"}
    file = as_csv(tmp_path / "a.csv", [row], [*HEADINGS, "Avis global"])
    said = ("--valeur=satisfaction:Bof=2", "--colonne=jamais=Avis global")
    found = reported(database, file, *said)
    assert found["questions"]["satisfaction"]["effectifs"] == [0, 1, 0]
    assert found["fait"]["added"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format=autre",), "format « autre » : il faut l’un de csv, export, jdma."),
        (("--demarche=nulle-part",), "il faut le slug d’une démarche"),
        (("--fuseau=Mars",), "fuseau « Mars »"),
        (("--boutons=peut-etre",), "boutons « peut-etre »"),
        (("--lien=Ici=zzzzzz",), "il faut le code d’un bouton de carte-de-stationnement"),
        (("--colonne=date",), "il faut un signe = au milieu"),
        (("--colonne=age=Âge",), "colonne « age »"),
        (("--valeur=satisfaction:Bof=7",), "valeur « 7 » : il faut l’un de 1, 2, 3."),
    ],
)
def test_a_word_that_is_wrong_is_refused(
    database: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = brought(database, as_csv(tmp_path / "a.csv", [a_row()]), *words)
    assert (done.code, said in done.err) == (1, True), done
    assert rows(database, "select count(*) from avis") == [(0,)]


def test_personal_data_in_a_comment_is_masked_before_it_is_stored(
    database: Path, tmp_path: Path
) -> None:
    said = "Écrivez à camille.martin@exemple.fr, le cerfa 12100*02 est perdu"
    assert brought(database, as_csv(tmp_path / "a.csv", [a_row(commentaire=said)])).code == 0
    [(kept,)] = rows(database, "select verbatim from avis")
    assert "camille" not in kept
    assert "12100*02 est perdu" in kept
    assert b"camille.martin" not in database.read_bytes()


# Which bouton


def test_a_link_without_a_bouton_is_refused_named_or_made(database: Path, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "a.csv", [a_row(lien="Page d’accueil"), a_row(id="2")])
    done = brought(database, file)
    assert (done.code, "Aucun bouton pour « Page d’accueil »" in done.err) == (1, True)
    said = reported(database, file, "--dry-run", f"--lien=Page d’accueil={BOUTON.code}")
    assert {each["lien"]: each["bouton"] for each in said["liens"]} == {
        "Page d’accueil": BOUTON.code, FIN.libelle: FIN.code,
    }  # fmt: skip
    assert brought(database, file, "--boutons=creer").code == 0
    [(code, affichage)] = rows(
        database, "select code, affichage from bouton where libelle = 'Page d’accueil'"
    )
    assert affichage == "lien"
    assert rows(database, f"select count(*) from avis where bouton = '{code}'") == [(1,)]
    assert reported(database, file)["fait"] == fait(0, 2)


def test_a_bouton_that_is_made_has_a_name_that_pages_can_show(
    database: Path, tmp_path: Path
) -> None:
    file = as_csv(tmp_path / "a.csv", [
        a_row(lien=lien, id=str(i))
        for i, lien in enumerate(["Une\nligne  " + "x" * 300, "", "Accueil", "ACCUEIL"])
    ])  # fmt: skip
    assert brought(database, file, "--boutons=creer").code == 0
    made = [libelle for (libelle,) in rows(database, "select libelle from bouton")]
    assert len(made) == 6
    assert "Sans lien" in made
    assert any(each.startswith("Une ligne x") and len(each) <= 200 for each in made)
    assert reported(database, file, "--boutons=creer")["fait"] == fait(0, 4)


# A file that is none


def test_a_file_that_is_none_is_refused(database: Path, tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes(
        as_csv(tmp_path / "a.csv", [a_row()]).read_text("utf-8").encode("cp1252", "replace")
    )
    assert "il faut un fichier en UTF-8" in brought(database, latin).err
    quoted = tmp_path / "coupe.csv"
    quoted.write_text(f'{DATE},{SATISFACTION}\n"22/11/2025,Moyen\n', "utf-8")
    assert "coupe.csv, ligne 2" in brought(database, quoted).err
    twice = tmp_path / "deux.csv"
    twice.write_text(f"{DATE},{DATE}\n", "utf-8")
    assert "deux colonnes de ce nom" in brought(database, twice).err
    fake = tmp_path / "faux.xlsx"
    fake.write_bytes(b"PK\x03\x04 no")
    assert "ce n’est pas un .xlsx" in brought(database, fake).err
    with zipfile.ZipFile(tmp_path / "vide.xlsx", "w") as archive:
        archive.writestr("a.xml", "<a/>")
    assert "un classeur illisible" in brought(database, tmp_path / "vide.xlsx").err


def test_a_workbook_that_would_not_end_is_not_opened(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "bombe.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"\0" * 2_000_000)
    monkeypatch.setattr(lecture, "MOST_STRINGS", 1_000_000)
    assert "2000000 octets une fois ouvert" in brought(database, bomb).err
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 20_000_000)
    assert "20000000 octets une fois ouvert" in brought(database, bomb).err
    far = tmp_path / "loin.xlsx"
    book = Workbook()
    book.worksheets[0].append([DATE, SATISFACTION])
    book.worksheets[0].cell(row=400, column=300, value="x")
    book.save(far)
    found = reported(database, far, "--dry-run")  # what is beyond the columns that are read
    assert (found["lignes"], found["avis"]) == (0, 0)


def test_without_its_library_a_workbook_says_what_to_install(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = as_xlsx(tmp_path / "a.xlsx", some_rows(1))
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    assert "installez l’extra « xlsx »" in brought(database, file).err


# Another service


def test_any_csv_is_brought_in_by_the_words_of_a_questionnaire(
    database: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "Submitted;Overall;effort;commentaire;lien\n"
        "2025-11-22 10:00:00 UTC;thumbs up;5;Merci;Courriel\n"
        "2025-11-22 11:00:00 UTC;thumbs down;1;;Courriel\n",
        "utf-8",
    )
    done = jdma(
        database, "import", str(file), "--format=csv", f"--demarche={CARTE.slug}",
        "--colonne=date=Submitted", "--colonne=satisfaction=Overall",
        "--valeur=satisfaction:thumbs up=3", "--valeur=satisfaction:thumbs down=1", "--json",
    )  # fmt: skip
    assert done.code == 0, done
    found = json.loads(done.out)
    assert found["questions"]["satisfaction"]["effectifs"] == [1, 0, 1]
    assert found["questions"]["effort"]["effectifs"] == [1, 0, 0, 0, 1]
    assert rows(database, "select distinct questionnaire, bouton from avis") == [
        ("standard-1", BOUTON.code)
    ]


# The report, for a person


def test_a_dry_run_says_what_the_same_command_would_do(database: Path, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "a.csv", [a_row(lien="Accueil"), a_row(id="2", lien="")])
    done = brought(database, file, "--dry-run")
    assert done.code == 1
    assert "sans --dry-run, cette commande serait refusée. Aucun bouton pour sans lien" in done.err
    assert "1 avis du lien « Accueil » : aucun bouton de ce nom. --boutons creer" in done.out
    assert '--lien "Accueil=code" en prend un qui existe.' in done.out
    assert brought(database, file).code == 1
    made = ("--boutons=creer",)
    said = brought(database, file, "--dry-run", *made)
    assert said.code == 0
    assert "Sans --dry-run, 2 avis seraient importés, 2 bouton(s) créé(s)." in said.out
    real = brought(database, file, *made)
    codes = dict(rows(database, "select libelle, code from bouton"))
    assert f"« Accueil » : bouton {codes['Accueil']}, créé." in real.out
    again = brought(database, file, "--dry-run", f"--lien=={codes['Sans lien']}")
    assert f"« Accueil » : bouton {codes['Accueil']}." in again.out


def test_what_is_refused_is_told_to_a_program_too(database: Path, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "a.csv", [a_row(lien="Accueil")])
    [refus] = reported(database, file, "--dry-run")["refus"]
    assert "--boutons creer" in refus
    assert reported(database, file, "--dry-run", "--boutons=creer")["refus"] == []


def test_a_figure_has_its_unit(database: Path, tmp_path: Path) -> None:
    phone = CHANNELS[1]
    good = a_row(satisfaction="Très bien", aide=phone, joint=f"{phone} : Oui")
    brought(database, as_csv(tmp_path / "a.csv", [good]))
    alone = as_csv(tmp_path / "b.csv", [a_row(id="2", satisfaction="Pas bien", aide=NONE)])
    said = brought(database, alone, "--dry-run").out
    assert (
        "satisfaction : Pas bien (1), Moyen (0), Très bien (0). "
        "Note : 10,0 sur 10 avant, 5,0 sur 10 après."
    ) in said
    assert "Part de « Nulle part : je n’en ai pas eu besoin » : 0 % avant, 50 % après." in said
    assert "joint : aucune réponse. Part de « Oui » : 100 % avant, 100 % après." in said


def test_columns_that_are_left_out_are_named_and_their_cells_counted(
    database: Path, tmp_path: Path
) -> None:
    """What the national export had in older forms, or has of « Autres, précisez »."""
    precise, easy = "Quels autres types d'aide avez-vous utilisés ?", "Était-ce facile ?"
    told = [
        {**a_row(id=str(i)), precise: "Ma voisine" if i else "", easy: "Oui", "": "x"}
        for i in range(3)
    ]
    file = as_csv(tmp_path / "a.csv", told, [*HEADINGS, precise, easy, "", "Vide"])
    done = brought(database, file, "--laisser")
    assert done.code == 0
    assert f"« {precise} » : 2 cellules remplies (lignes 3, 4)." in done.out
    assert f"« {easy} » : 3 cellules remplies (lignes 2, 3, 4)." in done.out
    assert "« colonne 13 sans titre » : 3 cellules remplies" in done.out
    assert "« Vide »" not in done.out  # nothing of it is lost
    assert f'--colonne "jamais={precise}" laisse une colonne de côté' in done.out
    known = f"--colonne=jamais={precise}", f"--colonne=jamais={easy}"
    assert brought(database, file, *known, "--colonne=jamais=colonne 13 sans titre").code == 0


def test_an_answer_that_is_not_known_is_told_with_those_that_are(
    database: Path, tmp_path: Path
) -> None:
    file = as_csv(tmp_path / "a.csv", [a_row(clarte="9")])
    said = brought(database, file, "--dry-run").out
    assert "« clarte », « 9 » : 1 fois (ligne 2)." in said
    assert '--valeur "clarte:9=1", par exemple' in said
    assert "(clarte : 1, 2, 3, 4, 5)" in said
    taken = brought(database, file, "--dry-run", "--valeur=clarte:9=1")
    assert (taken.code, "inconnues" in taken.out) == (0, False)
    file = as_csv(tmp_path / "b.csv", [a_row(clarte="très " * 20)])
    said = brought(database, file, "--dry-run").out
    assert '--valeur "clarte:La réponse entière=1", par exemple' in said


def test_an_option_that_is_advised_does_what_is_said_of_it(database: Path, tmp_path: Path) -> None:
    """Typed in a shell as it stands: a long title is not cut, and one with signs is not run."""
    long = "Sur une échelle de un à cinq, et compte tenu de tout ce qui précède, que diriez-vous de"
    for title in (f"{long} l’accueil ?", 'Et "$HOME", ou `id`, pour vous ?', "L'an 2000 !"):
        file = as_csv(tmp_path / "a.csv", [{**a_row(), title: "x"}], [*HEADINGS, title])
        first = brought(database, file, "--dry-run")
        assert first.code == 1
        advised = re.search(r"(--colonne .*) laisse une colonne de côté", first.out)
        assert advised is not None
        words = subprocess.run(
            ["sh", "-c", f"printf '%s\\n' {advised[1]}"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        assert words == ["--colonne", f"jamais={title}"]
        assert brought(database, file, "--dry-run", *words).code == 0


def test_a_file_of_another_service_is_told_from_an_export(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "google.csv"
    file.write_text("Horodateur,Remarques\n2026/03/01 3:45:10 PM UTC+1,Bien\n", "utf-8")
    done = brought(database, file, "--dry-run")
    assert "Pour un autre service : --format csv." in done.err
    assert 'Aucune ligne n’en a : --colonne "date=Son titre"' in done.out
    file.write_text("Date de l'avis\n", "utf-8")
    assert "Aucune ligne sous celle des titres." in brought(database, file, "--dry-run").out


def test_a_file_gives_no_command_to_the_terminal(database: Path, tmp_path: Path) -> None:
    """Neither by the name of a link, nor by a heading or an answer."""
    wipe = "\x1b[2JA\x07"
    row = {**a_row(lien=wipe, satisfaction=wipe), wipe: wipe}
    done = brought(database, as_csv(tmp_path / "a.csv", [row, a_row(lien=wipe)], [*row]))
    assert done.code == 1
    assert "« ·[2JA· »" in done.out
    assert "\x1b" not in done.out + done.err


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_given_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    said = "  Lien « Fin de démarche » : bouton k7f3q2, une longue suite de mots"
    lines = _wrapped(said, Screen()).split("\n")
    assert all(len(line) <= 40 for line in lines)
    assert [line[:5].strip() for line in lines] == ["Lie", "k"]
    assert _wrapped(said, io.StringIO()) == said
