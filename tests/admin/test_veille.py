"""What is due when, and what there is to tell: tables of instants and of figures."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from admin_ui.alertes import veille as rules
from admin_ui.alertes.veille import Silence, silence_of
from collector.alertes import GENRES, Genre, Veille
from collector.asked.periode import Periode
from collector.catalogue import shipped_texts
from collector.clock import Instant, instant
from collector.domain import PARIS, Catalogue, Questionnaire
from collector.store.contract import DayCount
from tests.contract.test_house import MODULES, does_io, imported, reached
from tests.world import CARTE, FIN, VILLE

QUESTIONNAIRES = {id: Questionnaire.from_json(json.loads(t)) for id, t in shipped_texts().items()}
CATALOGUE = Catalogue(1, {1: VILLE}, {1: CARTE}, {FIN.code: FIN}, QUESTIONNAIRES)


def at(text: str) -> Instant:
    """An instant by the clock on a wall in Paris."""
    moment = datetime.fromisoformat(text).replace(tzinfo=PARIS)
    return instant(int(moment.timestamp() * 1000))


def in_paris(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(PARIS).strftime("%Y-%m-%d %H:%M")


def watching(genre: Genre, **etat: object) -> Veille:
    return Veille(CARTE.id, genre, "2026-11-22T06:00:00.000Z", etat)


def counted(jour: str, *effectifs: int, dimension: str = "satisfaction") -> list[DayCount]:
    """The counters of a day of standard-1, with as many avis as answers."""
    place = (jour, FIN.code, "standard-1")
    return [
        DayCount(*place, "avis", 1, sum(effectifs)),
        *(DayCount(*place, dimension, i, n) for i, n in enumerate(effectifs, 1) if n),
    ]


# When


@pytest.mark.parametrize(
    ("genre", "now", "next_"),
    [
        ("resume_jour", "2026-11-24 06:59", "2026-11-24 07:00"),
        ("resume_jour", "2026-11-24 07:00", "2026-11-25 07:00"),
        ("resume_jour", "2026-12-31 23:59", "2027-01-01 07:00"),
        ("resume_semaine", "2026-11-24 12:00", "2026-11-30 07:00"),
        ("resume_semaine", "2026-11-23 06:59", "2026-11-23 07:00"),
        ("resume_mois", "2026-11-24 12:00", "2026-12-01 07:00"),
        ("resume_mois", "2026-12-01 06:59", "2026-12-01 07:00"),
        ("resume_mois", "2026-12-01 07:00", "2027-01-01 07:00"),
        ("baisse", "2026-11-24 12:00", "2026-11-25 07:00"),
        ("silence", "2026-11-24 05:00", "2026-11-24 07:00"),
        # The clocks go back on the 25th of October, and forward on the 28th of March.
        ("resume_jour", "2026-10-24 12:00", "2026-10-25 07:00"),
        ("resume_jour", "2026-10-25 12:00", "2026-10-26 07:00"),
        ("resume_jour", "2027-03-27 12:00", "2027-03-28 07:00"),
    ],
)
def test_what_is_told_in_the_morning_is_told_at_seven_in_paris(
    genre: Genre, now: str, next_: str
) -> None:
    assert in_paris(rules.first(1, genre, at(now)).prochain_le) == next_


def test_other_alerts_are_looked_for_within_the_hour() -> None:
    now = at("2026-11-24 12:00")
    assert in_paris(rules.first(1, "commentaires", now).prochain_le) == "2026-11-24 12:10"
    assert in_paris(rules.first(1, "integration", now).prochain_le) == "2026-11-24 13:00"


@pytest.mark.parametrize("genre", GENRES)
def test_every_kind_begins_later_than_now(genre: Genre) -> None:
    now = at("2026-11-24 07:00")
    assert rules.first(1, genre, now).prochain_le > now.recu_le


# Digests


@pytest.mark.parametrize(
    ("genre", "now", "du", "au"),
    [
        ("resume_jour", "2026-11-24 07:00", "2026-11-23", "2026-11-23"),
        ("resume_jour", "2026-11-24 06:30", "2026-11-22", "2026-11-22"),  # late: for yesterday's
        ("resume_semaine", "2026-11-23 07:00", "2026-11-16", "2026-11-22"),
        ("resume_semaine", "2026-11-26 12:00", "2026-11-16", "2026-11-22"),
        ("resume_semaine", "2026-11-23 06:00", "2026-11-09", "2026-11-15"),
        ("resume_mois", "2026-12-01 07:00", "2026-11-01", "2026-11-30"),
        ("resume_mois", "2027-01-20 07:00", "2026-12-01", "2026-12-31"),
    ],
)
def test_a_digest_is_of_the_last_period_that_was_over_that_morning(
    genre: Genre, now: str, du: str, au: str
) -> None:
    told = Periode(date.fromisoformat(du), date.fromisoformat(au))
    assert rules.resume_of(watching(genre), at(now)) == told
    assert rules.resume_of(watching(genre, au=au), at(now)) is None


def digest(genre: Genre, now: str, counts: list[DayCount], commentaires: int = 0):  # type: ignore[no-untyped-def]
    veille, when = watching(genre), at(now)
    period = rules.resume_of(veille, when)
    assert period
    return rules.resume(veille, when, period, counts, commentaires, CARTE, CATALOGUE)


def test_a_digest_says_how_many_came_what_they_said_and_what_changed() -> None:
    counts = [
        *counted("2026-11-15", 0, 0, 900),  # the week before last: too old
        *counted("2026-11-18", 1, 9, 40),
        DayCount("2026-11-18", FIN.code, "standard-1", "ouverture", 1, 80),
        *counted("2026-11-10", 40, 9, 1),
    ]
    after, event = digest("resume_semaine", "2026-11-23 07:00", counts, 3)
    assert in_paris(after.prochain_le) == "2026-11-30 07:00"
    assert after.etat == {"au": "2026-11-22"}
    donnees = event.donnees
    assert donnees["periode"] == {"du": "2026-11-16", "au": "2026-11-22"}
    assert (donnees["avis"], donnees["ouvertures"], donnees["commentaires"]) == (50, 80, 3)
    main = donnees["questions"][0]
    assert (main["dimension"], main["reponses"], main["note_sur_10"]) == ("satisfaction", 50, 8.9)
    assert main["intervalle"][0] < 8.9 < main["intervalle"][1]
    assert main["significatif"] is False  # 950 answers before: the 15th is of that week
    assert main["ecart"] < 0


def test_a_change_that_is_real_is_said_to_be() -> None:
    counts = [*counted("2026-11-18", 40, 9, 1), *counted("2026-11-10", 1, 9, 40)]
    _, event = digest("resume_semaine", "2026-11-23 07:00", counts)
    assert event.donnees["questions"][0]["significatif"] is True


def test_a_day_without_avis_is_not_told_but_a_week_is() -> None:
    after, event = digest("resume_jour", "2026-11-24 07:00", [])
    assert event is None
    assert after.etat == {"au": "2026-11-23"}
    _, event = digest("resume_semaine", "2026-11-23 07:00", [])
    assert (event.donnees["avis"], event.donnees["questions"][0]["note_sur_10"]) == (0, None)


def test_the_same_event_has_the_same_name_whenever_it_is_worked_out() -> None:
    day = counted("2026-11-23", 0, 0, 1)
    first, again, late = (
        digest("resume_jour", when, day)[1].id
        for when in ("2026-11-24 07:00", "2026-11-24 07:00", "2026-11-24 22:00")
    )
    assert first == again == late
    other = digest("resume_jour", "2026-11-25 07:00", counted("2026-11-24", 0, 0, 1))[1].id
    assert other != first


# Comments


def test_each_comment_is_told_once_also_one_that_was_added_late() -> None:
    """Comments by (when the avis came in, when its comment was there), in minutes."""
    comments = [(5, 5), (8, 62), (70, 70), (71, 128), (400, 430)]
    start = at("2026-11-24 12:00")
    veille, told, looks = rules.first(1, "commentaires", start), 0, 0

    def counted_now(after: str, minute: int) -> int:
        return sum(
            rules.later(start, timedelta(minutes=came)) > after
            for came, there in comments
            if max(came, there) <= minute
        )

    while veille.prochain_le < rules.later(start, timedelta(hours=12)):
        now = instant(int(datetime.fromisoformat(veille.prochain_le).timestamp() * 1000))
        minute = (now.ms - start.ms) // 60_000
        since, last_hour = (counted_now(each, minute) for each in rules.comments_since(veille, now))
        veille, event = rules.commentaires(veille, now, since, last_hour)
        told += event.donnees["commentaires"] if event else 0  # type: ignore[operator]
        looks += 1
    assert told == len(comments)
    assert looks > 40


def test_comments_are_told_once_an_hour_at_most() -> None:
    now = at("2026-11-24 12:00")
    veille = watching("commentaires", vu="2026-11-24T10:00:00.000Z", debut="", deja=2)
    after, event = rules.commentaires(veille, now, 5, 4)
    assert event
    assert event.donnees == {"commentaires": 3, "depuis": "2026-11-24T10:00:00.000Z"}
    assert in_paris(after.prochain_le) == "2026-11-24 13:00"
    assert after.etat["deja"] == 4
    for since in (2, 0):  # none is new, or some were set aside
        after, event = rules.commentaires(veille, now, since, 0)
        assert event is None
        assert in_paris(after.prochain_le) == "2026-11-24 12:10"


# A drop

MORNING = "2026-11-24 07:00"
BEFORE, LATEST = "2026-10-01", "2026-11-10"  # a day of each of the two windows


@pytest.mark.parametrize(
    ("avant", "apres", "told"),
    [
        ((10, 20, 170), (60, 40, 100), True),
        ((10, 20, 170), (10, 20, 170), False),
        ((60, 40, 100), (10, 20, 170), False),  # it rose
        ((20, 30, 150), (32, 34, 134), False),  # beyond 1.96, which chance makes in a year
        ((0, 0, 29), (29, 0, 0), False),  # too few answers
        ((0, 1, 29), (29, 1, 0), True),
        ((0, 0, 0), (50, 0, 0), False),
    ],
)
def test_a_drop_is_told_when_chance_does_not_make_it(
    avant: tuple[int, ...], apres: tuple[int, ...], told: bool
) -> None:
    counts = [*counted(BEFORE, *avant), *counted(LATEST, *apres)]
    after, event = rules.baisse(watching("baisse"), at(MORNING), counts, CARTE, CATALOGUE)
    assert (event is not None) is told
    assert after.etat == ({"dit": "2026-11-23"} if told else {})
    assert in_paris(after.prochain_le) == "2026-11-25 07:00"
    if event:
        assert event.donnees["avant"]["du"] == "2026-09-25"  # type: ignore[index]
        assert event.donnees["apres"]["du"] == "2026-10-25"  # type: ignore[index]
        assert event.donnees["ecart"] < 0  # type: ignore[operator]


@pytest.mark.parametrize(("dit", "again"), [("2026-10-25", False), ("2026-10-24", True)])
def test_a_drop_is_told_again_after_thirty_days(dit: str, again: bool) -> None:
    counts = [*counted(BEFORE, 10, 20, 170), *counted(LATEST, 60, 40, 100)]
    veille = watching("baisse", dit=dit)
    _, event = rules.baisse(veille, at(MORNING), counts, CARTE, CATALOGUE)
    assert (event is not None) is again


def test_answers_to_other_words_are_no_drop() -> None:
    counts = [
        *(count._replace(questionnaire="standard-facile-1") for count in counted(BEFORE, 0, 0, 99)),
        *counted(LATEST, 99, 0, 0),
    ]
    assert rules.baisse(watching("baisse"), at(MORNING), counts, CARTE, CATALOGUE)[1] is None


# Silence

TODAY = date(2026, 11, 24)


def days(*ago: int, n: int = 2) -> dict[str, int]:
    return {(TODAY - timedelta(days=each)).isoformat(): n for each in ago}


@pytest.mark.parametrize(
    ("avis", "found"),
    [
        (days(*range(4, 40)), Silence(date(2026, 11, 20), 3, 3, 0)),  # daily
        (days(*range(3, 40)), None),
        (days(*range(0, 40)), None),
        ({**days(*range(4, 40)), **days(0, n=1)}, None),  # one came today
        # Weekdays only: the longest pause is a weekend.
        (days(*(d for d in range(6, 90) if (TODAY - timedelta(d)).weekday() < 5)),
         Silence(date(2026, 11, 18), 5, 5, 2)),
        (days(*(d for d in range(5, 90) if (TODAY - timedelta(d)).weekday() < 5)), None),
        # Once a week.
        (days(*range(14, 90, 7)), Silence(date(2026, 11, 10), 13, 13, 6)),
        (days(*range(13, 90, 7)), None),
        (days(*range(35, 120, 30)), None),  # four days of avis: no rhythm
        (days(*range(64, 150, 31), n=9), None),  # so seldom that nothing is unusual
        (days(50, n=500), None),  # one day alone
        ({}, None),
        (days(*range(40, 60), n=0), None),
    ],
)  # fmt: skip
def test_silence_is_longer_than_twice_the_longest_pause(
    avis: dict[str, int], found: Silence | None
) -> None:
    assert silence_of(avis, TODAY) == found


def test_silence_is_told_once_until_somebody_answers() -> None:
    now, avis = at(MORNING), days(*range(4, 40))
    after, event = rules.silence(watching("silence"), now, avis, ouvert=True)
    assert event
    assert event.donnees == {"dernier": "2026-11-20", "jours": 3, "seuil": 3, "pause": 0}
    assert rules.silence(after, now, avis, ouvert=True)[1] is None
    other = watching("silence", dernier="2026-11-01")
    assert rules.silence(other, now, avis, ouvert=True)[1] is not None


def test_where_nothing_is_open_silence_is_meant() -> None:
    avis = days(*range(4, 40))
    assert rules.silence(watching("silence"), at(MORNING), avis, ouvert=False)[1] is None


# An integration that is broken

LIBELLES = {FIN.code: "Fin de démarche", "m4t8zc": "Courriel"}


def test_a_bouton_that_sends_people_away_is_told_once_a_week() -> None:
    veille, now = watching("integration"), at(MORNING)
    refused = {FIN.code: 5, "m4t8zc": 4, "inconnu": 99}
    after, event = rules.integration(veille, now, refused, LIBELLES)
    assert event
    told = {"code": FIN.code, "libelle": "Fin de démarche", "refus": 5}
    assert event.donnees == {"boutons": [told]}
    assert in_paris(after.prochain_le) == "2026-11-24 08:00"
    assert rules.integration(after, now, refused, LIBELLES)[1] is None
    late = at("2026-12-01 07:00")
    assert rules.integration(after, late, refused, LIBELLES)[1] is not None


def test_what_decides_does_no_input_or_output() -> None:
    named = set(imported(Path(rules.__file__).read_text("utf-8")))
    assert "collector.figures.mesures" in named
    assert does_io(named.union(*(reached(each) for each in named & MODULES.keys()))) == set()


def test_instants_are_written_as_the_store_has_them() -> None:
    now = at("2026-11-24 12:00")
    assert rules.later(now, timedelta(0)) == now.recu_le
    assert datetime.fromisoformat(now.recu_le).tzinfo == UTC
