"""Bytes to an avis: what is read, what is kept of a comment, what is said of a wrong field."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.catalogue import shipped_questionnaires
from collector.domain import new_cle
from collector.errors import Invalid, NotJson
from collector.parse import (
    MAX_AHEAD_MS,
    MAX_MARKS,
    Schema,
    check_notes,
    clean,
    loads,
    parse_avis,
)

NOW = 1_795_341_600_000
AVIS = Schema("avis.v1.json")
STANDARD = shipped_questionnaires()["standard-1"]
A_BODY: dict[str, Any] = {
    "cle": new_cle(NOW),
    "etape": 1,
    "bouton": "k7f3q2",
    "questionnaire": "standard-1",
    "notes": {"satisfaction": 3},
}

# JSON

any_text = st.text(st.characters())  # with lone surrogates
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)


def mended(value: Any) -> Any:
    """The value with U+FFFD for each half of a pair that stands alone."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [mended(each) for each in value]
    if isinstance(value, dict):
        return {mended(name): mended(each) for name, each in value.items()}
    return value


@given(value=values)
def test_all_that_json_can_say_is_read_but_for_half_characters(value: Any) -> None:
    assert loads(json.dumps(value).encode()) == mended(value)


@given(body=st.binary())
def test_any_other_bytes_are_no_json_and_nothing_worse(body: bytes) -> None:
    try:
        loads(body)
    except NotJson:
        return
    json.loads(body)  # what we read, another reader reads too


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"NaN",
        b"[Infinity]",
        b"{,}",
        b"\xef\xbb\xbf{}",
        b'"\\ud83d',
        b'["\\ud83d", NaN]',
        b'["\\ud83d", 1e999]',
        b"[" * 100_000,
        b"[" * 100_000 + b'"\\ud83d"' + b"]" * 100_000,
        b'"\\ud83d\xff"',
        b"1" * 10_000 + b'"\\ud83d"',
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        loads(body)


