"""An invented history for demonstrations and trials: a plan (JSON), and the avis it gives.

Pure and deterministic: the same plan, end, seed and total give the same avis, to the byte.
"""

from __future__ import annotations

import math
import random
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from collector.demo.cases import Boxes
from collector.demo.plan import (
    HUMEURS,
    LEAD,
    MONTHS,
    ON_A_PAGE,
    Plan,
    PlanDemarche,
    PlanError,
    Politesses,
)
from collector.domain import (
    LANGUES,
    OUVERTURE,
    PARIS,
    PIEGE,
    TROP_RAPIDE,
    Avis,
    Cell,
    Questionnaire,
    new_cle,
)

_WIDGET = "0.1.0"
_ASIDE = 0.005
_SKIPPED = 0.06

# Share of people who leave after the first click. A page asks for a decision to go there.
_STOPPED: Mapping[str, float] = {"dialogue": 0.26, "integre": 0.3, "lien": 0.12, "page": 0.08}
_BY_WIDGET = frozenset({"dialogue", "integre"})

# Unhappy people write more.
_TALKATIVE = (2.2, 1.3, 0.7)
# Where the other answers gather on 0..1, by humeur; then by the temper of the person.
_CENTRES = (0.2, 0.5, 0.84)
_TEMPERS = (-0.12, 0.0, 0.12)
_SPREAD = 0.27

_WEEKDAYS = (1.16, 1.1, 1.03, 1.0, 0.9, 0.52, 0.42)
_HOURS = (6, 3, 2, 1, 1, 2, 6, 18, 42, 66, 74, 64, 46, 52, 66, 62, 56, 52, 50, 46, 50, 46, 30, 14)
_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})
_HOLIDAY = 0.35


def history(
    plan: Plan,
    questionnaires: Mapping[str, Questionnaire],
    jusqu_a: datetime,
    seed: int = 2026,
    total: int = 60_000,
) -> Iterator[Avis]:
    """About `total` avis, oldest first: 13 whole months, then the current one up to `jusqu_a`."""
    rng = random.Random(seed)  # noqa: S311 - a story to look at, not a secret
    hours = list(_hours(jusqu_a, rng))
    voices = [
        _voice(plan, rank, questionnaires[demarche.questionnaire], rng)
        for rank, demarche in enumerate(plan.demarches, 1)
    ]
    for instant, hour, voice in _instants(plan, hours, total, rng):
        yield voices[voice].speak(rng, instant, hours[hour])


def openings(avis: Iterable[Avis], seed: int = 2026) -> Counter[Cell]:
    """How often the forms behind `avis` were opened: 35 to 75 % of openings gave an avis."""
    rng = random.Random(seed)  # noqa: S311
    received = Counter((a.demarche_id, a.bouton, a.jour, a.questionnaire) for a in avis)
    opened: Counter[Cell] = Counter()
    for where, n in received.items():
        opened[Cell(*where, OUVERTURE, 1)] = int(n / rng.uniform(0.35, 0.75) + rng.random())
    return opened


class _Hour(NamedTuple):
    """One hour of civil time in Paris. `mois` counts from the first month of the history."""

    start: int
    stamp: str
    jour: str
    mois: int
    month: int
    weight: float


def _hours(jusqu_a: datetime, rng: random.Random) -> Iterator[_Hour]:
    """Every whole hour of the history, with the number of people it draws."""
    if jusqu_a.tzinfo is None:
        raise ValueError(f"jusqu_a: {jusqu_a!r}, expected an instant with its time zone")
    last = jusqu_a.astimezone(PARIS).date()
    first = last.replace(day=1)
    for _ in range(MONTHS):
        first = (first - timedelta(days=1)).replace(day=1)
    for n in range((last - first).days + 1):
        jour = first + timedelta(days=n)
        crowd = _crowd(jour) * rng.lognormvariate(0, 0.12)
        mois = (jour.year - first.year) * 12 + jour.month - first.month
        for hour, share in enumerate(_HOURS):
            start = datetime(jour.year, jour.month, jour.day, hour, tzinfo=PARIS).astimezone(UTC)
            if start + timedelta(hours=1) > jusqu_a:
                return
            stamp = f"{start:%Y-%m-%dT%H}"
            epoch = round(start.timestamp()) * 1000
            yield _Hour(epoch, stamp, jour.isoformat(), mois, jour.month, crowd * share)


