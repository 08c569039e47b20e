"""What is masked in a comment: by which rule, and what must stay as it was written."""

from __future__ import annotations

import contextlib
import json
import re
import signal
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import resource
from collector.parse import MAX_VERBATIM
from collector.privacy.masquage import CONTROLES, SHORT, alertes, folded, load_rules, mask, passages
from tests.masquage.corpus import HELD_OUT, TUNED, comment, measured, read
from tests.masquage.corpus import warned as warned_of

DATA: dict[str, Any] = json.loads(resource("schemas", "masquage.json").read_text("utf-8"))
SCHEMA = json.loads(resource("schemas", "masquage.v1.json").read_text("utf-8"))
RULES = [*DATA["courriels"], *DATA["nombres"]]
# Recall and precision, at least, of the kinds that do not have all of both.
FLOORS = {
    TUNED: {
        "courriel": (0.98, 1.0),
        "telephone": (1.0, 0.99),
        "dossier": (0.97, 1.0),
    },
    HELD_OUT: {
        "courriel": (0.9, 0.96),
        "telephone": (0.89, 0.97),
        "nir": (0.91, 1.0),
        "dossier": (0.79, 1.0),
    },
}
MOST_ALERTES = 1_500  # characters: they travel with each form


def names(rule: dict[str, str]) -> str:
    return rule["cas"]


# The data


def test_the_rules_fit_their_schema() -> None:
    jsonschema_rs.validate(SCHEMA, DATA)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(SCHEMA, {**DATA, "courriels": [{**RULES[0], "motif": ""}]})


def test_every_kind_has_a_mask_and_every_mask_a_kind() -> None:
    assert {rule["genre"] for rule in RULES if "genre" in rule} == set(DATA["masques"])
    assert set(CONTROLES) == {rule["controle"] for rule in RULES if "controle" in rule}
    assert len({names(rule) for rule in RULES}) == len(RULES)


def test_a_rule_says_in_one_way_which_words_are_in_what_it_recognises() -> None:
    hurried = [rule for rule in RULES if "avec" in rule]
    assert hurried
    for rule in hurried:
        assert any(mot in folded(rule["exemple"]) for mot in rule["avec"]), names(rule)
    jsonschema_rs.validate(SCHEMA, {**DATA, "courriels": hurried})
    both = {**hurried[0], "annonces": ["mail"]}
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(SCHEMA, {**DATA, "courriels": [both]})


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_a_rule_recognises_its_example(rule: dict[str, str]) -> None:
    compiled = [each for family in load_rules().families for each in family.rules]
    [mine] = [each for each, of in zip(compiled, RULES, strict=True) if of is rule]
    said = f"Bonjour, {rule['exemple']} merci."
    assert [each.genre for each in mine.passages(folded(said), 0, len(said))] == [rule.get("genre")]


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_the_first_rule_that_recognises_an_example_decides(rule: dict[str, str]) -> None:
    said = f"Bonjour, {rule['exemple']} merci."
    masked = mask(said)
    if "genre" not in rule:
        assert masked == (said, {})
    else:
        assert masked.genres == {rule["genre"]: 1}
        assert masked.texte.startswith("Bonjour, ")
        assert masked.texte.endswith(f"{DATA['masques'][rule['genre']]} merci.")


# Warnings


def test_each_kind_warns_once_and_all_of_it_is_short() -> None:
    found = alertes()
    assert [each["genre"] for each in found] == sorted(
        DATA["masques"], key=[each["genre"] for each in found].index
    )
    assert sum(len(each["motif"]) for each in found) < MOST_ALERTES
    assert all(set(each) == {"genre", "motif"} for each in found)


@pytest.mark.parametrize("rule", [rule for rule in RULES if "alerte" in rule], ids=names)
def test_what_a_rule_warns_of_is_its_example(rule: dict[str, str]) -> None:
    assert warned(rule["exemple"])[0] == rule["genre"]
    assert warned("Reçu le 12/03/2026 pour 1 200 euros.") == []


