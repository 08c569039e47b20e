"""`q`: what it asks for, what is refused, and what is shown of what was found."""

from __future__ import annotations

import contextlib
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.asked.recherche import (
    MARK_END,
    MARK_START,
    MAX_CHARACTERS,
    MAX_MOTS,
    PASSAGE,
    Recherche,
    Terme,
    fold,
    parse_recherche,
    passage,
    scores,
)
from collector.domain import LANGUES
from collector.errors import BadFilter
from collector.parse import clean


def a_word(mot: str) -> Terme:
    return Terme((mot,))


def shown(text: str, q: str, formes: frozenset[str] = frozenset()) -> str:
    """A passage with brackets for marks."""
    found = passage(text, parse_recherche(q), formes)
    return found.replace(MARK_START, "[").replace(MARK_END, "]")


ASKED = {
    "carte": [a_word("carte")],
    "  Carte   GRISE ": [a_word("carte"), a_word("grise")],
    "Déçu": [a_word("decu")],
    "de\u0301c\u0327u": [a_word("decu")],
    "carte carte CARTE": [a_word("carte")],
    "l’accès à la carte": [a_word("acces"), a_word("carte")],
    "the end of it": [a_word("end")],
    '"carte grise"': [Terme(("carte", "grise"))],
    "« carte grise » vite": [Terme(("carte", "grise")), a_word("vite")],
    "“carte grise”": [Terme(("carte", "grise"))],
    '"de la carte"': [Terme(("de", "la", "carte"))],
    '"la"': [a_word("la")],
    '"carte" grise"': [a_word("carte"), a_word("grise")],
    '"" carte': [a_word("carte")],
    "rempl*": [Terme(("rempl",), debut=True)],
    "ÉTÉ*": [Terme(("ete",), debut=True)],
    "de*": [Terme(("de",), debut=True)],
    "carte * grise": [a_word("carte"), a_word("grise")],
    "ca*rte": [a_word("rte")],
    '"carte*"': [a_word("carte")],
    "carte -grise +vite ^fin": [a_word("carte"), a_word("grise"), a_word("vite"), a_word("fin")],
    "carte AND grise OR NOT NEAR(vite, 2)": [
        *map(a_word, ("carte", "grise", "not", "near", "vite", "2"))
    ],
    "verbatim:carte": [a_word("verbatim"), a_word("carte")],
    "{carte} (grise) [vite]": [a_word("carte"), a_word("grise"), a_word("vite")],
    "carte\0grise": [a_word("carte"), a_word("grise")],
    "carte 👍🏽 grise": [a_word("carte"), a_word("grise")],
    "carte\ud83d": [a_word("carte")],
    "50 m²": [a_word("50"), a_word("m²")],
    "спасибо": [a_word("спасибо")],
}


@pytest.mark.parametrize("q", ASKED, ids=ascii)
def test_what_is_typed_is_what_is_asked_for(q: str) -> None:
    assert parse_recherche(q) == Recherche(tuple(ASKED[q]))


REFUSED = {
    "": "au moins un mot",
    "   ": "au moins un mot",
    "le la les de": "au moins un mot",
    "of the": "au moins un mot",
    "À l’": "au moins un mot",
    "\"'*-+^:(){}": "au moins un mot",
    '«»“”""': "au moins un mot",
    "👍": "au moins un mot",
    "\0": "au moins un mot",
    "a*": "2 lettres",
    "carte é*": "2 lettres",
    "x" * (MAX_CHARACTERS + 1): "200 caractères",
    "mot " * 2_560: "200 caractères",
    " ".join(f"m{i}" for i in range(MAX_MOTS + 1)): "20 mots",
    f'"{"a " * (MAX_MOTS + 1)}"': "20 mots",
}


@pytest.mark.parametrize("q", REFUSED, ids=lambda q: ascii(q[:20]))
def test_what_cannot_be_looked_for_is_refused_in_one_sentence(q: str) -> None:
    with pytest.raises(BadFilter) as refused:
        parse_recherche(q)
    [faute] = refused.value.fautes()
    assert faute.champ == "q"
    assert REFUSED[q] in faute.attendu["fr"]
    assert all(faute.attendu[langue] for langue in LANGUES)


def test_the_longest_and_the_most_that_is_allowed_is_taken() -> None:
    assert parse_recherche("x" * MAX_CHARACTERS).termes == (a_word("x" * MAX_CHARACTERS),)
    assert len(parse_recherche(" ".join(f"m{i}" for i in range(MAX_MOTS))).termes) == MAX_MOTS
    assert parse_recherche("le " * 50 + "mot").termes == (a_word("mot"),)


