"""`jdma publier` and `jdma sdg` as an operator runs them: files, sentences, exit codes."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import json
import os
import re
import resource
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema_rs
import pytest

from collector.asked.periode import Periode, mois, months
from collector.config import resource as shipped
from collector.exchange.swap import replacing
from collector.open_data.sdg import due
from collector.store.contract import StoreError
from tests.http.depot import ACCEPTED, a_depot, said
from tests.http.test_cli import Ended, as_json, jdma, one_sentence
from tests.world import CACHEE, CARTE, FIN, execute, new_database

KEY = "une-cle-qui-ne-doit-pas-se-voir"
PUBLIC = "https://avis.exemple.fr"
SDG_SCHEMA = json.loads(shipped("schemas", "exports", "sdg.v1.json").read_text("utf-8"))
FILES = ["LISEZMOI.md", "agregats.csv", "agregats.schema.json", "datapackage.json"]

# Commands go by the real clock: the month before last is over, whatever the hour in Paris.
TODAY = datetime.now(UTC).date()
OVER = mois(mois(TODAY).du - timedelta(days=40))
MONTH = f"{OVER.du:%Y-%m}"
MONTHS = months(Periode(date(OVER.du.year - 1, 1, 1), OVER.au))


def count(database: Path, demarche: int, months: list[str], levels: dict[int, int]) -> None:
    """So many answers of each level in each of these months."""
    cells = [("avis", 1, sum(levels.values()))]
    cells += [("satisfaction", level, n) for level, n in levels.items()]
    values = [
        f"({demarche}, '{FIN.code}', '{mois}', 'standard-1', '{dimension}', {note}, {n})"
        for mois in months
        for dimension, note, n in cells
    ]
    columns = "demarche_id, bouton, mois, questionnaire, dimension, note, n"
    execute(database, f"insert into agregat_mois ({columns}) values {', '.join(values)}")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A démarche with an address, answered every month, and one without."""
    path = new_database(tmp_path)
    count(path, CARTE.id, MONTHS, {1: 4, 2: 3, 3: 14})
    count(path, CACHEE.id, [MONTH], {3: 2})
    url = "https://www.exemple.fr/carte?x=1"
    execute(path, f"update demarche set url = '{url}' where id = {CARTE.id}")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# publier