# Comments


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("", ""),
        (" \t\n", ""),
        ("a", "a"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\r\r\n\n", ""),
        ("a\r\r\nb", "a\n\nb"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("a\tb", "a\tb"),
        ("a\x0bb\x0cc", "abc"),
        ("\x00a\x1b[31m", "a[31m"),
        ("a\x7f\x85\x9f", "a"),
        ("\u202aa\u202e\u2066b\u2069", "ab"),
        ("\ufeffa\ufeff", "a"),
        ("\u200e\u200f", "\u200e\u200f"),  # plain marks: Arabic and Hebrew are typed with them
        ("👩\u200d🏫", "👩\u200d🏫"),
        ("e\u0301", "é"),
        ("e\x00\u0301", "é"),
        ("\u1100\u1161", "가"),
        ("ﬁ ²", "ﬁ ²"),  # composed, not compatible: nothing that was typed changes its look
        ("prix : 12 €", "prix : 12 €"),
        ("\u00a0a\u202f", "a"),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_what_is_kept_of_a_comment(sent: str, kept: str) -> None:
    assert clean(sent) == kept


@given(text=st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(text=st.text(max_size=MAX_MARKS))
def test_no_control_and_no_forced_direction_is_kept(text: str) -> None:
    kept = clean(text)
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in kept)
    assert not set(kept) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert unicodedata.is_normalized("NFC", kept)


@given(text=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=MAX_MARKS))
def test_nothing_that_was_typed_to_be_read_is_lost(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("mark", ["\u0301", "\u0316", "\u0f73", "\u0903"])
def test_a_flood_of_marks_is_kept_as_it_came(mark: str) -> None:
    """To put n marks in order takes n²: 21,000 held everyone up for two seconds."""
    composed = "e" + "\u0316\u0301" * (MAX_MARKS // 2)
    assert clean(composed) == unicodedata.normalize("NFC", composed) != composed
    flood = "e\u0301" + mark * MAX_MARKS + "e\u0301"
    assert clean(flood) == flood


def test_a_row_of_signs_is_no_flood() -> None:
    row = "❤️🎉👩‍🏫" * 100
    assert clean(f"{row}e\u0301") == f"{row}é"


# The schema, in words


def nested(depth: int, around: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = around(value)
    return value


@pytest.mark.parametrize("depth", [2, 100, 254, 255, 256, 1_000])
@pytest.mark.parametrize("around", [lambda v: [v], lambda v: {"a": v}], ids=["[]", "{}"])
@pytest.mark.parametrize("champ", ["verbatim", "notes", "etape", "affichage", "inconnu"])
def test_a_wrong_value_is_named_however_deep_it_is(
    champ: str, around: Callable[[Any], Any], depth: int
) -> None:
    with pytest.raises(Invalid) as refused:
        AVIS.check({**A_BODY, champ: nested(depth, around)})
    assert {faute.champ for faute in refused.value.fautes()} <= {champ, f"{champ}.a"}
    assert refused.value.problem("fr")["erreurs"]


def test_as_many_wrong_fields_are_named_as_one_can_read() -> None:
    """Named one by one, 6,000 wrong levels held everyone up for 40 seconds."""
    notes = {f"A{i}": "" for i in range(6_000)}
    found = fautes({**A_BODY, "notes": notes})
    assert {"notes", "notes.A0", "notes.A49"} <= {name for name, *_ in found}
    assert len(found) <= 241
    known = {"".join(letters): 1 for letters in product("abcdefghijkl", repeat=3)}
    ((champ, _, wanted, _),) = fautes({**A_BODY, "notes": known})
    assert (champ, wanted) == ("notes", "au plus 100 réponses")
    with pytest.raises(Invalid) as refused:
        AVIS.check({**A_BODY, "notes": {"A" * 60_000: 1}, "B" * 60_000: 1})
    assert len(json.dumps(refused.value.problem("fr"))) < 2_000


@given(value=values.map(mended))
@example(value=mended({"\ud800": None}))
def test_whatever_is_wrong_something_is_named(value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        AVIS.check(value)
    assert all(faute.champ for faute in refused.value.fautes())
    assert refused.value.problem("fr")["erreurs"]


def fautes(body: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    with pytest.raises(Invalid) as refused:
        parse_avis(json.dumps(body).encode(), AVIS, NOW)
    return [(f.champ, f.valeur, f.attendu["fr"], f.attendu["en"]) for f in refused.value.fautes()]


@pytest.mark.parametrize(
    ("changes", "faute"),
    [
        ({"etape": "1"}, ("etape", "1", "un nombre entier", "a whole number")),
        ({"etape": 1.5}, ("etape", "1.5", "un nombre entier", "a whole number")),
        ({"etape": 0}, ("etape", "0", "au moins 1", "at least 1")),
        ({"etape": 100_001}, ("etape", "100001", "au plus 100000", "at most 100000")),
        ({"notes": []}, ("notes", "[]", "un objet JSON", "a JSON object")),
        ({"notes": {"a": 0}}, ("notes.a", "0", "au moins 1", "at least 1")),
        ({"notes": {"a": None}}, ("notes.a", "null", "un nombre entier", "a whole number")),
        ({"notes": {"É": 1}}, ("notes", "É", "le code d’une dimension", "the code of a dimension")),
        ({"verbatim": 1}, ("verbatim", "1", "du texte", "text")),
        (
            {"verbatim": "a" * 10_001},
            ("verbatim", "a" * 10_001, "au plus 10000 caractères", "at most 10000 characters"),
        ),
        ({"inconnu": [1]}, ("inconnu", "[1]", "aucun champ de ce nom", "no field of this name")),
        ({"langue": "FR"}, ("langue", "FR", "deux lettres, comme fr", "two letters, such as fr")),
        (
            {"cle": new_cle(NOW + MAX_AHEAD_MS + 1, 0)},
            (
                "cle",
                new_cle(NOW + MAX_AHEAD_MS + 1, 0),
                "un UUIDv7 daté d’aujourd’hui",
                "a UUIDv7 dated today",
            ),
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_was_wanted(
    changes: dict[str, Any], faute: tuple[str, str, str, str]
) -> None:
    assert fautes({**A_BODY, **changes}) == [faute]


def test_too_many_answers_are_too_many() -> None:
    notes = {f"{letter}{'a' * i}": 1 for i in range(10) for letter in "bcdefghijk"} | {"x": 1}
    assert fautes({**A_BODY, "notes": notes})[0][2] == "au plus 100 réponses"


@pytest.mark.parametrize("name", A_BODY)
def test_each_field_that_is_missing_is_named(name: str) -> None:
    body = {field: value for field, value in A_BODY.items() if field != name}
    assert fautes(body) == [(name, "", "ce champ est obligatoire", "this field is required")]


def test_all_wrong_fields_are_told_at_once() -> None:
    assert {champ for champ, *_ in fautes({"etape": 0, "x": 1})} == {
        "etape", "x", "cle", "bouton", "questionnaire", "notes",
    }  # fmt: skip


def test_a_good_body_is_given_back_as_it_is() -> None:
    assert parse_avis(json.dumps(A_BODY).encode(), AVIS, NOW) == A_BODY


# The questionnaire


@pytest.mark.parametrize(
    ("notes", "kept"),
    [
        ({"satisfaction": 3}, {"satisfaction": 3}),
        ({"satisfaction": 1.0}, {"satisfaction": 1}),
        ({"clarte": 5, "satisfaction": 2}, {"clarte": 5, "satisfaction": 2}),
    ],
)
def test_levels_of_the_questionnaire_are_whole_numbers(
    notes: dict[str, int], kept: dict[str, int]
) -> None:
    found = check_notes(notes, STANDARD)
    assert found == kept
    assert {type(level) for level in found.values()} == {int}


@pytest.mark.parametrize(
    ("notes", "champs"),
    [
        ({}, ["notes.satisfaction"]),
        ({"effort": 3}, ["notes.satisfaction"]),
        ({"satisfaction": 4}, ["notes.satisfaction"]),
        ({"satisfaction": 3, "effort": 6}, ["notes.effort"]),
        ({"satisfaction": 3, "delai": 1}, ["notes.delai"]),
        ({"effort": 6, "delai": 1}, ["notes.satisfaction", "notes.effort", "notes.delai"]),
    ],
)
def test_what_the_questionnaire_does_not_ask_is_refused(
    notes: dict[str, int], champs: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        check_notes(notes, STANDARD)
    assert [f.champ for f in refused.value.fautes()] == champs
