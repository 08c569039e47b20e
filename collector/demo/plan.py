"""The plan of an invented history: structures, démarches, boutons, moods and what people say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from collector.catalogue import shipped_questionnaires
from collector.config import resource
from collector.domain import (
    LANGUES,
    Bouton,
    Demarche,
    Questionnaire,
    Structure,
)

# The question everything else follows, and what each of its levels makes people write.
LEAD = "satisfaction"
HUMEURS = ("mal", "mitige", "bien")

# Whole months before the current one, so that twelve rolling months are always complete.
MONTHS = 13

# Share of people whom a bouton of this affichage leads to the hosted page (no script, old browser).
ON_A_PAGE: Mapping[str, float] = {"dialogue": 0.1, "integre": 0.07, "lien": 0.4}


class PlanError(ValueError):
    """The plan is wrong: which field, what it holds, what was expected."""

    def __init__(self, champ: str, valeur: object, attendu: str) -> None:
        super().__init__(f"{champ}: {valeur!r}, expected {attendu}")
        self.champ, self.valeur, self.attendu = champ, valeur, attendu


@dataclass(frozen=True, slots=True)
class PlanStructure:
    slug: str
    nom: str
    parent: str | None = None
    territoire: str | None = None
    siret: str | None = None


@dataclass(frozen=True, slots=True)
class PlanBouton:
    """`poids` is its share of the avis of its démarche, `anglais` that of English if unlike it."""

    code: str
    libelle: str
    affichage: str
    poids: float
    anglais: float | None = None
    territoire: str | None = None


@dataclass(frozen=True, slots=True)
class Evolution:
    """Satisfaction moves to new odds, from `mois` months before the last, over `sur` months."""

    mois: int
    sur: int
    satisfaction: tuple[float, ...]

    def share(self, mois: int) -> float:
        """How far the move has gone in month `mois` of the history: 0 before, 1 once done."""
        return min(1.0, max(0.0, (mois - (MONTHS - self.mois) + 1) / self.sur))


@dataclass(frozen=True, slots=True)
class PlanDemarche:
    """A démarche and how people answer there. `satisfaction` goes from the worst to the best;
    `ecarts` shift the answers to other questions, as parts of their scale; `choix` are the weights
    of the options of choice questions."""

    slug: str
    titre: str
    structure: str
    questionnaire: str
    publique: bool
    poids: float
    saison: str
    satisfaction: tuple[float, ...]
    verbatims: float
    anglais: float
    boutons: tuple[PlanBouton, ...]
    ecarts: Mapping[str, float] = field(default_factory=dict)
    choix: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    evolution: Evolution | None = None


@dataclass(frozen=True, slots=True)
class Phrases:
    """Comments of one mood; of every démarche when `pour` is empty."""

    langue: str
    humeur: str
    textes: tuple[str, ...]
    pour: tuple[str, ...] = ()
    apres_evolution: bool = False


@dataclass(frozen=True, slots=True)
class Politesses:
    """What people put before or after a comment of one mood."""

    langue: str
    humeur: str
    avant: tuple[str, ...]
    apres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The file as it stands. Ids of structures and démarches are their ranks in it, from 1."""

    description: str
    saisons: Mapping[str, tuple[float, ...]]
    structures: tuple[PlanStructure, ...]
    demarches: tuple[PlanDemarche, ...]
    politesses: tuple[Politesses, ...]
    phrases: tuple[Phrases, ...]
    robots: tuple[str, ...]

    def domain_structures(self) -> tuple[Structure, ...]:
        ids = {s.slug: rank for rank, s in enumerate(self.structures, 1)}
        return tuple(
            Structure(ids[s.slug], s.nom, s.siret, ids.get(s.parent or ""), s.territoire)
            for s in self.structures
        )

    def domain_demarches(self) -> tuple[Demarche, ...]:
        ids = {s.slug: rank for rank, s in enumerate(self.structures, 1)}
        return tuple(
            Demarche(rank, d.slug, d.titre, ids[d.structure], d.questionnaire, publique=d.publique)
            for rank, d in enumerate(self.demarches, 1)
        )

    def domain_boutons(self, origines: tuple[str, ...] = ()) -> tuple[Bouton, ...]:
        """The boutons, allowed on `origines`, which are known only when a demo starts."""
        return tuple(
            Bouton(b.code, rank, b.libelle, b.affichage, origines, b.territoire)
            for rank, d in enumerate(self.demarches, 1)
            for b in d.boutons
        )