@given(st.text(max_size=250))
@example("\u0130*")
@example("آ")  # apart, a letter and a mark that is none of ours
def test_any_text_is_taken_or_refused(q: str) -> None:
    for mot in mots_of(q):
        assert mot[0].isalnum()
        assert all(sign.isalnum() or category(sign).startswith("M") for sign in mot)
        assert mot == fold(mot)


def mots_of(q: str) -> list[str]:
    """The words asked for; none when `q` was refused, as it should be."""
    with contextlib.suppress(BadFilter):
        return [mot for terme in parse_recherche(q).termes for mot in terme.mots]
    return []


# What is shown

PASSAGES = {
    "a word": ("Ma carte est là.", "carte", "Ma [carte] est là."),
    "accents and capitals": ("Très DÉÇU, decu.", "déçu", "Très [DÉÇU], [decu]."),
    "letters taken apart": ("De\u0301c\u0327u.", "DECU", "[De\u0301c\u0327u]."),
    "whole words only": ("Cartes et carte.", "carte", "Cartes et [carte]."),
    "a start": ("Remplir, rempli : trop-plein.", "rempl*", "[Remplir], [rempli] : trop-plein."),
    "a phrase": (
        "La carte, puis : « La  Carte grise » !", '"carte grise"',
        "La carte, puis : « La [Carte grise] » !",
    ),
    "over punctuation": ("un aller-retour", '"aller retour"', "un [aller-retour]"),
    "one over another": ("la carte grise", 'carte "la carte grise"', "[la carte grise]"),
    "one after another": ("carte grise usée", '"carte grise" "grise usée"', "[carte grise][ usée]"),
    "on one line": ("Un.\n\n\tDeux  trois.", "deux", "Un. [Deux] trois."),
    "nothing": ("Rien.", "carte", "Rien."),
    "marks in the text": ("a \x02carte\x03 b", "carte", "a [carte] b"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "q", "expected"), PASSAGES.values(), ids=PASSAGES)
def test_what_was_found_is_marked(text: str, q: str, expected: str) -> None:
    assert shown(text, q) == expected


def test_what_an_engine_finds_besides_is_marked_too() -> None:
    assert shown("Deux cartes.", "carte", frozenset({"cartes"})) == "Deux [cartes]."


def test_a_long_comment_is_cut_between_words_where_most_was_found() -> None:
    text = "carte " + "avant " * 100 + "carte grise carte " + "après " * 100
    cut = shown(text, "carte grise")
    assert "[carte] [grise] [carte]" in cut
    assert cut.startswith("…avant")
    assert cut.endswith("après…")
    assert len(cut) <= PASSAGE + len("…[][][]…")


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "mot" + " " * 9_990 + "fin", "é" * 9_000 + " mot fin"]
)
def test_a_comment_without_a_place_to_cut_is_cut_all_the_same(text: str) -> None:
    assert len(shown(text, '"mot fin"')) <= PASSAGE + len("…[]…")


ANY = st.text(alphabet=st.one_of(st.sampled_from("abé 0.\n\u0301"), st.characters(codec="utf-8")))
WANTED = [Terme(("e",), debut=True), Terme(("a", "b")), a_word("0"), a_word("a")]


@given(st.lists(ANY).map("".join), st.sets(st.sampled_from(WANTED), min_size=1))
def test_a_passage_is_part_of_its_comment_with_marks_in_pairs(
    text: str, wanted: set[Terme]
) -> None:
    found = passage(clean(text), Recherche(tuple(wanted)))
    marks = [c for c in found if c in (MARK_START, MARK_END)]
    assert marks == [MARK_START, MARK_END] * (len(marks) // 2)
    bare = found.replace(MARK_START, "").replace(MARK_END, "").strip("…")
    assert bare in " ".join(clean(text).split())


@given(st.text())
def test_no_comment_has_marks_of_its_own(text: str) -> None:
    assert not {MARK_START, MARK_END} & set(clean(text + MARK_START + MARK_END))


# Ranks


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("La carte et la carte.", "La carte et la route."),
        ("Une carte.", "Une carte, et puis tout autre chose qui n’a rien à voir."),
        ("Cartes, carte.", "Cartes, cartes."),
    ],
)
def test_the_better_answer_has_the_higher_score(better: str, worse: str) -> None:
    first, second = scores([better, worse], parse_recherche("carte"))
    assert first > second


def test_a_comment_that_does_not_have_the_word_scores_nothing() -> None:
    assert scores(["Pancarte.", "Écarte."], parse_recherche("carte")) == [0, 0]
    assert scores([], parse_recherche("carte")) == []