def warned(said: str) -> list[str]:
    """The kinds that it looks like, in the order they are looked for."""
    return [each["genre"] for each in alertes() if re.search(each["motif"], said, re.IGNORECASE)]


def test_a_warning_asks_nothing_that_older_browsers_do_not_know() -> None:
    for each in alertes():
        assert "(?<" not in each["motif"]
        assert "(?P" not in each["motif"]


# Whatever is written

ALPHABET = st.sampled_from("0123456789 06.-/+@()[]\n٠６＠aAfrRéx:,_–\u200b")
FRAGMENTS = st.sampled_from(
    [rule["exemple"] for rule in RULES]
    + list(DATA["masques"].values())
    + [SHORT, "n° ", "dossier ", "tél ", "siret ", " arobase ", " point fr", "@", "FR76", "carte "]
)
ANYTHING = st.lists(FRAGMENTS | st.text(ALPHABET, max_size=20) | st.text(max_size=9), max_size=8)


@given(pieces=ANYTHING)
def test_what_is_masked_is_masked_once_and_for_all(pieces: list[str]) -> None:
    masked = mask("".join(pieces))
    assert mask(masked.texte) == (masked.texte, {})


@given(pieces=ANYTHING)
def test_nothing_changes_but_what_is_masked(pieces: list[str]) -> None:
    said = "".join(pieces)
    masked = mask(said)
    assert (masked.texte == said) == (not masked.genres)
    at = 0
    for kept in re.split("|".join(map(re.escape, DATA["masques"].values())), masked.texte):
        at = said.index(kept, at) + len(kept)


@given(said=st.text(st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="@＠﹫([{<")))
def test_a_comment_without_digit_or_at_sign_is_as_it_was(said: str) -> None:
    if not re.search(r"rob| dot |z[ée]ro|[.](?:com|fr|net)", said, re.IGNORECASE):
        assert mask(said) == (said, {})