def parse_plan(data: bytes | str, questionnaires: Mapping[str, Questionnaire]) -> Plan:
    """The plan in `data`, checked against the questionnaires it names; PlanError if wrong."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise PlanError("plan", str(error), "JSON") from None
    plan: Plan = _build(Plan, value, "plan")
    structures, demarches = [s.slug for s in plan.structures], [d.slug for d in plan.demarches]
    _once("plan.structures", structures)
    _once("plan.demarches", demarches)
    _once("plan.demarches.boutons", [b.code for d in plan.demarches for b in d.boutons])
    for structure in plan.structures:
        _among(f"{structure.slug}.parent", structure.parent or structure.slug, structures)
    for demarche in plan.demarches:
        _among(f"{demarche.slug}.structure", demarche.structure, structures)
        _check_demarche(plan, demarche, questionnaires)
    for saison, weights in plan.saisons.items():
        _check_weights(f"plan.saisons.{saison}", weights, 12)
    for phrases in plan.phrases:
        for slug in phrases.pour:
            _among("plan.phrases.pour", slug, demarches)
    moods: list[Phrases | Politesses] = [*plan.phrases, *plan.politesses]
    for mood in moods:
        _among("humeur", mood.humeur, HUMEURS)
        _among("langue", mood.langue, LANGUES)
    return plan


def read_plan() -> Plan:
    """The plan shipped in `examples/histoire.json`."""
    return parse_plan(resource("examples", "histoire.json").read_bytes(), shipped_questionnaires())


def _check_demarche(
    plan: Plan, demarche: PlanDemarche, questionnaires: Mapping[str, Questionnaire]
) -> None:
    champ = demarche.slug
    _among(f"{champ}.questionnaire", demarche.questionnaire, questionnaires)
    questionnaire = questionnaires[demarche.questionnaire]
    lead = questionnaire.dimension(LEAD)
    if lead is None or len(lead.niveaux) != len(HUMEURS):
        raise PlanError(f"{champ}.questionnaire", questionnaire.id, f"3 levels of {LEAD}")
    for code in demarche.ecarts:
        _among(f"{champ}.ecarts", code, [d.code for d in questionnaire.dimensions])
    _check_choices(demarche, questionnaire)
    _among(f"{champ}.saison", demarche.saison, plan.saisons)
    _check_weights(f"{champ}.satisfaction", demarche.satisfaction, len(HUMEURS))
    if demarche.evolution:
        _check_weights(f"{champ}.evolution", demarche.evolution.satisfaction, len(HUMEURS))
        if not (1 <= demarche.evolution.mois <= MONTHS and demarche.evolution.sur >= 1):
            raise PlanError(f"{champ}.evolution", demarche.evolution, f"mois 1..{MONTHS}, sur ≥ 1")
    for bouton in demarche.boutons:
        _among(f"{bouton.code}.affichage", bouton.affichage, ON_A_PAGE)
    _check_weights(f"{champ}.boutons", [b.poids for b in demarche.boutons], len(demarche.boutons))
    if demarche.poids < 0:
        raise PlanError(f"{champ}.poids", demarche.poids, "0 or more")


def _check_choices(demarche: PlanDemarche, questionnaire: Questionnaire) -> None:
    champ = f"{demarche.slug}.choix"
    options = {each.code: [option.code for option in each.options] for each in questionnaire.choix}
    for code, weights in demarche.choix.items():
        _among(champ, code, options)
        for option in weights:
            _among(f"{champ}.{code}", option, options[code])
        _check_weights(f"{champ}.{code}", [*weights.values()], len(weights))


def _check_weights(champ: str, weights: Sequence[float], length: int) -> None:
    if len(weights) != length or min(weights, default=-1) < 0 or not sum(weights):
        raise PlanError(champ, weights, f"{length or 'some'} weights of 0 or more, not all 0")


def _among(champ: str, valeur: str, known: Iterable[str]) -> None:
    if valeur not in (names := list(known)):
        raise PlanError(champ, valeur, f"one of {', '.join(names)}")


def _once(champ: str, values: Sequence[str]) -> None:
    for value, n in Counter(values).items():
        if n > 1:
            raise PlanError(champ, value, "given once")


def _build(kind: Any, value: Any, champ: str) -> Any:
    """`value`, as JSON gave it, made into `kind`: a dataclass, a container of one, or a scalar."""
    if is_dataclass(kind) and isinstance(value, dict):
        return _build_fields(kind, value, champ)
    if get_origin(kind) is tuple and isinstance(value, list):
        item = get_args(kind)[0]
        return tuple(_build(item, v, f"{champ}[{i}]") for i, v in enumerate(value))
    if get_origin(kind) is Mapping and isinstance(value, dict):
        item = get_args(kind)[1]
        return {k: _build(item, v, f"{champ}.{k}") for k, v in value.items()}
    if get_origin(kind) is UnionType:
        return None if value is None else _build(get_args(kind)[0], value, champ)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise PlanError(champ, value, getattr(kind, "__name__", str(kind)))
    return value


def _build_fields(kind: Any, value: dict[str, Any], champ: str) -> Any:
    hints = get_type_hints(kind)
    for key in value:
        _among(champ, key, hints)
    for f in fields(kind):
        if f.name not in value and f.default is f.default_factory is MISSING:
            raise PlanError(champ, sorted(value), f"a field {f.name}")
    return kind(**{k: _build(hints[k], v, f"{champ}.{k}") for k, v in value.items()})