def test_publier_writes_a_publication_and_says_what_is_in_it(
    database: Path, tmp_path: Path
) -> None:
    dest = tmp_path / "ouvert"
    told = as_json(jdma("publier", str(dest), "--json", database=database))
    assert list(contents(dest)) == FILES
    with (dest / "agregats.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    published = [row for row in rows if row["statut"] == "publie"]
    assert {row["n"] for row in published if row["periodicite"] == "mois"} == {"21"}
    assert told == {
        "dossier": str(dest), "jour": told["jour"],
        "demarches": 2, "lignes": len(rows), "publiees": len(published),
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told["jour"])
    assert stat.S_IMODE(dest.stat().st_mode) & 0o700 == 0o700
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_publier_again_replaces_the_whole_folder(database: Path, tmp_path: Path) -> None:
    dest = tmp_path / "ouvert"
    dest.mkdir()  # an empty one will do
    first = jdma("publier", str(dest), database=database)
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith(f"{dest} : 2 démarche(s), ")
    before = contents(dest)
    assert jdma("publier", str(dest), database=database) == first
    assert contents(dest) == before
    (dest / "LISEZMOI.md").unlink()  # what has gone comes back
    assert jdma("publier", str(dest), database=database) == first
    assert contents(dest) == before


def refused(dest: Path | str, database: Path) -> str:
    return one_sentence(jdma("publier", str(dest), database=database))


def test_publier_leaves_alone_what_is_not_its_own(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mes-documents"
    folder.mkdir()
    (folder / "these.odt").write_text("vingt ans de travail")
    assert refused(folder, database) == (
        f"{folder} n’est ni vide ni une publication précédente : rien n’y a été changé."
    )
    assert contents(folder) == {"these.odt": b"vingt ans de travail"}
    file = tmp_path / "fichier"
    file.write_text("un fichier")
    assert refused(file, database) == f"{file} n’est pas un dossier."
    assert refused(file / "sous", database) == f"{file} n’est pas un dossier."
    assert refused(tmp_path / "absent" / "sous", database).endswith("n’est pas un dossier.")
    assert refused("/", database) == "/ ne se remplace pas."
    assert refused("/proc/ouvert", database).startswith("/proc/.ouvert.nouveau : ")
    assert refused("a" * 300, database).endswith("File name too long.")
    assert file.read_text() == "un fichier"


def test_publier_a_database_that_fails_leaves_the_former_publication(
    database: Path, tmp_path: Path
) -> None:
    dest = tmp_path / "ouvert"
    as_json(jdma("publier", str(dest), "--json", database=database))
    before = contents(dest)
    assert refused(dest, tmp_path / "neuf.db").startswith("Migrations en attente")
    execute(database, "alter table agregat_mois rename to perdue")
    assert jdma("publier", str(dest), database=database).code == 1
    assert contents(dest) == before
    assert [path.name for path in tmp_path.glob(".*")] == []


# The swap of a folder


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """A folder with a publication of yesterday."""
    dest = tmp_path / "ouvert"
    dest.mkdir()
    (dest / "agregats.csv").write_text("hier")
    return dest


def beside(folder: Path) -> list[str]:
    return [path.name for path in folder.parent.iterdir()]


def ours(folder: Path) -> bool:
    return all(path.name in FILES for path in folder.iterdir())


def replaced_by(dest: Path, fill: Callable[[Path], None]) -> None:
    with replacing(dest, ours) as folder:
        fill(folder)


def fill(folder: Path) -> None:
    (folder / "agregats.csv").write_bytes(bytes(10_000))


def fill_and_fail(folder: Path) -> None:
    fill(folder)
    raise ZeroDivisionError


def test_a_block_that_fails_changes_nothing(former: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        replaced_by(former, fill_and_fail)
    assert contents(former) == {"agregats.csv": b"hier"}
    assert beside(former) == ["ouvert"]


@contextlib.contextmanager
def small_files() -> Iterator[None]:
    """No file may grow beyond 1,000 bytes: as good as a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_room_is_a_sentence_and_changes_nothing(former: Path) -> None:
    with small_files(), pytest.raises(StoreError, match="File too large"):
        replaced_by(former, fill)
    assert contents(former) == {"agregats.csv": b"hier"}
    assert beside(former) == ["ouvert"]
    replaced_by(former, fill)
    assert contents(former) == {"agregats.csv": bytes(10_000)}


def test_what_was_killed_on_its_way_is_cleared(former: Path) -> None:
    part = former.with_name(".ouvert.nouveau")
    part.mkdir()
    (part / "agregats.csv").write_text("à moit")
    with replacing(former, ours) as folder:
        assert contents(folder) == {}
        (folder / "agregats.csv").write_text("aujourd’hui")
    assert contents(former) == {"agregats.csv": "aujourd’hui".encode()}


@pytest.mark.parametrize("done", [False, True])
def test_killed_between_the_two_renames_is_mended(former: Path, done: bool) -> None:
    aside = former.with_name(".ouvert.ancien")
    former.rename(aside)
    if done:
        former.mkdir()
        (former / "agregats.csv").write_text("aujourd’hui")
    with pytest.raises(ZeroDivisionError):
        replaced_by(former, fill_and_fail)
    assert contents(former) == {"agregats.csv": ("aujourd’hui" if done else "hier").encode()}
    assert beside(former) == ["ouvert"]


def test_two_at_once_are_one_after_the_other_or_not_at_all(former: Path) -> None:
    with replacing(former, ours) as folder:
        (folder / "agregats.csv").write_text("aujourd’hui")
        with pytest.raises(StoreError, match="Un autre programme écrit déjà"):
            replacing(former, ours).__enter__()
    assert contents(former) == {"agregats.csv": "aujourd’hui".encode()}


def test_a_lock_on_a_folder_that_has_moved_is_no_lock(former: Path) -> None:
    part = former.with_name(".ouvert.nouveau")
    part.mkdir()
    handle = os.open(part, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        part.rename(former.with_name("ailleurs"))
        with replacing(former, ours) as folder:
            (folder / "agregats.csv").write_text("aujourd’hui")
    finally:
        os.close(handle)
    assert contents(former) == {"agregats.csv": "aujourd’hui".encode()}


def test_a_link_to_a_folder_stays_a_link(former: Path) -> None:
    link = former.with_name("lien")
    link.symlink_to(former)
    with replacing(link, ours) as folder:
        (folder / "agregats.csv").write_text("aujourd’hui")
    assert link.is_symlink()
    assert contents(former) == {"agregats.csv": "aujourd’hui".encode()}


# sdg


def sdg(*words: str, database: Path, **given: str) -> Ended:
    return jdma("sdg", *words, database=database, **{"JDMA_PUBLIC_URL": PUBLIC, **given})


def test_sdg_prints_a_month_that_fits_the_schema(database: Path) -> None:
    ended = sdg("--mois", MONTH, database=database)
    assert ended.code == 0
    message = json.loads(ended.out)
    jsonschema_rs.validate(SDG_SCHEMA, message)
    [submission] = message["submissions"]
    assert submission["url"] == "https://www.exemple.fr/carte"
    assert submission["ratings"] == {"1": 4, "2": 0, "3": 3, "4": 0, "5": 14}
    assert (submission["month"], submission["count"]) == (MONTH, 21)
    assert "Sans adresse, donc laissées : brouillon." in ended.err
    assert f"À envoyer au plus tard le {due(OVER)}" in ended.err


def test_sdg_says_when_it_is_late(database: Path) -> None:
    late = as_json(sdg("--mois", "2020-01", "--json", database=database))
    assert late == {
        "mois": "2020-01", "echeance": "2020-02-07", "en_retard": True, "demarches": 0, "avis": 0,
        "sans_adresse": [], "octets": [], "acceptes": [], "messages": [],
    }  # fmt: skip
    assert (
        "au plus tard le 2020-02-07 : c’est passé."
        in sdg("--mois", "2020-01", database=database).err
    )


def test_sdg_writes_a_file_of_one_message_a_line(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "sdg.jsonl"
    ended = sdg("--mois", MONTH, "--sortie", str(file), database=database)
    assert (ended.code, ended.out) == (0, "")
    [line] = file.read_text("utf-8").splitlines()
    jsonschema_rs.validate(SDG_SCHEMA, json.loads(line))
    told = as_json(sdg("--mois", MONTH, "--sortie", str(file), "--json", database=database))
    assert (told["demarches"], told["avis"], told["sans_adresse"]) == (1, 21, ["brouillon"])
    assert "messages" not in told
    sentence = one_sentence(sdg("--mois", MONTH, "--sortie", str(tmp_path), database=database))
    assert str(tmp_path) in sentence
    assert not list(tmp_path.parent.glob("*.part"))


def sent(url: str, database: Path, *words: str) -> Ended:
    return sdg(
        "--mois", MONTH, "--envoyer", *words, database=database, JDMA_SDG_URL=url, JDMA_SDG_KEY=KEY
    )


def test_sdg_sends_after_a_failure_of_theirs_and_says_what_was_accepted(database: Path) -> None:
    with a_depot(said(500, retry_after="0"), ACCEPTED) as depot:
        ended = sent(depot.url, database)
    assert (ended.code, ended.out) == (0, "")
    assert "Accepté par le dépôt : 1 message(s)." in ended.err
    first, second = depot.received
    assert first.body == second.body
    assert second.headers["x-api-key"] == KEY
    jsonschema_rs.validate(SDG_SCHEMA, json.loads(second.body))
    assert KEY not in ended.err + ended.out


def test_sdg_sends_a_correction_under_the_same_identifier(database: Path) -> None:
    with a_depot(ACCEPTED) as depot:
        assert as_json(sent(depot.url, database, "--json"))["acceptes"] == [201]
        execute(
            database, "update agregat_mois set n = 15 where dimension = 'satisfaction' and note = 3"
        )
        assert sent(depot.url, database).code == 0
    before, after = (json.loads(each.body)["submissions"][0] for each in depot.received)
    assert before["uniqueId"] == after["uniqueId"]
    assert (before["count"], after["count"]) == (21, 22)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (said(401, KEY.encode()), "le dépôt a répondu 401"),
        (said(302, location="https://ailleurs.exemple.fr/"), "le dépôt renvoie ailleurs (302), "
         "ce qui n’est pas suivi"),
        (said(200, b"<html>"), "le dépôt a répondu 200 sans dire en JSON ce qu’il a reçu"),
    ],
)  # fmt: skip
def test_sdg_that_is_refused_says_so_once(database: Path, answer: bytes, sentence: str) -> None:
    with a_depot(answer) as depot:
        told = one_sentence(sent(depot.url, database))
    assert told == f"{sentence} : 0 message(s) sur 1 acceptés."
    assert len(depot.received) == 1


def a_month(jour: date) -> str:
    return f"{jour:%Y-%m}"


SDG_REFUSALS: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    **{
        f"month {wrong}": (
            ("--mois", wrong), {}, f"mois « {wrong} » : il faut AAAA-MM, de 2000-01 à 2100-12.",
        )
        for wrong in ("2026-13", "octobre", "")
    },
    "month that is not over": (
        ("--mois", a_month(TODAY)), {},
        f"{a_month(TODAY)} n’est pas fini : ses notes peuvent être envoyées à partir du lendemain.",
    ),
    "month to come": (
        ("--mois", "2099-01"), {},
        "2099-01 n’est pas fini : ses notes peuvent être envoyées à partir du lendemain.",
    ),
    "no public address": (
        ("--mois", MONTH), {"JDMA_PUBLIC_URL": ""},
        "JDMA_PUBLIC_URL manque : les identifiants envoyés en sont faits.",
    ),
    "no address to send to": (
        ("--mois", MONTH, "--envoyer"), {},
        "JDMA_SDG_URL manque : le coordinateur national la donne.",
    ),
    "no key": (
        ("--mois", MONTH, "--envoyer"), {"JDMA_SDG_URL": "https://sdg.exemple.eu/avis"},
        "JDMA_SDG_KEY manque : le coordinateur national la donne.",
    ),
    "address in the clear": (
        ("--mois", MONTH), {"JDMA_SDG_URL": "http://sdg.exemple.eu/avis"},
        "JDMA_SDG_URL vaut « http://sdg.exemple.eu/avis » : il faut une adresse https:// sans nom "
        "d’utilisateur, ou rien.",
    ),
    "key that no header takes": (
        ("--mois", MONTH), {"JDMA_SDG_KEY": f"{KEY}\nx: y"},
        "JDMA_SDG_KEY vaut … : il faut des lettres, chiffres et signes ASCII sans espace, ou rien.",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for what is only read."""
    return new_database(tmp_path_factory.mktemp("still"))


@pytest.mark.parametrize(("words", "given", "sentence"), SDG_REFUSALS.values(), ids=SDG_REFUSALS)
def test_sdg_refuses_in_one_sentence(
    still: Path, words: tuple[str, ...], given: dict[str, str], sentence: str
) -> None:
    assert one_sentence(sdg(*words, database=still, **given)) == sentence


@pytest.mark.parametrize("command", ["sdg", "publier"])
def test_what_is_missing_ends_with_2(still: Path, command: str) -> None:
    ended = jdma(command, database=still)
    assert (ended.code, ended.out) == (2, "")
    assert "--help" in ended.err
