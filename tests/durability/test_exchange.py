"""Out of one store, into another, out again: the same bytes. Into it twice: nothing changes. What
is wrong in a file is told with its line, and nothing of the file is taken."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest

from collector.cli import main
from collector.domain import OUVERTURE, Cell
from tests.http.reading import record, some_avis
from tests.store.engines import ENGINES
from tests.world import CARTE, FIN, World, a_server, a_world, rows

FORMATS = ("csv", "ndjson")
FILES = ("avis.{}", "ouvertures.{}", "catalogue.json")


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def jdma(where: str | Path, *words: str) -> Ended:
    """A command in this process, on a database."""
    database = f"sqlite:///{where}" if isinstance(where, Path) else where
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["jdma", *words, f"--database={database}"]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def run(where: str | Path, *words: str) -> str:
    done = jdma(where, *words)
    assert (done.code, done.err) == (0, ""), done
    return done.out


def refused(where: Path, *words: str) -> str:
    done = jdma(where, *words)
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"jdma : .+\.\n", done.err), done.err
    return done.err.removeprefix("jdma : ").strip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database, avis of two démarches in it, some set aside, and openings; and what
    an export of it is."""
    folder = tmp_path_factory.mktemp("depart")
    with a_world(folder) as world:
        fill(world)
    run(folder / "avis.db", "export", str(folder / "sortie"))
    return folder


@pytest.fixture
def source(made: Path, tmp_path: Path) -> Path:
    (tmp_path / "depart").mkdir()
    return Path(shutil.copy(made / "avis.db", tmp_path / "depart"))


@pytest.fixture
def exported(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "sortie", tmp_path / "sortie"))


def fill(world: World) -> None:
    record(world, some_avis())
    days = {"2026-11-20": 3, "2026-11-22": 9}
    cell = Cell(CARTE.id, FIN.code, "", "standard-1", OUVERTURE, 1)
    asyncio.run(world.store.record([], {cell._replace(jour=day): n for day, n in days.items()}))


def contents(folder: Path, format: str) -> dict[str, bytes]:
    names = [name.format(format) for name in FILES]
    return {name: (folder / name).read_bytes() for name in names}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("engine", ENGINES)
def test_exported_imported_and_exported_again_it_is_the_same_to_the_byte(
    source: Path, tmp_path: Path, format: str, engine: str
) -> None:
    first, second = tmp_path / "un", tmp_path / "deux"
    said = run(source, "export", str(first), f"--format={format}")
    assert said == f"60 avis de 3 démarche(s) écrits dans {first}.\n"
    target: Path | str = tmp_path / "arrivee.db"
    if engine != "sqlite":
        target = str(ENGINES[engine](tmp_path).address)  # type: ignore[attr-defined]
    assert run(target, "import", str(first)) == "60 avis importés, 0 y étaient déjà.\n"
    run(target, "export", str(second), f"--format={format}")
    assert contents(first, format) == contents(second, format)
    assert run(target, "verify").endswith("Les compteurs sont égaux au recomptage.\n")
    assert run(target, "import", str(first)) == "0 avis importés, 60 y étaient déjà.\n"
    third = tmp_path / "trois"
    run(target, "export", str(third), f"--format={format}")
    assert contents(first, format) == contents(third, format)


def test_structures_come_back_in_the_same_order_whichever_is_above_which(tmp_path: Path) -> None:
    first, second = tmp_path / "un.db", tmp_path / "deux.db"
    run(first, "structure", "create", "Ville")
    run(first, "structure", "create", "Centre communal", "--parent", "1")
    run(first, "structure", "create", "Département")
    run(first, "export", str(tmp_path / "un"))
    run(second, "import", str(tmp_path / "un"))
    run(second, "export", str(tmp_path / "deux"))
    assert contents(tmp_path / "un", "csv") == contents(tmp_path / "deux", "csv")


def test_an_avis_of_a_clock_that_was_ahead_is_exported_too(exported: Path, tmp_path: Path) -> None:
    target = tmp_path / "arrivee.db"
    run(target, "import", str(spoiled(exported, at("2099-01-01T10:00:00.000Z"))))
    said = run(target, "export", str(tmp_path / "encore"))
    assert said.startswith("60 avis de 3 démarche(s)")


