"""What one may do to a draft, what stays out of reach, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from admin_ui.questionnaire import brouillon as draft
from admin_ui.questionnaire.brouillon import MOST_NIVEAUX, MOST_QUESTIONS, Brouillon, own_question
from admin_ui.questionnaire.proofreading import Among, faults
from admin_ui.questionnaire.translations import completed, memory, reworded
from admin_ui.questionnaire.typography import printed
from collector.domain import Texte
from tests.admin.drafts import SHIPPED, STANDARD, a_draft, without_posing

ranks = st.integers(-1, MOST_QUESTIONS + 1)
moves: st.SearchStrategy[Callable[[Brouillon], Brouillon]] = st.one_of(
    st.builds(lambda i: lambda b: draft.raised(b, i), ranks),
    st.builds(lambda i: lambda b: draft.lowered(b, i), ranks),
    st.builds(lambda i: lambda b: draft.removed(b, i), ranks),
    st.builds(lambda i: lambda b: draft.mandatory(b, i), ranks),
    st.builds(lambda i: lambda b: draft.with_niveau(b, i), ranks),
    st.builds(lambda i, j: lambda b: draft.without_niveau(b, i, j), ranks, ranks),
    st.just(draft.restored),
    st.just(lambda b: draft.added(b, own_question("accueil"))),
)


def codes(brouillon: Brouillon) -> list[str]:
    return [each.dimension.code for each in brouillon.questions]


def levels(brouillon: Brouillon, rank: int) -> list[str]:
    return [each["fr"] for each in brouillon.questions[rank].dimension.niveaux]


@given(done=st.lists(moves, max_size=40))
def test_whatever_one_does_what_is_impossible_stays_out_of_reach(
    done: list[Callable[[Brouillon], Brouillon]],
) -> None:
    found = a_draft()
    for move in done:
        found = move(found)
    assert len(found.questions) <= MOST_QUESTIONS
    assert sum(each.dimension.obligatoire for each in found.questions) <= 1
    assert all(2 <= len(each.dimension.niveaux) <= MOST_NIVEAUX for each in found.questions)
    assert draft.read(draft.written(found)) == found


def test_a_question_goes_up_and_down_and_stays_within_the_page() -> None:
    up = draft.raised(a_draft(), 2)
    assert codes(up) == ["satisfaction", "clarte", "effort"]
    assert codes(draft.lowered(up, 1)) == ["satisfaction", "effort", "clarte"]
    for same in (draft.raised(up, 0), draft.lowered(up, 2), draft.lowered(up, -1)):
        assert same == up


def test_a_question_that_was_taken_out_comes_back_where_it_stood() -> None:
    out = draft.removed(a_draft(), 1)
    assert codes(out) == ["satisfaction", "clarte"]
    assert draft.restored(out) == a_draft()
    assert draft.restored(a_draft()) == a_draft()
    other = draft.restored(draft.mandatory(draft.removed(a_draft(), 0), 0))
    assert [d.obligatoire for d in other.posees] == [False, True, False]


def test_the_mandatory_question_is_mandatory_wherever_it_goes() -> None:
    assert [d.obligatoire for d in draft.lowered(a_draft(), 0).posees] == [False, True, False]
    assert [d.obligatoire for d in draft.mandatory(a_draft(), 1).posees] == [False, True, False]


def test_a_level_is_added_above_the_best_and_any_may_go() -> None:
    more = draft.with_niveau(a_draft(), 0)
    assert levels(more, 0) == ["Mal", "Ni bien ni mal", "Bien", ""]
    assert levels(draft.without_niveau(more, 0, 1), 0) == ["Mal", "Bien", ""]


def test_what_is_not_asked_is_kept_and_left_out_of_what_is_published() -> None:
    found = without_posing(a_draft(), 1)
    published = draft.as_questionnaire(replace(found, commente=False), "montclair-1")
    assert [each.code for each in published.dimensions] == ["satisfaction", "clarte"]
    assert published.commentaire is None
    assert codes(draft.read(draft.written(found))) == ["satisfaction", "effort", "clarte"]


def test_a_copy_that_is_not_touched_is_the_same_questions() -> None:
    published = draft.as_questionnaire(a_draft(), STANDARD.id)
    assert published == replace(STANDARD, id=STANDARD.id)


# Languages that the page does not show


def typed(texte: Texte) -> Texte:
    """As a page that shows French and English gives it back."""
    return {each: texte[each] for each in ("fr", "en")}


def test_a_language_that_is_not_shown_follows_the_french_words() -> None:
    before = a_draft()
    page = reworded(before, lambda _, texte: typed(texte))
    assert completed(page, memory(before, ()), ("fr", "en")) == before
    changed = reworded(page, lambda code, t: {**t, "fr": "Autre"} if code == "effort" else t)
    after = completed(changed, memory(before, ()), ("fr", "en"))
    assert set(after.questions[0].dimension.question) > {"fr", "en"}
    assert set(after.questions[1].dimension.question) == {"fr", "en"}


def test_words_of_a_shipped_question_find_their_languages_again() -> None:
    page = reworded(a_draft(), lambda _, texte: typed(texte))
    assert completed(page, memory(page, ()), ("fr", "en")) == page
    known = memory(replace(page, questions=()), SHIPPED.values())
    assert completed(page, known, ("fr", "en")).questions == a_draft().questions


# Typography


def test_french_is_written_as_in_print_so_that_the_same_words_are_the_same() -> None:
    assert printed("C'était « bien » ; et vous ? Oui...") == (
        "C’était «\u00a0bien\u00a0»\u00a0; et vous\u00a0? Oui…"
    )
    for each in SHIPPED.values():
        for dimension in each.dimensions:
            for texte in (dimension.question, *dimension.niveaux):
                assert printed(texte["fr"].replace("\u00a0", " ")) == texte["fr"]


def test_a_copy_of_a_long_questionnaire_leaves_nothing_out() -> None:
    many = tuple(replace(STANDARD.dimensions[1], code=f"question_{c}") for c in "abcdefghijklmn")
    long = replace(STANDARD, dimensions=(*many, replace(many[0], code="z", obligatoire=True)))
    found = draft.started(long, "longue", a_draft().commentaire)
    assert len(found.posees) == 15
    assert [d.code for d in found.posees if d.obligatoire] == ["z"]
    assert "questions" in faults(found, Among((), ()))


def test_a_copy_asks_for_an_address_in_the_same_words_or_not_at_all() -> None:
    source = SHIPPED["standard-contact-1"]
    assert source.commentaire is not None
    copied = draft.read(draft.written(draft.started(source, "essai", source.commentaire)))
    assert draft.as_questionnaire(copied, "essai-1").contact == source.contact
    assert draft.as_questionnaire(replace(copied, contact_pose=False), "essai-1").contact is None
    assert draft.as_questionnaire(a_draft(), "essai-1").contact is None
    before = json.loads(draft.written(a_draft()))  # as a version before kept it
    del before["contact"], before["contact_pose"]
    assert draft.read(json.dumps(before)) == a_draft()