def _crowd(jour: date) -> float:
    closed = _HOLIDAY if (jour.month, jour.day) in _HOLIDAYS else 1.0
    return _WEEKDAYS[jour.weekday()] * closed


def _instants(
    plan: Plan, hours: list[_Hour], total: int, rng: random.Random
) -> list[tuple[int, int, int]]:
    """When each avis comes in: (milliseconds since 1970, rank of the hour, rank of the voice)."""
    every = sum(d.poids for d in plan.demarches)
    instants: list[tuple[int, int, int]] = []
    for voice, demarche in enumerate(plan.demarches):
        saison = plan.saisons[demarche.saison]
        weights = _cumulated(hour.weight * saison[hour.month - 1] for hour in hours)
        n = round(total * demarche.poids / every) if every else 0
        for hour in rng.choices(range(len(hours)), cum_weights=weights, k=n):
            instants.append((hours[hour].start + int(rng.random() * 3_600_000), hour, voice))
    instants.sort()
    return instants


@dataclass(frozen=True, slots=True)
class _Voice:
    """The odds of one démarche, added up beforehand, because 60,000 avis are drawn from them."""

    demarche: PlanDemarche
    demarche_id: int
    questionnaire: str
    boutons: list[float]
    satisfaction: list[list[float]]
    others: Mapping[str, list[list[list[float]]]]
    boxes: tuple[Boxes, ...]
    textes: Mapping[tuple[str, int, bool], tuple[str, ...]]
    robots: tuple[str, ...]

    def speak(self, rng: random.Random, instant: int, hour: _Hour) -> Avis:
        bouton = self.demarche.boutons[_pick(self.boutons, rng)]
        affichage = _shown(bouton.affichage, rng)
        anglais = self.demarche.anglais if bouton.anglais is None else bouton.anglais
        langue = "en" if rng.random() < anglais else "fr"
        humeur = _pick(self.satisfaction[hour.mois], rng)
        notes, etape, verbatim = {LEAD: humeur + 1}, 1, None
        if rng.random() >= _STOPPED[affichage]:
            notes |= self._other_notes(rng, humeur)
            notes |= self._ticked(rng, humeur)
            verbatim = self._verbatim(rng, langue, humeur, hour.mois)
            etape = rng.choice((2, 3)) if verbatim else 2
        ecarte = rng.choice((PIEGE, TROP_RAPIDE)) if rng.random() < _ASIDE else None
        if ecarte == PIEGE and self.textes:
            verbatim = rng.choice(self.robots)
        minute, ms = divmod(instant - hour.start, 60_000)
        return Avis(
            demarche_id=self.demarche_id,
            cle=new_cle(instant, rng.getrandbits(80)),
            bouton=bouton.code,
            questionnaire=self.questionnaire,
            etape=etape,
            recu_le=f"{hour.stamp}:{minute:02}:{ms // 1000:02}.{ms % 1000:03}Z",
            jour=hour.jour,
            notes=notes,
            verbatim=verbatim,
            langue=langue,
            affichage=affichage,
            widget=_WIDGET if affichage in _BY_WIDGET else None,
            ecarte=ecarte,
        )

    def _other_notes(self, rng: random.Random, humeur: int) -> dict[str, int]:
        """Answers to the optional questions: they follow the first one and each other."""
        temper = int(rng.random() * len(_TEMPERS))
        return {
            code: _pick(odds[humeur][temper], rng) + 1
            for code, odds in self.others.items()
            if rng.random() >= _SKIPPED
        }

    def _ticked(self, rng: random.Random, humeur: int) -> dict[str, int]:
        """Answers to choice questions."""
        found: dict[str, int] = {}
        for each in self.boxes:
            if rng.random() >= _SKIPPED:
                found |= each.answer(rng, _CENTRES[humeur], _pick, _levels)
        return found

    def _verbatim(self, rng: random.Random, langue: str, humeur: int, mois: int) -> str | None:
        if not self.textes or rng.random() >= self.demarche.verbatims * _TALKATIVE[humeur]:
            return None
        evolution = self.demarche.evolution
        moved = evolution is not None and rng.random() < evolution.share(mois)
        return rng.choice(self.textes[langue, humeur, moved])