# What is wrong in a file


def spoiled(exported: Path, change: Callable[[str], str | bytes]) -> Path:
    """The avis of an export, changed."""
    path = exported / "avis.csv"
    changed = change(path.read_bytes().decode())
    path.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    return exported


def cut(text: str) -> str:
    return text[:-40]


def renamed(text: str) -> str:
    return text.replace('"recu_le"', '"recule"', 1)


def without_cle(text: str) -> str:
    return "\r\n".join(line.partition(",")[2] for line in text.split("\r\n"))


def of_another_questionnaire(text: str) -> str:
    return text.replace('"standard-1","', '"standard-9","', 1)


def at(instant: str) -> Callable[[str], str]:
    return lambda text: re.sub(
        r'"2026-1[^"]*Z","[^"]*"', f'"{instant}","{instant[:10]}"', text, count=1
    )


SPOILED: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "empty": (lambda text: "", "un fichier vide"),
    "cut short": (cut, "au milieu d’un enregistrement"),
    "another column": (renamed, "« recule » : cette colonne n’existe pas"),
    "another questionnaire": (of_another_questionnaire, "« standard-9 »"),
    "Latin-1": (lambda text: text.encode("latin-1", "replace"), "n’est pas de l’UTF-8"),
    "another day": (
        lambda text: re.sub(r'Z","2026-1\d-\d\d"', 'Z","2020-01-01"', text, count=1),
        "le jour de recu_le à Paris",
    ),
    "another démarche": (
        lambda text: text.replace('"carte-de-stationnement"', '"inconnue"', 1),
        "le slug d’une démarche",
    ),
    "the bouton of another": (
        lambda text: text.replace('"k7f3q2"', '"b2c3d4"', 1), "bouton de cette démarche",
    ),
    "an étape of 0": (lambda text: re.sub(r'",(1|2),"2026', '",0,"2026', text, count=1), "etape"),
    "the last hour that can be written": (at("9999-12-31T23:59:59.999Z"), "un instant comme"),
    "a day of which no figure can be asked": (at("1999-12-31T22:59:59.999Z"), "2000-01-01"),
    "a formula for a key": (
        lambda text: re.sub(r'"01[0-9a-f-]{34}"', '"=1+1"', text, count=1), "« =1+1 »",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_a_wrong_line_is_named_and_nothing_is_taken(
    exported: Path, tmp_path: Path, name: str
) -> None:
    change, wanted = SPOILED[name]
    target = tmp_path / "arrivee.db"
    said = refused(target, "import", str(spoiled(exported, change)))
    assert re.match(r"avis\.csv, ligne \d+", said), said
    assert wanted in said
    assert said.endswith("Aucun avis n’est importé.")
    assert rows(target, "select count(*) from avis") == [(0,)]
    assert rows(target, "select count(*) from demarche") == [(0,)]
    assert rows(target, "select count(*) from agregat") == [(0,)]


WRONG_OPENINGS: dict[str, tuple[dict[str, object], str]] = {
    "no such questionnaire": ({"questionnaire": "inconnu-9"}, "« inconnu-9 »"),
    "no such bouton": ({"bouton": "zzzzzz"}, "un bouton de cette démarche"),
    "the bouton of another": ({"bouton": "b2c3d4"}, "un bouton de cette démarche"),
    "fewer than none": ({"n": -5}, "« -5 »"),
    "more than a counter holds": ({"n": 10**17}, "un nombre entier de 1 à 1000000000"),
    "before there were any": ({"jour": "0001-01-01"}, "un jour de 2000-01-01 à 2100-12-31"),
}


@pytest.mark.parametrize("name", WRONG_OPENINGS)
def test_a_wrong_opening_is_named_and_nothing_is_taken(
    exported: Path, tmp_path: Path, name: str
) -> None:
    change, wanted = WRONG_OPENINGS[name]
    path = exported / "ouvertures.csv"
    with path.open(newline="", encoding="utf-8") as file:
        openings: list[dict[str, object]] = [*csv.DictReader(file)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, openings[0])
        writer.writeheader()
        writer.writerows([openings[0], {**openings[1], **change}])
    target = tmp_path / "arrivee.db"
    said = refused(target, "import", str(exported))
    assert said.startswith("ouvertures.csv, ligne 3, colonne « ")
    assert wanted in said
    assert rows(target, "select count(*) from demarche") == [(0,)]


def test_a_line_without_end_is_not_read_into_memory(exported: Path, tmp_path: Path) -> None:
    path = exported / "avis.csv"
    with path.open("r+b") as file:
        file.truncate(10 * 1024**3)  # ten gigabytes of zeros, which take no room on the disk
    said = refused(tmp_path / "arrivee.db", "import", str(exported))
    assert "plus d’un million d’octets" in said


def test_two_avis_under_one_key_are_refused_with_the_line_of_the_second(
    source: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "ndjson"
    run(source, "export", str(folder), "--format=ndjson")
    path = folder / "avis.ndjson"
    lines = path.read_text("utf-8").splitlines()
    first, second = json.loads(lines[3]), json.loads(lines[7])
    lines[7] = json.dumps({**second, "cle": first["cle"]}, ensure_ascii=False)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    target = tmp_path / "arrivee.db"
    said = refused(target, "import", str(folder))
    assert said.startswith("avis.ndjson, ligne 8, colonne « cle »")
    assert rows(target, "select count(*) from avis") == [(0,)]


def test_an_avis_that_is_there_and_differs_is_refused(source: Path, exported: Path) -> None:
    before = rows(source, "select * from avis")
    path = exported / "avis.csv"
    path.write_bytes(path.read_bytes().replace(b"merci beaucoup", b"merci"))
    said = refused(source, "import", str(exported))
    assert "un autre est déjà enregistré sous celle-ci" in said
    assert rows(source, "select * from avis") == before


def test_a_dry_run_checks_everything_and_changes_nothing(exported: Path, tmp_path: Path) -> None:
    target = tmp_path / "arrivee.db"
    said = run(target, "import", str(exported), "--dry-run")
    assert said == "60 avis vérifiés ; rien n’est changé.\n"
    assert rows(target, "select count(*) from demarche") == [(0,)]
    spoiled(exported, cut)
    assert "au milieu" in refused(target, "import", str(exported), "--dry-run")


def test_a_dry_run_refuses_what_an_import_would(exported: Path, tmp_path: Path) -> None:
    path = exported / "catalogue.json"
    content = json.loads(path.read_text("utf-8"))
    content["questionnaires"][0]["titre"]["fr"] = "Un autre titre"
    path.write_text(json.dumps(content), "utf-8")
    for words in ([], ["--dry-run"]):
        said = refused(tmp_path / "arrivee.db", "import", str(exported), *words)
        assert said.endswith("a ici d’autres mots.")


def test_a_file_alone_is_taken_where_its_demarches_are(source: Path, exported: Path) -> None:
    said = run(source, "import", str(exported / "avis.csv"))
    assert said == "0 avis importés, 60 y étaient déjà.\n"


def test_what_is_configured_already_stays_as_it_is(exported: Path, tmp_path: Path) -> None:
    target = tmp_path / "arrivee.db"
    run(target, "structure", "create", "Ville de Montclair", "--territoire", "01004")
    run(target, "demarche", "create", CARTE.slug, "Autre titre", "--structure", "1")
    run(target, "import", str(exported))
    assert rows(target, "select titre from demarche where slug = 'carte-de-stationnement'") == [
        ("Autre titre",)
    ]
    assert rows(target, "select count(*), max(territoire) from structure") == [(1, "01004")]


def with_value(place: str, name: str, value: object) -> Callable[[bytes], bytes]:
    def change(file: bytes) -> bytes:
        content = json.loads(file)
        content[place][0][name] = value
        return json.dumps(content).encode()

    return change


SPOILED_CATALOGUES: dict[str, Callable[[bytes], bytes]] = {
    "Latin-1": lambda file: file.decode().replace("’", "'").encode("latin-1", "replace"),
    "too deep": lambda file: b"[" * 200_000,
    "a slug that ends a header": with_value("demarches", "slug", 'x"\r\nSet-Cookie: a=b'),
    "a slug that is a page": with_value("demarches", "slug", "methode"),
    "a questionnaire that is nowhere": with_value("demarches", "questionnaire", "nulle-part-1"),
    "a language not spoken": with_value("demarches", "langue", "klingon"),
    "yes for true": with_value("demarches", "publique", "oui"),
    "a number for a text": with_value("structures", "territoire", 5),
    "letters for a list": with_value("boutons", "origines", "https://exemple.fr"),
    "a code with a slash": with_value("boutons", "code", "../../x"),
}


@pytest.mark.parametrize("name", SPOILED_CATALOGUES)
def test_a_spoiled_catalogue_is_refused_and_nothing_is_taken(
    exported: Path, tmp_path: Path, name: str
) -> None:
    path = exported / "catalogue.json"
    path.write_bytes(SPOILED_CATALOGUES[name](path.read_bytes()))
    target = tmp_path / "arrivee.db"
    said = refused(target, "import", str(exported))
    assert said == "catalogue.json n’est pas un catalogue écrit par « jdma export »."
    assert not target.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "jdma-catalogue-1"}', "\x00", '{"questionnaires": [2]}']
)
def test_another_catalogue_is_refused(exported: Path, tmp_path: Path, text: str) -> None:
    (exported / "catalogue.json").write_text(text, "utf-8")
    said = refused(tmp_path / "arrivee.db", "import", str(exported))
    assert said == "catalogue.json n’est pas un catalogue écrit par « jdma export »."


