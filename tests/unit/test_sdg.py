"""A month for the European repository: ratings, identifiers, dates, sizes; and nobody's words."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from uuid import UUID

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.asked.periode import mois
from collector.catalogue import shipped_questionnaires
from collector.config import resource
from collector.domain import Catalogue, Dimension
from collector.open_data.sdg import (
    Submission,
    due,
    messages,
    page_of,
    parse_month,
    rating_of,
    ratings,
    submission,
)  # fmt: skip
from collector.scores import score
from collector.store.contract import Count

SCHEMA = json.loads(resource("schemas", "exports", "sdg.v1.json").read_text("utf-8"))
OCTOBER = mois(date(2026, 10, 1))
NOW = datetime(2026, 11, 3, 3, tzinfo=UTC)
CATALOGUE = Catalogue(1, {}, {}, {}, shipped_questionnaires())
AVIS, PAGE = "https://avis.exemple.fr", "https://www.exemple.fr/carte"


def scale(levels: int) -> Dimension:
    return Dimension("question", {"fr": "?"}, ({"fr": "niveau"},) * levels, obligatoire=True)


@pytest.mark.parametrize(
    ("levels", "expected"), [(2, [1, 5]), (3, [1, 3, 5]), (4, [1, 2, 4, 5]), (5, [1, 2, 3, 4, 5])]
)
def test_levels_become_ratings(levels: int, expected: list[int]) -> None:
    assert [rating_of(scale(levels), niveau) for niveau in range(1, levels + 1)] == expected


@given(effectifs=st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any))
def test_the_average_is_the_public_note_brought_to_five(effectifs: list[int]) -> None:
    found = Counter({1: effectifs[0], 3: effectifs[1], 5: effectifs[2]})
    said = submission(AVIS, "carte", PAGE, OCTOBER, found)
    assert said.average == pytest.approx(score(effectifs).note_sur_5)
    assert said.count == sum(effectifs)


def test_only_the_question_that_everybody_answers_is_a_rating() -> None:
    counts = [
        Count("2026-10", "standard-1", "avis", 1, 9),
        Count("2026-10", "standard-1", "ouverture", 1, 40),
        Count("2026-10", "standard-1", "satisfaction", 3, 7),
        Count("2026-10", "standard-facile-1", "satisfaction", 1, 2),
        Count("2026-10", "standard-1", "satisfaction", 2, 0),
        Count("2026-10", "standard-1", "effort", 4, 9),
        Count("2026-10", "jdma-2024", "satisfaction", 2, 4),
        Count("2026-10", "jdma-2024", "aide", 1, 4),
        Count("2026-10", "jdma-2024", "aide.telephone", 1, 4),
        Count("2026-10", "jdma-2024", "joint.telephone", 2, 4),
    ]
    assert ratings(counts, CATALOGUE) == {5: 7, 1: 2, 3: 4}


def test_an_identifier_is_of_a_collector_a_demarche_and_a_month_and_never_changes() -> None:
    def id_of(collector: str = AVIS, slug: str = "carte", month: date = date(2026, 10, 1)) -> str:
        return submission(collector, slug, PAGE, mois(month), Counter({5: 1})).uniqueId

    first = id_of()
    assert UUID(first).version == 5
    assert id_of() == first
    others = {id_of("https://b.fr"), id_of(slug="permis"), id_of(month=date(2026, 9, 1))}
    assert len(others | {first}) == 4
    corrected = submission(AVIS, "carte", PAGE, OCTOBER, Counter({1: 3}))
    assert corrected.uniqueId == first


def test_the_identifier_is_that_of_the_example_in_the_schema() -> None:
    """What is sent once is corrected for ever under the same name: it may not drift."""
    [example] = SCHEMA["examples"]
    found = submission(
        AVIS, "carte-de-stationnement", "https://www.exemple.fr/carte-de-stationnement",
        OCTOBER, Counter({1: 4, 3: 3, 5: 14}),
    )  # fmt: skip
    assert [asdict(found)] == example["submissions"]


@pytest.mark.parametrize(
    ("url", "page"),
    [
        (PAGE, PAGE),
        (f"{PAGE}?dossier=123&nom=durand#fin", PAGE),
        ("https://moi:motdepasse@www.exemple.fr:8443/a/b?c", "https://www.exemple.fr:8443/a/b"),
        ("http://[::1]/a", "http://[::1]/a"),
        ("https://www.exemple.fr", "https://www.exemple.fr"),
        (None, None),
        ("", None),
        ("www.exemple.fr/a", None),
        ("ftp://www.exemple.fr/a", None),
        ("mailto:moi@exemple.fr", None),
        ("https://www.exemple.fr:port/a", None),
        ("https://[::1/a", None),
        ("https://www.exemple.fr/a b", None),
    ],
)
def test_of_an_address_only_the_page_is_said(url: str | None, page: str | None) -> None:
    assert page_of(url) == page


@pytest.mark.parametrize(
    ("month", "last_day"),
    [
        ("2026-10", date(2026, 11, 6)),  # the 1st is a Sunday
        ("2026-09", date(2026, 10, 7)),  # the 1st is a Thursday
        ("2026-04", date(2026, 5, 7)),  # the 1st is a holiday: not looked at
        ("2026-12", date(2027, 1, 7)),
    ],
)
def test_a_month_is_due_on_the_fifth_working_day_after_it(month: str, last_day: date) -> None:
    assert due(parse_month(month)) == last_day


@given(st.dates(date(2000, 1, 1), date(2100, 11, 30)))
def test_between_a_month_and_its_due_day_there_are_five_working_days(day: date) -> None:
    month = mois(day)
    after = (due(month) - month.au).days
    days = [date.fromordinal(month.au.toordinal() + n) for n in range(1, after + 1)]
    assert sum(each.weekday() < 5 for each in days) == 5
    assert days[-1].weekday() < 5


@pytest.mark.parametrize("month", ["2026-1", "2026-13", "2026-00", "1999-12", "2101-01", "2026",
                                   "202610", "2026-10-01", "٢٠٢٦-10", " 2026-10", ""])  # fmt: skip
def test_a_month_is_written_in_one_way(month: str) -> None:
    with pytest.raises(ValueError, match="wanted"):
        parse_month(month)


def test_a_month_is_from_midnight_to_midnight_in_paris_said_in_utc() -> None:
    october = submission(AVIS, "carte", PAGE, OCTOBER, Counter({5: 1}))
    assert (october.periodStart, october.periodEnd) == (
        "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z",
    )  # fmt: skip


def many(n: int) -> list[Submission]:
    return [
        submission(AVIS, f"d{i}", f"{PAGE}/{i}", OCTOBER, Counter({5: i + 1})) for i in range(n)
    ]


@given(n=st.integers(0, 60), largest=st.integers(1_000, 20_000))
def test_messages_fit_and_carry_each_submission_once(n: int, largest: int) -> None:
    found = messages(many(n), AVIS, NOW, largest)
    assert all(len(each) <= largest for each in found)
    read = [json.loads(each) for each in found]
    assert [s["url"] for each in read for s in each["submissions"]] == [s.url for s in many(n)]
    assert [(each["part"], each["parts"]) for each in read] == [
        (rank, len(read)) for rank in range(1, len(read) + 1)
    ]
    for each in read:
        jsonschema_rs.validate(SCHEMA, each)


def test_few_are_one_message_and_nothing_is_none() -> None:
    assert len(messages(many(300), AVIS, NOW)) == 1
    assert messages([], AVIS, NOW) == []


def test_the_schema_is_valid_and_refuses_words_of_people() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    validator = jsonschema_rs.validator_for(SCHEMA)
    [example] = SCHEMA["examples"]
    validator.validate(example)
    [given] = example["submissions"]
    for changed in ({"helpUsImprove": "…"}, {"url": f"{PAGE}?nom=durand"}, {"count": 0}):
        assert not validator.is_valid({**example, "submissions": [given | changed]})