def _voice(plan: Plan, rank: int, questionnaire: Questionnaire, rng: random.Random) -> _Voice:
    demarche = plan.demarches[rank - 1]
    others = {
        d.code: [
            [_levels(len(d.niveaux), c + t + demarche.ecarts.get(d.code, 0)) for t in _TEMPERS]
            for c in _CENTRES
        ]
        for d in questionnaire.dimensions
        if d.code != LEAD
    }
    return _Voice(
        demarche=demarche,
        demarche_id=rank,
        questionnaire=questionnaire.id,
        boutons=_cumulated(b.poids for b in demarche.boutons),
        satisfaction=[_month_odds(demarche, mois, rng) for mois in range(MONTHS + 1)],
        others=others,
        boxes=tuple(
            Boxes(each, _cumulated(weights.get(option.code, 0) for option in each.options))
            for each in questionnaire.choix
            if (weights := demarche.choix.get(each.code))
        ),
        textes=_pools(plan, demarche.slug) if questionnaire.commentaire else {},
        robots=plan.robots,
    )


def _shown(affichage: str, rng: random.Random) -> str:
    """How the form of a bouton was shown to one person: sometimes as a page all the same."""
    return "page" if rng.random() < ON_A_PAGE[affichage] else affichage


def _month_odds(demarche: PlanDemarche, mois: int, rng: random.Random) -> list[float]:
    """Odds of each satisfaction in one month: no month is quite like the one before."""
    odds = list(demarche.satisfaction)
    if evolution := demarche.evolution:
        share = evolution.share(mois)
        odds = [
            a * (1 - share) + b * share for a, b in zip(odds, evolution.satisfaction, strict=True)
        ]
    odds[-1] *= rng.uniform(0.9, 1.1)
    return _cumulated(odds)


def _levels(k: int, centre: float) -> list[float]:
    """Odds of levels 1..k, as a bell around `centre`, which is a part of the scale."""
    return _cumulated(math.exp(-(((i / (k - 1) - centre) / _SPREAD) ** 2) / 2) for i in range(k))


def _pools(plan: Plan, slug: str) -> dict[tuple[str, int, bool], tuple[str, ...]]:
    """What people may write on one démarche, by language, humeur, and before or after it moved."""
    return {
        (langue, rank, moved): _pool(plan, slug, langue, humeur, moved)
        for langue in LANGUES
        for rank, humeur in enumerate(HUMEURS)
        for moved in (False, True)
    }


def _pool(plan: Plan, slug: str, langue: str, humeur: str, moved: bool) -> tuple[str, ...]:
    """Its own comments come three times as often as those of every démarche."""
    mood = langue, humeur
    polite = [p for p in plan.politesses if (p.langue, p.humeur) == mood]
    pool: list[str] = []
    for phrases in plan.phrases:
        elsewhere = phrases.pour and slug not in phrases.pour
        if (phrases.langue, phrases.humeur) != mood or elsewhere:
            continue
        if moved or not phrases.apres_evolution:
            for texte in phrases.textes:
                pool += _variants(texte, polite) * (3 if len(phrases.pour) == 1 else 1)
    if not pool:
        raise PlanError("plan.phrases", f"{langue}, {humeur}", f"a text for {slug}")
    return tuple(pool)


def _variants(texte: str, polite: list[Politesses]) -> list[str]:
    """Ways to write one comment: mostly as it stands, else with a word before or after it."""
    careless = texte if texte[:2].isupper() else texte[0].lower() + texte[1:].rstrip(".")
    before = [mot for p in polite for mot in p.avant if not _repeats(mot, texte)]
    after = [mot for p in polite for mot in p.apres if not _repeats(mot, texte)]
    end = "" if texte[-1] in ".!?)" else "."
    return [
        *[texte] * 8,
        careless,
        *(mot + texte if mot.endswith("\n") else f"{mot} {texte}" for mot in before),
        *(f"{texte}{end} {mot}" for mot in after),
    ]


def _repeats(mot: str, texte: str) -> bool:
    """Whether `texte` has the first word of `mot` already: nobody thanks twice."""
    words = re.findall(r"\w+", texte.lower())
    return re.findall(r"\w+", mot.lower())[0] in words


def _cumulated(weights: Iterable[float]) -> list[float]:
    return list(accumulate(weights))


def _pick(cumulated: list[float], rng: random.Random) -> int:
    """A rank, drawn by its weight: random.choices for one, without its overhead."""
    return bisect(cumulated, rng.random() * cumulated[-1], 0, len(cumulated) - 1)