def test_what_is_no_source_is_refused(source: Path, tmp_path: Path) -> None:
    assert "ne se lit pas" in refused(source, "import", str(tmp_path / "rien.csv"))
    assert "ni avis.csv ni avis.ndjson" in refused(source, "import", str(tmp_path))
    run(source, "export", str(tmp_path / "excel"), "--format=excel")
    excel = tmp_path / "excel" / "avis.excel.csv"
    assert "un import se fait d’un fichier" in refused(source, "import", str(excel))
    assert "points-virgules" in refused(source, "import", str(excel.rename(tmp_path / "a.csv")))


def test_a_server_is_not_disturbed(source: Path, exported: Path) -> None:
    with a_server(source) as server:
        said = refused(source, "import", str(exported))
        assert "Un autre collecteur sert déjà" in said
        assert server.process.poll() is None


# What an export refuses


def test_an_export_writes_over_nothing(source: Path, exported: Path) -> None:
    before = contents(exported, "csv")
    assert "existe déjà" in refused(source, "export", str(exported))
    assert contents(exported, "csv") == before


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--filtre", "demarche=inconnue"], "inconnue"),
        (["--filtre", "demarche"], "il faut nom=valeur"),
        (["--filtre", "du=hier"], "du « hier » : il faut un jour AAAA-MM-JJ"),
        (["--filtre", "rien=1"], "rien « 1 » : il faut"),
        (["--format", "pdf"], "il faut l’un de csv"),
    ],
)
def test_what_an_export_cannot_do_is_said_and_leaves_nothing(
    source: Path, tmp_path: Path, words: list[str], wanted: str
) -> None:
    before = sorted(tmp_path.iterdir())
    assert wanted in refused(source, "export", str(tmp_path / "x"), *words)
    assert sorted(tmp_path.iterdir()) == before


def test_an_export_of_a_part_has_that_part(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "partie"
    words = ["--filtre", f"demarche={CARTE.slug}", "--filtre", "du=2026-11-21", "--sans-verbatims"]
    run(source, "export", str(folder), *words)
    catalogue = json.loads((folder / "catalogue.json").read_text("utf-8"))
    assert [each["slug"] for each in catalogue["demarches"]] == [CARTE.slug]
    assert (folder / "ouvertures.csv").read_text("utf-8").count("2026-11-2") == 1
    avis = (folder / "avis.csv").read_text("utf-8")
    assert "verbatim" not in avis
    assert avis.count(CARTE.slug) == sum(
        a.demarche_id == CARTE.id and a.jour >= "2026-11-21" for a in some_avis()
    )
    [last] = rows(source, "select qui, action from journal order by id desc limit 1")
    assert last == ("ligne de commande", "export")
