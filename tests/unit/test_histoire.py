"""The invented history is always the same, looks like people, and tells its two stories."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import islice, pairwise
from pathlib import Path
from statistics import fmean
from typing import Any, cast
from uuid import UUID

import pytest

from collector.demo.histoire import history, openings
from collector.demo.plan import Plan, PlanError, parse_plan
from collector.domain import (
    AUTOMATIC_REASONS,
    OUVERTURE,
    PARIS,
    Avis,
    Questionnaire,
    cells,
)
from collector.options import check_answers, parted
from collector.parse import AvisBody

ROOT = Path(__file__).parents[2]
PLAN = (ROOT / "examples/histoire.json").read_bytes()
JUSQU_A = datetime(2026, 11, 20, 15, 42, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def questionnaires() -> dict[str, Questionnaire]:
    files = sorted((ROOT / "schemas/questionnaires").glob("*.json"))
    return {f.stem: Questionnaire.from_json(json.loads(f.read_bytes())) for f in files}


@pytest.fixture(scope="module")
def plan(questionnaires: dict[str, Questionnaire]) -> Plan:
    return parse_plan(PLAN, questionnaires)


@pytest.fixture(scope="module")
def told(plan: Plan, questionnaires: dict[str, Questionnaire]) -> list[Avis]:
    return list(history(plan, questionnaires, JUSQU_A))


def demarche_id(plan: Plan, slug: str) -> int:
    return next(d.id for d in plan.domain_demarches() if d.slug == slug)


def mean_of(avis: Iterable[Avis], du: str, au: str) -> float:
    return fmean(a.notes["satisfaction"] for a in avis if du <= a.jour[:7] <= au)


def test_the_same_seed_tells_the_same_history(
    plan: Plan, questionnaires: dict[str, Questionnaire], told: list[Avis]
) -> None:
    assert list(history(plan, questionnaires, JUSQU_A)) == told
    other = history(plan, questionnaires, JUSQU_A, seed=7)
    assert list(islice(other, 100)) != told[:100]


def test_it_holds_about_sixty_thousand_avis_over_thirteen_whole_months(told: list[Avis]) -> None:
    assert 55_000 <= len(told) <= 65_000
    months = Counter(a.jour[:7] for a in told)
    assert (min(months), max(months), len(months)) == ("2025-10", "2026-11", 14)
    assert told[-1].recu_le < "2026-11-20T15:42:07.000Z"


def test_a_smaller_total_is_followed(plan: Plan, questionnaires: dict[str, Questionnaire]) -> None:
    assert 950 <= len(list(history(plan, questionnaires, JUSQU_A, total=1000))) <= 1050


def test_it_is_told_in_order(told: list[Avis]) -> None:
    assert all(a.recu_le <= b.recu_le for a, b in pairwise(told))


def test_each_cle_is_a_uuid7_of_its_instant_and_unique(told: list[Avis]) -> None:
    assert len({a.cle for a in told}) == len(told)
    for avis in told:
        cle = UUID(avis.cle)
        instant = datetime.fromisoformat(avis.recu_le)
        assert (cle.version, str(cle)) == (7, avis.cle)
        assert cle.int >> 80 == round(instant.timestamp() * 1000)


def test_jour_is_the_civil_day_in_paris(told: list[Avis]) -> None:
    for avis in told:
        instant = datetime.fromisoformat(avis.recu_le)
        assert avis.recu_le == instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert avis.jour == instant.astimezone(PARIS).date().isoformat()


@pytest.mark.parametrize("jusqu_a", ["2026-03-29T12:00Z", "2026-10-26T00:30Z", "2026-01-01T00:00Z"])
def test_it_may_end_on_any_day(
    plan: Plan, questionnaires: dict[str, Questionnaire], jusqu_a: str
) -> None:
    end = datetime.fromisoformat(jusqu_a)
    for avis in history(plan, questionnaires, end, total=20_000):
        instant = datetime.fromisoformat(avis.recu_le)
        assert instant < end
        assert instant.astimezone(PARIS).date().isoformat() == avis.jour


def test_every_avis_fits_its_questionnaire_and_its_bouton(
    plan: Plan, questionnaires: dict[str, Questionnaire], told: list[Avis]
) -> None:
    boutons = {b.code: b for b in plan.domain_boutons()}
    demarches = {d.id: d for d in plan.domain_demarches()}
    for avis in told:
        questionnaire = questionnaires[avis.questionnaire]
        assert boutons[avis.bouton].demarche_id == avis.demarche_id
        assert demarches[avis.demarche_id].questionnaire == avis.questionnaire
        assert "satisfaction" in avis.notes
        levels, ticked = parted(avis.notes, questionnaire)
        body = cast(AvisBody, {"notes": levels, "choix": ticked})
        assert check_answers(body, questionnaire) == avis.notes
        assert avis.verbatim is None or questionnaire.commentaire is not None
        assert avis.etape in (1, 2, 3)
        assert avis.etape > 1 or list(avis.notes) == ["satisfaction"]
        assert avis.ecarte in (None, *AUTOMATIC_REASONS)
        assert (avis.widget is not None) == (avis.affichage in ("dialogue", "integre"))
        assert avis.langue in ("fr", "en")


def test_somebody_looked_for_help_and_most_did_not(told: list[Avis]) -> None:
    mine = (avis for avis in told if avis.questionnaire == "jdma-2024")
    asked = [avis.notes for avis in mine if "aide" in avis.notes]
    alone = sum("aide.aucune" in notes for notes in asked)
    assert 0.3 < alone / len(asked) < 0.5
    reached = [notes["joint.telephone"] for notes in asked if "joint.telephone" in notes]
    assert {1, 2} == set(reached)
    assert any("qualite.telephone" in notes for notes in asked)


def test_a_few_avis_are_set_aside(told: list[Avis]) -> None:
    assert 0.003 < sum(a.ecarte is not None for a in told) / len(told) < 0.007


def test_other_answers_follow_satisfaction(told: list[Avis]) -> None:
    for code in ("effort", "clarte"):
        means = [
            fmean(a.notes[code] for a in told if a.notes["satisfaction"] == s and code in a.notes)
            for s in (1, 2, 3)
        ]
        assert means[0] + 0.5 < means[1] < means[2] - 0.5
    some_stop = sum("effort" not in a.notes for a in told if a.questionnaire == "standard-1")
    assert some_stop > len(told) / 10


def test_weekdays_are_busier_than_weekends_and_days_than_nights(told: list[Avis]) -> None:
    days = Counter(date.fromisoformat(a.jour).weekday() for a in told)
    assert min(days[d] for d in range(5)) > 1.4 * max(days[5], days[6])
    hours = Counter(datetime.fromisoformat(a.recu_le).astimezone(PARIS).hour for a in told)
    assert hours[10] > 20 * hours[3]


def test_school_enrolment_peaks_in_june(plan: Plan, told: list[Avis]) -> None:
    ecole = demarche_id(plan, "inscription-scolaire")
    months = Counter(a.jour[5:7] for a in told if a.demarche_id == ecole)
    assert months.most_common(1)[0][0] == "06"
    assert months["06"] > 5 * months["12"]


def test_one_demarche_gets_worse_and_one_better(plan: Plan, told: list[Avis]) -> None:
    by_demarche: dict[int, list[Avis]] = defaultdict(list)
    for avis in told:
        by_demarche[avis.demarche_id].append(avis)
    change = {
        slug: mean_of(history, "2026-09", "2026-11") - mean_of(history, "2025-10", "2025-12")
        for slug in ("acte-de-naissance", "allocation-autonomie", "carte-de-peche")
        for history in [by_demarche[demarche_id(plan, slug)]]
    }
    assert change["acte-de-naissance"] < -0.4
    assert change["allocation-autonomie"] > 0.4
    assert abs(change["carte-de-peche"]) < 0.2


def test_people_speak_of_the_change_only_after_it(plan: Plan, told: list[Avis]) -> None:
    naissance = demarche_id(plan, "acte-de-naissance")
    words = [p.textes for p in plan.phrases if p.apres_evolution and "acte-de-naissance" in p.pour]
    said = [
        a.jour[:7]
        for a in told
        if a.demarche_id == naissance and any(t in (a.verbatim or "") for ts in words for t in ts)
    ]
    assert len(said) > 50
    assert min(said) == "2026-06"


def test_one_demarche_is_mostly_under_the_threshold_and_one_is_empty(
    plan: Plan, told: list[Avis]
) -> None:
    buvette, marche = demarche_id(plan, "buvette-temporaire"), demarche_id(plan, "place-de-marche")
    months = Counter(a.jour[:7] for a in told if a.demarche_id == buvette)
    assert months.total() > 20
    assert sum(n < 11 for n in months.values()) > len(months) / 2
    assert all(a.demarche_id != marche for a in told)


def test_comments_are_varied(told: list[Avis]) -> None:
    verbatims = Counter(a.verbatim for a in told if a.verbatim)
    assert 4_000 < verbatims.total() < 12_000
    assert len(verbatims) > 1_500
    assert verbatims.most_common(1)[0][1] < 0.01 * verbatims.total()


def test_between_a_third_and_three_quarters_of_openings_give_an_avis(told: list[Avis]) -> None:
    opened = openings(told)
    received = Counter(
        cell._replace(dimension=OUVERTURE, note=1) for a in told for cell in cells(a)[:1]
    )
    assert all(opened[cell] >= n for cell, n in received.items())
    assert {(cell.dimension, cell.note) for cell in opened} == {(OUVERTURE, 1)}
    assert 0.35 < received.total() / opened.total() < 0.75
    assert opened == openings(iter(told))


def test_the_plan_gives_what_a_demo_creates(plan: Plan) -> None:
    structures, demarches = plan.domain_structures(), plan.domain_demarches()
    assert [s.id for s in structures] == [1, 2, 3, 4]
    assert [s.parent for s in structures] == [None, 1, None, None]
    assert [d.id for d in demarches] == list(range(1, 17))
    assert [d.slug for d in demarches if not d.publique] == ["portage-de-repas"]
    assert {d.structure_id for d in demarches} == {1, 2, 3, 4}
    boutons = plan.domain_boutons(("http://127.0.0.1:8001",))
    assert boutons[0].code == "k7f3q2"
    assert all(b.origines == ("http://127.0.0.1:8001",) for b in boutons)


@pytest.mark.parametrize("page", sorted((ROOT / "examples/site").rglob("*.html")), ids=str)
def test_the_example_site_embeds_boutons_of_the_plan(plan: Plan, page: Path) -> None:
    codes = {b.code for b in plan.domain_boutons()}
    for link in page.read_text("utf-8").split("{{ collecteur }}/f/")[1:]:
        assert link[:6] in codes


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("demarches", 0, "structure"), "ailleurs", "one of ville-de-montclair-sur-loire"),
        (("demarches", 0, "questionnaire"), "standard-9", "one of demarche-longue-1"),
        (("demarches", 0, "saison"), "mousson", "one of plate"),
        (("demarches", 0, "poids"), -1, "carte-de-stationnement.poids"),
        (("demarches", 0, "poids"), "14", "plan.demarches[0].poids: '14', expected float"),
        (("demarches", 0, "publik"), True, "plan.demarches[0]: 'publik', expected one of slug"),
        (("demarches", 0, "satisfaction"), [1, 0], "expected 3 weights"),
        (("demarches", 0, "ecarts"), {"vitesse": 0.1}, "one of satisfaction, effort, clarte"),
        (("demarches", 0, "choix"), {"aide": {"proche": 1}}, "carte-de-stationnement.choix"),
        (("demarches", 12, "choix", "aide"), {"voisin": 1}, "one of guichet, telephone"),
        (("demarches", 12, "choix", "aide"), {"proche": 0}, "not all 0"),
        (("demarches", 0, "boutons"), [], "carte-de-stationnement.boutons"),
        (("demarches", 1, "slug"), "carte-de-stationnement", "expected given once"),
        (("demarches", 2, "evolution", "mois"), 40, "mois 1..13"),
        (("structures", 1, "parent"), "ailleurs", "ccas-de-montclair-sur-loire.parent"),
        (("structures", 1, "nom"), None, "plan.structures[1].nom: None, expected str"),
        (("phrases", 0, "humeur"), "ravi", "one of mal, mitige, bien"),
        (("saisons", "ecole"), [1, 2], "expected 12 weights"),
        (("robots",), "x", "plan.robots"),
    ],
)
def test_a_wrong_plan_says_where_and_what_was_expected(
    questionnaires: dict[str, Questionnaire], path: tuple[str | int, ...], value: Any, message: str
) -> None:
    raw = json.loads(PLAN)
    place = raw
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(PlanError) as refusal:
        parse_plan(json.dumps(raw), questionnaires)
    assert message in str(refusal.value)


def test_a_missing_field_is_named(questionnaires: dict[str, Questionnaire]) -> None:
    raw = json.loads(PLAN)
    del raw["demarches"][0]["titre"]
    with pytest.raises(PlanError, match=r"plan\.demarches\[0\].*expected a field titre"):
        parse_plan(json.dumps(raw), questionnaires)
    with pytest.raises(PlanError, match="expected JSON"):
        parse_plan(b"{", questionnaires)


def test_a_naive_end_is_refused(plan: Plan, questionnaires: dict[str, Questionnaire]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        next(history(plan, questionnaires, datetime(2026, 11, 20)))
