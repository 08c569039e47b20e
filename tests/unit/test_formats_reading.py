"""What comes back is what left, to the byte; and what does not fit is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.formats import Field, Row, Table
from collector.formats.read_csv import read_csv
from collector.formats.read_ndjson import read_ndjson
from collector.formats.reading import RECORD_BYTES, FileRefused, Record
from tests.formats import (
    A_ROW,
    EVERY_TYPE,
    NASTY,
    NOTHING,
    TEXTS,
    a_table_of_avis,
    avis_rows,
    encoded,
    written,
)  # fmt: skip

READERS: dict[str, Callable[..., Iterator[Record]]] = {"csv": read_csv, "ndjson": read_ndjson}

SMALL = Table(
    "petit",
    "Petit",
    "",
    (
        Field("nom", "string", "Nom", "", {"required": True, "maxLength": 9, "pattern": "[a-z]+"}),
        Field("note", "integer", "Note", "", {"minimum": 1, "maximum": 5}),
        Field("part", "number", "Part", "", {"minimum": 0}),
        Field("jour", "date", "Jour"),
        Field("instant", "datetime", "Instant"),
        Field("vrai", "boolean", "Vrai"),
        Field("sorte", "string", "Sorte", "", {"enum": ["a", "b"]}),
    ),
)
GOOD: dict[str, object] = {"nom": "x", "note": 3, "part": 0.5, "jour": "2026-11-22"}
GOOD |= {"instant": "2026-11-22T14:12:34.123Z", "vrai": True, "sorte": "a"}


def rows_of(nom: str, table: Table, path: Path) -> list[Row]:
    return [tuple(record.valeurs.values()) for record in READERS[nom](path, table)]


@pytest.mark.parametrize("nom", READERS)
@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (EVERY_TYPE, [A_ROW, NOTHING, A_ROW]),
        (TEXTS, [(text, text) for text in NASTY]),
        (a_table_of_avis(), avis_rows(100)),
    ],
    ids=["types", "nasty", "avis"],
)
def test_a_file_read_and_written_again_is_the_same(
    nom: str, table: Table, rows: list[Row], tmp_path: Path
) -> None:
    file = tmp_path / "fichier"
    file.write_bytes(written(nom, table, rows))
    back = rows_of(nom, table, file)
    assert back == rows
    assert written(nom, table, back) == file.read_bytes()


texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize("nom", READERS)
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=10))
def test_any_text_is_read_as_it_was_written(
    nom: str, rows: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / f"any.{nom}"
    file.write_bytes(encoded(nom, TEXTS, rows))
    assert rows_of(nom, TEXTS, file) == rows


def refused(nom: str, data: bytes | str, folder: Path, table: Table = SMALL) -> FileRefused:
    file = folder / f"avis.{nom}"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(FileRefused) as raised:
        list(READERS[nom](file, table))
    return raised.value


def csv_of(**changed: object) -> str:
    """A file of two records, of which the second is changed."""
    spelled = [{True: "true"}.get(v, str(v)) if v is True else str(v) for v in GOOD.values()]
    other = [str(changed.get(name, value)) for name, value in zip(GOOD, spelled, strict=True)]
    return "\r\n".join([",".join(GOOD), ",".join(spelled), ",".join(other), ""])


def ndjson_of(**changed: object) -> str:
    return json.dumps(GOOD) + "\n" + json.dumps(GOOD | changed) + "\n"


def test_what_the_tables_of_errors_change_was_right(tmp_path: Path) -> None:
    for nom, text in (("csv", csv_of()), ("ndjson", ndjson_of())):
        (tmp_path / nom).write_text(text, newline="")
        records = list(READERS[nom](tmp_path / nom, SMALL))
        assert [record.valeurs for record in records] == [GOOD, GOOD]


def test_records_know_the_line_they_begin_on(tmp_path: Path) -> None:
    file = tmp_path / "avis.csv"
    file.write_text('a,b\n1,"un\ndeux"\n"trois\n\n",4\n5,6\n')
    assert [record.ligne for record in read_csv(file, TEXTS)] == [2, 4, 7]


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("nom", "", "un texte d’au plus 9 caractères de la forme [a-z]+"),
        ("nom", "A", "de la forme [a-z]+"),
        ("nom", "abcdefghij", "d’au plus 9 caractères"),
        ("note", "6", "un nombre entier de 1 à 5, ou rien"),
        ("note", "0", "un nombre entier de 1 à 5"),
        ("note", "03", "un nombre entier"),
        ("note", "3.0", "un nombre entier"),
        ("note", "٣", "un nombre entier"),
        ("note", "9" * 5000, "un nombre entier"),
        ("part", "0;5", "un nombre d’au moins 0"),
        ("part", "-0.1", "un nombre d’au moins 0"),
        ("part", "1e999", "un nombre"),
        ("part", "nan", "un nombre"),
        ("jour", "2026-02-30", "un jour AAAA-MM-JJ"),
        ("jour", "22/11/2026", "un jour AAAA-MM-JJ"),
        ("instant", "2026-11-22 14:12", "un instant AAAA-MM-JJThh:mm:ss.mmmZ"),
        ("instant", "2026-11-22T25:12:34.123Z", "un instant"),
        ("vrai", "VRAI", "true ou false"),
        ("sorte", "c", "l’un de a, b"),
    ],
)
def test_a_csv_with_a_wrong_value_is_refused_at_its_place(
    column: str, value: str, wanted: str, tmp_path: Path
) -> None:
    error = refused("csv", csv_of(**{column: value}), tmp_path)
    assert (error.fichier, error.ligne, error.colonne) == ("avis.csv", 3, column)
    assert error.trouve.startswith(f"« {value[:70]}")
    assert wanted in error.attendu


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("nom", None, "un texte"),
        ("nom", "", "un texte"),
        ("nom", 1, "un texte"),
        ("note", "3", "un nombre entier"),
        ("note", True, "un nombre entier"),
        ("note", 3.0, "un nombre entier"),
        ("note", [3], "un nombre entier"),
        ("part", True, "un nombre"),
        ("part", -1, "un nombre d’au moins 0"),
        ("jour", 20261122, "un jour"),
        ("instant", "hier", "un instant"),
        ("vrai", 1, "true ou false"),
        ("sorte", {"a": 1}, "l’un de a, b"),
    ],
)
def test_an_ndjson_with_a_wrong_value_is_refused_at_its_place(
    column: str, value: object, wanted: str, tmp_path: Path
) -> None:
    error = refused("ndjson", ndjson_of(**{column: value}), tmp_path)
    assert (error.fichier, error.ligne, error.colonne) == ("avis.ndjson", 2, column)
    assert wanted in error.attendu


BOTH = '{"a": "x", "b": "y"}\n'


@pytest.mark.parametrize(
    ("nom", "data", "ligne", "colonne", "words"),
    [
        ("csv", b"", 1, None, "un fichier vide"),
        ("csv", b"a\nx\n", 1, "b", "cette colonne manque"),
        ("csv", b"a,b,c\n", 1, "c", "n’existe pas ; il faut l’une de celles-ci : a, b"),
        ("csv", b"a,b,a\n", 1, "a", "deux fois"),
        ("csv", b"A,b\n", 1, "A", "n’existe pas"),
        ("csv", b"a;b\n", 1, None, "celui pour Excel"),
        ("csv", b"a,b\nx\n", 2, None, "1 valeurs ; il faut en avoir 2"),
        ("csv", b"a,b\nx,y,z\n", 2, None, "3 valeurs"),
        ("csv", b"a,b\n\nx,y\n", 2, None, "0 valeurs"),
        ("csv", b'a,b\nx,"y\nz\n', 2, None, "jamais fermé"),
        ("csv", b'a,b\nx,"y"z\n', 2, None, "guillemet"),
        ("csv", b"a,b\nx,y\rz,t\n", 2, None, "fin de ligne mal placés"),
        ("csv", b"a,b\nx,y\nz,t", 3, None, "s’arrête au milieu"),
        ("csv", b'a,b\nx,"y\nz', 2, None, "s’arrête au milieu"),
        ("csv", "a,b\nx,y\né,t\n".encode("latin-1"), 3, None, "0xE9, qui n’est pas de l’UTF-8"),
        ("csv", "a,b\nx,y\n".encode("utf-16"), 1, None, "UTF-8"),
        ("csv", b"a,b\nx," + b"y" * RECORD_BYTES + b"\n", 2, None, "plus d’un million d’octets"),
        ("csv", b"a,b\nx," + b"y" * 200_000 + b"\n", 2, None, "plus de cent mille caractères"),
        ("csv", b'a,b\nx,"' + b"y\n" * RECORD_BYTES, 2, None, "plus de cent mille caractères"),
        ("csv", b"a,b\n" + b'"\n",' * RECORD_BYTES, 2, None, "plus d’un million d’octets"),
        ("ndjson", BOTH + '{"a": "x"}\n', 2, "b", "cette colonne manque"),
        ("ndjson", BOTH + '{"a": "x", "b": "y", "c": 1}\n', 2, "c", "n’existe pas"),
        ("ndjson", BOTH + '{"a": "x", "b": "y", "a": "z"}\n', 2, "a", "deux fois"),
        ("ndjson", BOTH + '{"a":"x","a":"x","b":"y"}\n', 2, "a", "deux fois"),
        ("ndjson", BOTH + '["x", "y"]\n', 2, None, "un objet JSON par ligne"),
        ("ndjson", BOTH + "\n" + BOTH, 2, None, "un objet JSON par ligne"),
        ("ndjson", BOTH + '{"a": "x", "b": "y"\n', 2, None, "qui n’est pas du JSON"),
        ("ndjson", BOTH + '{"a": "x", "b": NaN}\n', 2, None, "qui n’est pas du JSON"),
        ("ndjson", BOTH + '{"a": "\\ud800", "b": "y"}\n', 2, None, "qui n’est pas du JSON"),
        ("ndjson", BOTH + '{"a": ' + "[" * 1000 + "]" * 1000 + ', "b":1}\n', 2, "a", "un texte"),
        ("ndjson", BOTH + '{"a": "x", "b": "y"}', 2, None, "s’arrête au milieu"),
        ("ndjson", '{"a": "é", "b": "y"}\n'.encode("latin-1"), 1, None, "Latin-1"),
        ("ndjson", b"{" + b" " * RECORD_BYTES + b"}\n", 1, None, "plus d’un million d’octets"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(
    nom: str, data: bytes | str, ligne: int, colonne: str | None, words: str, tmp_path: Path
) -> None:
    error = refused(nom, data, tmp_path, TEXTS)
    assert (error.ligne, error.colonne) == (ligne, colonne)
    assert words in str(error)


def test_a_first_line_without_a_name_is_refused(tmp_path: Path) -> None:
    assert refused("csv", "\n", tmp_path).trouve == "cette colonne manque"


def test_a_number_of_any_size_is_refused_in_a_sentence(tmp_path: Path) -> None:
    refusal = refused("ndjson", ndjson_of(note=10**30), tmp_path)
    assert (refusal.ligne, refusal.colonne, refusal.trouve) == (2, "note", str(10**30))


@pytest.mark.parametrize("nom", READERS)
def test_a_refusal_is_one_short_sentence(nom: str, tmp_path: Path) -> None:
    data = csv_of(note="x" * 5000) if nom == "csv" else ndjson_of(note="x" * 5000)
    sentence = str(refused(nom, data, tmp_path))
    assert sentence.startswith(f"avis.{nom}, ligne {3 if nom == 'csv' else 2}, colonne « note » : ")
    assert sentence.endswith(" ; il faut un nombre entier de 1 à 5, ou rien.")
    assert len(sentence) < 250


@pytest.mark.parametrize("nom", READERS)
def test_a_line_without_end_is_refused_before_it_is_read(nom: str, tmp_path: Path) -> None:
    file = tmp_path / "avis"
    with file.open("wb") as out:
        out.truncate(10 * 1024**3)  # ten gigabytes, none of them on the disk
    with pytest.raises(FileRefused, match="plus d’un million d’octets"):
        list(READERS[nom](file, TEXTS))


@pytest.mark.parametrize(("nom", "text"), [("csv", "a,b\r\nx,y\r\n"), ("ndjson", BOTH)])
def test_a_byte_order_mark_is_accepted(nom: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "avis"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [record.valeurs for record in READERS[nom](file, TEXTS)] == [{"a": "x", "b": "y"}]


@pytest.mark.parametrize(("nom", "text"), [("csv", "b\ny\n"), ("ndjson", '{"b": "y"}\n')])
def test_an_optional_column_may_be_missing(nom: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "avis"
    file.write_text(text)
    assert [record.valeurs for record in READERS[nom](file, TEXTS, {"a"})] == [{"b": "y"}]


@pytest.mark.parametrize(
    ("nom", "text"), [("csv", "b,a\ny,x\n"), ("ndjson", '{"b": "y", "a": "x"}\n')]
)
def test_columns_may_come_in_any_order(nom: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "avis"
    file.write_text(text)
    assert [record.valeurs for record in READERS[nom](file, TEXTS)] == [{"a": "x", "b": "y"}]


def test_what_is_before_a_wrong_record_was_read(tmp_path: Path) -> None:
    file = tmp_path / "avis.csv"
    file.write_text("a,b\n1,2\n3\n")
    records = read_csv(file, TEXTS)
    assert next(records).valeurs == {"a": "1", "b": "2"}
    with pytest.raises(FileRefused):
        next(records)