def test_a_comment_never_grows_beyond_what_one_may_be() -> None:
    most = "a1@b.fr " * (MAX_VERBATIM // 8)
    masked = mask(most)
    assert masked.genres == {"courriel": MAX_VERBATIM // 8}
    assert masked.texte == f"{SHORT} " * (MAX_VERBATIM // 8)
    assert mask(masked.texte) == (masked.texte, {})
    assert mask("a1@b.fr").texte == DATA["masques"]["courriel"] != SHORT


# What a rule has to be tried on again and again, from each of its characters on.
NASTY = [
    "a", "a.", "a_", "0", "06 ", "1 ", "12 ", "a@", "@", "a@a.", "a@a", "(at)", "arobase", "arob",
    "a arobase ", "a point ", " at a dot ", "FR76", "fr76 3000 ", "+1 ", "00 ", "0033", "n° ",
    "dossier 1", "dossier n° n° ", "1-", "a1", "1.", "12/12/", "2020 ", "fiscal ", "carte 4",
    "tel 6", "siret ", "société ", "numéro a a a ", "contact.a", "erreur 1", "cases 1 ", "1\n",
    "12345678,", "00 32 1111 1111 111 ",
    "1 85 05 78 006 ", "jean.dupont at ", "０", "\u200b1", " ", "é", "z", "zéro six ",
    "zéro six quatre vingt dix ", "0six ", "06;", "06 ; ", "06      ", "06 3 9 ", "06 39 98 12 3  ",
    "06     39     98     12     34     ", "06 07 08 09 10 ", "%40", "a.%40", "a &#64; ",
    "prenom nom @ ", "a @ yahoo ", "ab chez gmail.com\n", "\nab chez ", "a à ", "a.b à gmail.com ",
    "mail est a à ", "185 05 78 006 084 36-", "carte d'identité 1a", "cni X4RTBPFW4",
]  # fmt: skip
LONG = 10  # seconds, where the worst takes a tenth of one: with another regex it may take hours


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends what goes on for longer, even inside a regular expression."""

    def end(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("piece", NASTY)
def test_the_worst_comment_comes_to_an_end(piece: str) -> None:
    said = (piece * MAX_VERBATIM)[: MAX_VERBATIM - 9] + "@12345678"
    with within(LONG):
        assert len(mask(said).texte) <= MAX_VERBATIM


LISTED = [
    "12345678,", "00 32 1111 1111 111 ", "a1@b.fr ", "0639981234/", "06;39;98;12;34 ",
    "06     39     98     12     34     ", "06 39 98 12 3 4  ", "zéro six dix dix dix dix ",
    "ab.cd à gmail.com ", "a%40b.fr ", "1 85 05 78006084 36, ", "cni X4RTBPFW4 ",
]  # fmt: skip


@pytest.mark.parametrize("piece", LISTED)
def test_a_list_of_numbers_takes_one_look_and_not_one_for_each(piece: str) -> None:
    """A look at 10,000 characters takes a hundredth of a second, and there may be a thousand."""
    assert len(passages(piece * 500)) == 500


def test_a_comment_that_does_not_end_would_be_seen() -> None:
    with pytest.raises(TimeoutError), within(0.1):
        re.match(r"(a+)+$", "a" * 40 + "b")


# The labelled comments


@pytest.mark.parametrize("name", [TUNED, HELD_OUT])
def test_the_comments_are_many_and_half_of_them_have_traps_alone(name: str) -> None:
    comments = read(name)
    assert len({each.texte for each in comments}) == len(comments)
    traps = [each for each in comments if not each.marques]
    assert len(traps) / len(comments) > 0.45
    assert {mark.genre for each in comments for mark in each.marques} == set(DATA["masques"])


def test_a_third_of_the_comments_is_held_apart() -> None:
    tuned, held_out = len(read(TUNED)), len(read(HELD_OUT))
    assert tuned + held_out > 600
    assert held_out / (tuned + held_out) > 1 / 3
    assert not {each.texte for each in read(TUNED)} & {each.texte for each in read(HELD_OUT)}


@pytest.mark.parametrize("name", FLOORS)
def test_no_less_is_found_and_no_more_is_masked_for_nothing_than_it_was(name: str) -> None:
    found = measured(read(name))
    for genre in DATA["masques"]:
        rappel, precision = FLOORS[name].get(genre, (1.0, 1.0))
        assert found[genre].rappel >= rappel, genre
        assert found[genre].precision >= precision, genre


@pytest.mark.parametrize(("name", "least", "most"), [(TUNED, 185, 50), (HELD_OUT, 101, 14)])
def test_no_fewer_are_warned_and_no_more_for_nothing_than_it_was(
    name: str, least: int, most: int
) -> None:
    found = warned_of(read(name))
    assert found.avertis >= least
    assert found.pour_rien <= most


@pytest.mark.parametrize("name", FLOORS)
def test_who_writes_in_capitals_is_masked_as_much(name: str) -> None:
    said = [each.texte for each in read(name)]
    assert [mask(each.upper()).genres for each in said] == [mask(each).genres for each in said]


@pytest.mark.parametrize("zero", ["zéro", "Zéro", "ZÉRO", "zero", "Zero", "ZERO"])
@pytest.mark.parametrize("next_to", [" quatre", "-six"])
def test_a_telephone_in_words_may_begin_a_sentence(zero: str, next_to: str) -> None:
    pairs = "soixante-cinq soixante et onze douze trente-quatre"
    assert mask(f"{zero}{next_to} {pairs}").genres == {"telephone": 1}
    assert mask(f"{zero}{next_to} fois").genres == {}


def test_who_is_warned_for_nothing_is_counted() -> None:
    given = (
        "⟦telephone:06 39 98 12 34⟧",
        "⟦telephone:six trente-neuf⟧",
        "SIRET 13002526500013",
        "ok",
    )
    assert warned_of(list(map(comment, given))) == (2, 1, 2, 1)


def test_a_passage_that_is_missed_or_masked_for_nothing_is_counted() -> None:
    marked = comment("Le ⟦telephone:zéro six⟧ ou le ⟦telephone:06 39 98 12 34⟧, poste 0639981235.")
    assert measured([marked])["telephone"][:5] == (2, 1, 1, 2, 1)
