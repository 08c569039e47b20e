"""What people do with comments, as rules: passages, visits, addresses, gestures."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui.commentaires.comments_asked import Asked, parse_asked
from admin_ui.commentaires.moderate import Geste, Verbe, read_geste
from collector.asked.recherche import MARK_END, MARK_START, marked, parse_recherche
from collector.asked.selection import Selection
from collector.catalogue import shipped_questionnaires
from collector.domain import Catalogue
from collector.errors import BadFilter
from collector.moderation import MASQUE, Depuis, Filtre, masked, visited
from collector.parse import MAX_VERBATIM
from tests.world import CARTE, FIN, VILLE

CATALOGUE = Catalogue(1, {1: VILLE}, {1: CARTE}, {FIN.code: FIN}, shipped_questionnaires())
CLE = "01a202b2-c500-7000-8000-000000000001"


def asked(*query: tuple[str, str]) -> Asked:
    return parse_asked(query, CATALOGUE, CARTE)


# Passages


@pytest.mark.parametrize(
    ("verbatim", "passage", "after"),
    [
        ("Madame Durand a dit non.", "Durand", f"Madame {MASQUE} a dit non."),
        ("Durand ! Durand !", "Durand", f"{MASQUE} ! {MASQUE} !"),
        ("au 3 rue\ndes Lilas", "3 rue des Lilas", f"au {MASQUE}"),
        ("au 3  rue des Lilas", " 3 rue\n des Lilas ", f"au {MASQUE}"),
        ("a+b (c)", "+b (c", f"a{MASQUE})"),
        ("[IBAN masqué], un IBAN", "IBAN", f"[IBAN masqué], un {MASQUE}"),
        ("mon [IBAN masqué]", "mon [IBAN", None),
        (f"{MASQUE}, passage couvert", "passage", f"{MASQUE}, {MASQUE} couvert"),
        ("Durand", "durand", None),
        ("Durand", "Dupont", None),
        ("a a a", "a", None),
        ("a a a", "  ", None),
        ("ab" * 5_000, "ab", None),  # it would be sixteen times as long
    ],
)
def test_a_passage_is_masked_wherever_it_is(verbatim: str, passage: str, after: str | None) -> None:
    assert masked(verbatim, passage, MAX_VERBATIM) == after


@given(st.text("ab \n(+é", max_size=40), st.text("ab \n(+é", max_size=6))
def test_nothing_is_left_of_what_is_masked(verbatim: str, passage: str) -> None:
    after = masked(verbatim, passage, MAX_VERBATIM)
    if after is not None:
        wanted = "\\s+".join(map(re.escape, passage.split()))
        # Between two masks, or at their edge, what is left may say it anew; in one piece, no.
        assert not any(re.search(wanted, piece) for piece in after.split(MASQUE))


# Visits


def test_pages_read_one_after_the_other_are_one_visit() -> None:
    first = visited(None, "2026-11-22T10:00:00.000Z")
    assert first == Depuis("2026-11-22T10:00:00.000Z", "")
    same = visited(first, "2026-11-22T10:29:59.000Z")
    assert same == Depuis("2026-11-22T10:29:59.000Z", "")
    later = visited(same, "2026-11-22T10:59:59.000Z")
    assert later == Depuis("2026-11-22T10:59:59.000Z", "2026-11-22T10:29:59.000Z")


# Addresses


def test_an_address_without_a_word_asks_for_every_comment_that_counts() -> None:
    assert asked() == Asked(Filtre(Selection((1,), avec_verbatim=True)))
    assert asked(("q", ""), ("du", " "), ("fait", "commentaire_marque")) == asked()
    assert asked().all_of_them


def test_the_words_of_an_address_are_those_of_its_links() -> None:
    words = (
        ("note.effort", "1,2"),
        ("etat", "a_traiter"),
        ("etiquette", "12"),
        ("nouveaux", "oui"),
    )
    found = asked(*words, ("curseur", f"2026-11-22T10:00:00.000Z_{CLE}"))
    assert found.filtre == Filtre(
        Selection((1,), notes=(("effort", frozenset({1, 2})),), avec_verbatim=True),
        etat="a_traiter",
        etiquette=12,
    )
    assert found.start == ("2026-11-22T10:00:00.000Z", CLE)
    assert found.since("2026-01-01").filtre.depuis == "2026-01-01"
    query = "?note.effort=1%2C2&etat=a_traiter&etiquette=12&nouveaux=oui"
    assert found.query() == query
    assert found.query(found.start) == f"{query}&curseur=2026-11-22T10%3A00%3A00.000Z_{CLE}"
    assert asked(("note.effort", "1"), ("note.effort", "2")).filtre.selection == Selection(
        (1,), notes=(("effort", frozenset({1, 2})),), avec_verbatim=True
    )


def test_what_was_taken_out_or_set_aside_is_shown_without_a_comment_too() -> None:
    assert asked(("etat", "retire")).filtre == Filtre(Selection((1,)), retire=True)
    aside = asked(("statut", "ecarte")).filtre.selection
    assert aside == Selection((1,), statut="ecarte")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("etat", "perdu"), ("etiquette", "urgent"), ("etiquette", "-1"), ("nouveaux", "peut-être"),
        ("curseur", "2026"), ("curseur", f"x_{CLE}'"), ("note.gout", "1"), ("couleur", "bleu"),
        ("q", "le"), ("du", "hier"), ("bouton", "zzzzzz"),
    ],
)  # fmt: skip
def test_a_word_that_means_nothing_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadFilter) as refused:
        asked((name, value))
    assert refused.value.fautes()[0].champ.split(".")[0] in (name.split(".")[0], "gout")


# Gestures


@pytest.mark.parametrize(
    ("word", "geste"),
    [
        ("marquer-a_traiter", Geste("marquer", etat="a_traiter")),
        ("etiqueter-12", Geste("etiqueter", etiquette=12)),
        ("retirer-injure", Geste("retirer", motif="injure")),
        ("spam", Geste("spam")),
        ("remettre", Geste("remettre")),
    ],
)
def test_a_gesture_is_read_from_its_word(word: str, geste: Geste) -> None:
    assert read_geste(word) == geste


@pytest.mark.parametrize(
    "word",
    ["", "marquer", "marquer-perdu", "etiqueter-x", "retirer", "spam-1", "effacer", "spam\n"],
)
def test_any_other_word_is_none(word: str) -> None:
    assert read_geste(word) is None


def test_what_removes_is_told_from_what_does_not() -> None:
    assert {verbe for verbe in get_args(Verbe) if Geste(verbe).removes} == {"spam", "retirer"}


# Highlight


def test_a_whole_comment_is_marked_as_it_is() -> None:
    found = marked("Un mot,\n deux  MOTS.", parse_recherche("mot"), frozenset({"mots"}))
    shown = found.replace(MARK_START, "[").replace(MARK_END, "]")
    assert shown == "Un [mot],\n deux  [MOTS]."
