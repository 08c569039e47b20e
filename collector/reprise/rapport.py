"""What an import comes to, before anything is changed: answers, figures, what has no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from collector import scores
from collector.domain import AVIS, Avis, ChoixMultiple, Questionnaire
from collector.errors import shown
from collector.reprise.lecture import Ligne
from collector.reprise.traduction import JAMAIS_REPRISE, Reste

SHOWN_LINES = 5
Effectifs = Counter[tuple[str, int]]
"""How many answers there are, by name and level, as counters have them."""


@dataclass
class Rapport:
    """`effectifs` are those of the avis that would be added; `avant`, of those that are there."""

    lignes: int = 0
    avis: int = 0
    connus: int = 0
    effaces: int = 0
    premier: str = ""
    dernier: str = ""
    liens: Counter[str] = field(default_factory=Counter)
    restes: dict[Reste, list[str]] = field(default_factory=dict)
    nombres: Counter[Reste] = field(default_factory=Counter)
    avant: Effectifs = field(default_factory=Counter)
    effectifs: Effectifs = field(default_factory=Counter)

    def note(self, ligne: Ligne, restes: Iterable[Reste]) -> None:
        where = f"{ligne.feuille}:{ligne.numero}" if ligne.feuille else str(ligne.numero)
        for reste in restes:
            each = reste._replace(valeur=shown(reste.valeur))
            self.nombres[each] += 1
            lines = self.restes.setdefault(each, [])
            if len(lines) < SHOWN_LINES:
                lines.append(where)

    def count(self, avis: Avis, lien: str) -> None:
        self.avis += 1
        self.liens[lien] += 1
        self.premier = min(self.premier or avis.recu_le, avis.recu_le)
        self.dernier = max(self.dernier, avis.recu_le)

    def add(self, avis: Avis) -> None:
        self.effectifs[AVIS, 1] += 1
        self.effectifs.update(avis.notes.items())

    @property
    def sans_place(self) -> int:
        """How much has no place and is not known to have none."""
        return sum(n for reste, n in self.nombres.items() if reste.motif != JAMAIS_REPRISE)

    def as_dict(
        self, questionnaire: Questionnaire, boutons: Mapping[str, str]
    ) -> dict[str, object]:
        return {
            "lignes": self.lignes,
            "avis": self.avis,
            "nouveaux": self.effectifs[AVIS, 1],
            "connus": self.connus,
            "effaces": self.effaces,
            "premier": self.premier or None,
            "dernier": self.dernier or None,
            "liens": [
                {"lien": lien, "avis": n, "bouton": boutons.get(lien)}
                for lien, n in sorted(self.liens.items())
            ],
            "questions": {
                name: {"reponses": sum(levels), "effectifs": levels}
                for name, levels in histograms(questionnaire, self.effectifs).items()
            },
            "chiffres": {
                "avant": chiffres(questionnaire, self.avant),
                "apres": chiffres(questionnaire, self.avant + self.effectifs),
            },
            "restes": [
                {**reste._asdict(), "nombre": n, "lignes": self.restes[reste]}
                for reste, n in sorted(self.nombres.items())
            ],
        }


def histograms(questionnaire: Questionnaire, effectifs: Effectifs) -> dict[str, list[int]]:
    """The answers to each question, from the lowest level; those to a suite of all its options
    together, and of a choice how many ticked each option."""
    found = {
        d.code: [effectifs[d.code, i + 1] for i in range(len(d.niveaux))]
        for d in questionnaire.dimensions
    }
    for choix in questionnaire.choix:
        found[choix.code] = [effectifs[f"{choix.code}.{o.code}", 1] for o in choix.options]
        found |= {suite.code: suite_levels(choix, suite.code, effectifs) for suite in choix.suites}
    return found


def suite_levels(choix: ChoixMultiple, code: str, effectifs: Effectifs) -> list[int]:
    suite = next(each for each in choix.suites if each.code == code)
    options = [option.code for option in choix.options if option.suites]
    return [
        sum(effectifs[f"{code}.{option}", i + 1] for option in options)
        for i in range(len(suite.niveaux))
    ]


def chiffres(questionnaire: Questionnaire, effectifs: Effectifs) -> dict[str, float | None]:
    """The mark out of 10 of each scale; of one with two levels, and of the option that excludes the
    others, the share."""
    found: dict[str, float | None] = {}
    every = histograms(questionnaire, effectifs)
    for dimension in questionnaire.dimensions:
        found[dimension.code] = _mark(every[dimension.code])
    for choix in questionnaire.choix:
        answered = sum(n for (name, _), n in effectifs.items() if name == choix.code)
        for option in choix.options:
            if option.seule:
                n = effectifs[f"{choix.code}.{option.code}", 1]
                found[f"{choix.code}.{option.code}"] = n / answered if answered else None
        found |= {suite.code: _figure(every[suite.code]) for suite in choix.suites}
    return found


def _figure(levels: list[int]) -> float | None:
    if len(levels) > 2:
        return _mark(levels)
    return levels[-1] / sum(levels) if sum(levels) else None


def _mark(levels: list[int]) -> float | None:
    mean = scores.mean(levels)
    return None if mean is None else float(mean)
