"""What is due now, and what there is to tell: from figures and instants alone. Pure.

Each kind of alert is a row with the instant to look at it next, and what was known the last time.
A decision gives the row that comes after, and an event or None. The name of an event is made of
what it is about: worked out twice, it is the same event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from collector.alertes import Evenement, Veille
from collector.asked import periode
from collector.asked.periode import Pas, Periode
from collector.clock import Instant
from collector.domain import AVIS, OUVERTURE, PARIS, Catalogue, Demarche
from collector.figures.mesures import Question, effectifs, questions, same_question
from collector.scores import Ecart, compare, score
from collector.store.contract import Counted, DayCount

MORNING = time(7)
"""When people are told what is over, in Paris."""

RESUMES: Mapping[str, Pas] = {
    "resume_jour": "jour", "resume_semaine": "semaine", "resume_mois": "mois",
}  # fmt: skip

GROUPED = timedelta(hours=1)  # comments are told once an hour at most
LOOKED_FOR = timedelta(minutes=10)  # and ten minutes late at most
CHANGES = timedelta(hours=1)  # an avis may have a comment added for so long: `CHANGE_WINDOW`

WINDOW = 30  # days on either side of a change, and between two tellings of one

SURE = 3.5
"""How far beyond chance a drop has to be to be told. Looked at each morning, two windows that have
nothing but chance between them get past 1.96 within a year for 85 démarches of 100, and past 3.5
for 2 to 5 (simulated: 2 to 20 avis a day, three distributions, 400 years of each)."""

RHYTHM_DAYS = 90  # looked at to learn how often avis come
RHYTHM_LEAST = 10  # avis in them, below which there is no rhythm
SILENCE_LEAST = 3  # days
SILENCE_MOST = 60

REFUSED_LEAST = 5  # people sent away from one bouton, yesterday and today
REFUSED_AGAIN = 7  # days before the same bouton is told again


@dataclass(frozen=True, slots=True)
class Silence:
    """The day of the last avis, whole days since, how many are unusual, and the longest pause
    there was before."""

    dernier: date
    jours: int
    seuil: int
    pause: int


# When


def morning_before(now: Instant, genre: str) -> date:
    """The day of the last morning, at that hour, on which this is told."""
    day = now.jour if _in_paris(now).time() >= MORNING else now.jour - timedelta(days=1)
    return periode.step(day, RESUMES.get(genre, "jour")).du


def morning_after(now: Instant, genre: str) -> str:
    """The next such morning."""
    last = periode.step(morning_before(now, genre), RESUMES.get(genre, "jour"))
    return _morning(last.au + timedelta(days=1))


def first(demarche_id: int, genre: str, now: Instant) -> Veille:
    """How watching begins: nothing that came before is told."""
    if genre == "commentaires":
        return Veille(demarche_id, genre, later(now, LOOKED_FOR), _looked(now, now.recu_le, 0))
    if genre == "integration":
        return Veille(demarche_id, genre, later(now, GROUPED), {})
    return Veille(demarche_id, genre, morning_after(now, genre), {})


def later(now: Instant, delay: timedelta) -> str:
    return written(datetime.fromtimestamp(now.ms / 1000, UTC) + delay)


def _morning(day: date) -> str:
    return written(datetime.combine(day, MORNING, PARIS).astimezone(UTC))


def _in_paris(now: Instant) -> datetime:
    return datetime.fromtimestamp(now.ms / 1000, PARIS)


def written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# A digest of what is over


def resume_of(veille: Veille, now: Instant) -> Periode | None:
    """The period to tell of, None when it was told. Of several that are over, the last."""
    pas = RESUMES[veille.genre]
    told = periode.step(morning_before(now, veille.genre) - timedelta(days=1), pas)
    return None if veille.etat.get("au") == told.au.isoformat() else told


def days_of(period: Periode) -> tuple[str, str]:
    """The first and the last day of which counters are needed: with those of the period before."""
    return periode.precedente(period).du.isoformat(), period.au.isoformat()


def resume(
    veille: Veille,
    now: Instant,
    period: Periode,
    counts: Sequence[DayCount],
    commentaires: int,
    demarche: Demarche,
    catalogue: Catalogue,
) -> tuple[Veille, Evenement | None]:
    """Tell what came in. A day without any avis is not told: silence is another alert."""
    after = veille._replace(
        prochain_le=morning_after(now, veille.genre), etat={"au": period.au.isoformat()}
    )
    apres, avant = _within(counts, period), _within(counts, periode.precedente(period))
    n = _sum(apres, AVIS)
    if not n and veille.genre == "resume_jour":
        return after, None
    donnees = {
        "periode": _period(period),
        "avis": n,
        "ouvertures": _sum(apres, OUVERTURE),
        "commentaires": commentaires,
        "questions": [
            _figures(question, apres, avant) for question in _asked(apres, demarche, catalogue)
        ],
    }
    return after, _event(veille, now, period.au.isoformat(), donnees)


def _asked(counts: Sequence[DayCount], demarche: Demarche, catalogue: Catalogue) -> list[Question]:
    met = dict.fromkeys(count.questionnaire for count in counts)
    return questions(met or [demarche.questionnaire], catalogue)


def _figures(
    question: Question, apres: Sequence[DayCount], avant: Sequence[DayCount]
) -> dict[str, object]:
    now, before = effectifs(question, apres), effectifs(question, avant)
    figures, change = score(now), compare(before, now)
    return {
        "dimension": question.dimension.code,
        "question": question.dimension.question["fr"],
        "reponses": figures.n,
        "note_sur_10": figures.note_sur_10,
        "intervalle": list(figures.intervalle) if figures.intervalle else None,
        "ecart": change.ecart,
        "significatif": change.significatif,
    }


# New comments


def comments_since(veille: Veille, now: Instant) -> tuple[str, str]:
    """Instants after which to count up to now: since the last look, and for the next one.

    A comment may be added to an avis an hour after it came in. So each look begins an hour before
    the last one, less what that one had found in this hour: each comment is counted once.
    """
    return str(veille.etat["debut"]), later(now, -CHANGES)


def commentaires(
    veille: Veille, now: Instant, since: int, last_hour: int
) -> tuple[Veille, Evenement | None]:
    """`since` and `last_hour`: comments counted from the instants of `comments_since`."""
    seen = str(veille.etat["vu"])
    n = since - int(str(veille.etat["deja"]))
    after = veille._replace(
        prochain_le=later(now, GROUPED if n > 0 else LOOKED_FOR),
        etat=_looked(now, later(now, -CHANGES), last_hour),
    )
    if n <= 0:  # less than none: some were set aside
        return after, None
    return after, _event(veille, now, seen, {"commentaires": n, "depuis": seen})


def _looked(now: Instant, debut: str, deja: int) -> dict[str, object]:
    """`vu`: when one looked; `debut`: from when to count the next time, less `deja`."""
    return {"vu": now.recu_le, "debut": debut, "deja": deja}


# A drop


def drop_days(now: Instant) -> tuple[Periode, Periode]:
    """The 30 days before, and the last 30 that are over."""
    last = morning_before(now, "baisse") - timedelta(days=1)
    apres = Periode(last - timedelta(days=WINDOW - 1), last)
    return Periode(apres.du - timedelta(days=WINDOW), apres.du - timedelta(days=1)), apres


def baisse(
    veille: Veille,
    now: Instant,
    counts: Sequence[DayCount],
    demarche: Demarche,
    catalogue: Catalogue,
) -> tuple[Veille, Evenement | None]:
    """A drop of the mark of the main question that chance does not make: see SURE."""
    after = veille._replace(prochain_le=morning_after(now, veille.genre))
    avant, apres = drop_days(now)
    if _too_soon(veille.etat.get("dit"), apres.au, WINDOW):
        return after, None
    question = _main(demarche, catalogue)
    before = effectifs(question, _within(counts, avant))
    latest = effectifs(question, _within(counts, apres))
    change = compare(before, latest)
    if not dropped(change):
        return after, None
    donnees = {
        "dimension": question.dimension.code,
        "question": question.dimension.question["fr"],
        "avant": _side(avant, before),
        "apres": _side(apres, latest),
        "ecart": change.ecart,
    }
    told = apres.au.isoformat()
    return after._replace(etat={"dit": told}), _event(veille, now, told, donnees)


def dropped(change: Ecart) -> bool:
    return change.significatif and change.z is not None and change.z <= -SURE


def _main(demarche: Demarche, catalogue: Catalogue) -> Question:
    principale = catalogue.questionnaires[demarche.questionnaire].principale
    asked = questions([demarche.questionnaire], catalogue)
    return next(each for each in asked if same_question(each.dimension, principale))


def _side(period: Periode, found: Sequence[int]) -> dict[str, object]:
    figures = score(found)
    return {
        "du": period.du.isoformat(),
        "au": period.au.isoformat(),
        "reponses": figures.n,
        "note_sur_10": figures.note_sur_10,
    }


# Silence


def silence_of(days: Mapping[str, int], today: date) -> Silence | None:
    """Whether nobody answers any more. `days`: avis by day; those of today do not count yet.

    Unusual is longer than twice the longest pause of the RHYTHM_DAYS days up to the last avis, and
    SILENCE_LEAST days at least: 3 for a démarche that is answered each day, 5 for one that sleeps
    at weekends, 13 for one that is answered once a week. Below RHYTHM_LEAST avis in these days, or
    above SILENCE_MOST days, there is no rhythm to be missed.
    """
    past = sorted(
        day for text, n in days.items() if n and (day := date.fromisoformat(text)) < today
    )
    if not past or days.get(today.isoformat()):
        return None
    last = past[-1]
    known = [day for day in past if (last - day).days < RHYTHM_DAYS]
    if sum(days[day.isoformat()] for day in known) < RHYTHM_LEAST:
        return None
    gaps = [(b - a).days - 1 for a, b in pairwise(known)]
    pause = max(gaps, default=0)
    seuil = max(SILENCE_LEAST, 2 * pause + 1)
    jours = (today - last).days - 1
    if len(known) < 2 or seuil > SILENCE_MOST or jours < seuil:
        return None
    return Silence(last, jours, seuil, pause)


def silence_days(now: Instant) -> tuple[str, str]:
    """The days of which counters are needed."""
    return (now.jour - timedelta(days=RHYTHM_DAYS + SILENCE_MOST + 1)).isoformat(), now.jour_iso


def silence(
    veille: Veille, now: Instant, days: Mapping[str, int], ouvert: bool
) -> tuple[Veille, Evenement | None]:
    """Tell it once, until an avis comes. `ouvert`: a bouton is open; else silence is meant."""
    after = veille._replace(prochain_le=morning_after(now, veille.genre))
    found = silence_of(days, now.jour)
    if found is None or not ouvert or veille.etat.get("dernier") == found.dernier.isoformat():
        return after, None
    dernier = found.dernier.isoformat()
    donnees = {
        "dernier": dernier, "jours": found.jours, "seuil": found.seuil, "pause": found.pause,
    }  # fmt: skip
    return after._replace(etat={"dernier": dernier}), _event(veille, now, dernier, donnees)


# An integration that is broken


def integration(
    veille: Veille, now: Instant, refused: Mapping[str, int], libelles: Mapping[str, str]
) -> tuple[Veille, Evenement | None]:
    """`refused`: avis refused yesterday and today because of the site they came from, by bouton.

    The site is not named: anybody may claim to be one, and a message is no place for what anybody
    writes.
    """
    told = {code: dit for code, dit in veille.etat.items() if code in libelles}
    new = sorted(
        code
        for code, n in refused.items()
        if code in libelles
        and n >= REFUSED_LEAST
        and not _too_soon(told.get(code), now.jour, REFUSED_AGAIN)
    )
    etat = {**told, **dict.fromkeys(new, now.jour_iso)}
    after = veille._replace(prochain_le=later(now, GROUPED), etat=etat)
    if not new:
        return after, None
    boutons = [{"code": code, "libelle": libelles[code], "refus": refused[code]} for code in new]
    return after, _event(veille, now, f"{now.jour_iso} {' '.join(new)}", {"boutons": boutons})


def _too_soon(told: object, today: date, days: int) -> bool:
    return isinstance(told, str) and (today - date.fromisoformat(told)).days < days


# What they share


def _event(veille: Veille, now: Instant, about: str, donnees: Mapping[str, object]) -> Evenement:
    said = f"{veille.demarche_id} {veille.genre} {about}".encode()
    id = hashlib.blake2b(said, digest_size=12, person=b"jdma evenement").hexdigest()
    return Evenement(id, veille.genre, veille.demarche_id, now.recu_le, donnees)


def _within(counts: Sequence[DayCount], period: Periode) -> list[DayCount]:
    du, au = period.du.isoformat(), period.au.isoformat()
    return [count for count in counts if du <= count.jour <= au]


def _sum(counts: Sequence[Counted], dimension: str) -> int:
    return sum(count.n for count in counts if count.dimension == dimension)


def _period(period: Periode) -> dict[str, object]:
    return {"du": period.du.isoformat(), "au": period.au.isoformat()}
