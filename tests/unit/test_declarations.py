"""What the service declares: only what the settings make true, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from string import Formatter
from typing import Any

import pytest

from collector.clock import Clock
from collector.config import TOTP, Settings
from collector.domain import LANGUES
from collector.privacy.declarations import Declaration, Pieds, declaration, read_texts
from tests.world import NOON

TEXTS = read_texts()
NAMES = ("confidentialite", "en-bref", "registre", "accessibilite")
TODAY = date(2026, 11, 22)
CLOCK = Clock(lambda: NOON)
BARE = Settings()
WHOLE = Settings(
    responsable="Ville de <Montclair>",
    dpo="dpo@montclair.example",
    hebergeur="Serveurs d’exemple, Lyon",
    accessibilite="partielle",
    accessibilite_audit="2026-10-01, 87.5, Cabinet d’exemple",
    accessibilite_contact="https://montclair.example/ecrire",
    accessibilite_schema="https://montclair.example/schema",
)


def of_an_audit(jour: str) -> Settings:
    return replace(WHOLE, accessibilite_audit=f"{jour}, 87.5, Cabinet d’exemple")


def declared(
    name: str, langue: str = "fr", settings: Settings = BARE, contact: bool = False
) -> Declaration:
    return declaration(TEXTS[langue], name, langue, settings, TODAY, contact)


def read(name: str, langue: str = "fr", settings: Settings = BARE, contact: bool = False) -> str:
    """All that is read of a declaration."""
    found = declared(name, langue, settings, contact)
    said = [found.titre, found.chapeau]
    for bloc in (each for section in found.sections for each in section.blocs):
        said += [each for each in (bloc.texte, bloc.sous_titre) if each]
        said += bloc.liste or []
        if bloc.tableau:
            said += [cell for ligne in bloc.tableau.lignes for cell in ligne]
    return "\n".join(said)


@pytest.mark.parametrize("langue", LANGUES)
@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_is_filled_whatever_is_set(name: str, langue: str) -> None:
    for settings in (BARE, WHOLE, of_an_audit("2020-10-01")):
        for contact in (False, True):
            text = read(name, langue, settings, contact)
            assert "{" not in text
            assert len(declared(name, langue, settings, contact).sections) >= 1


def shape(value: Any) -> Any:
    """A text without its words: conditions, parts and what is put in."""
    if isinstance(value, dict):
        kept = {name: shape(each) for name, each in value.items()}
        return kept | {name: value[name] for name in ("si", "id", "page") if name in value}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return sorted(field for _, field, _, _ in Formatter().parse(value) if field)


def test_both_languages_say_the_same_things() -> None:
    assert shape(TEXTS["fr"]) == shape(TEXTS["en"])


def conditions(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["si"]} if "si" in value else set()
        return own.union(*map(conditions, value.values()))
    return set[str]().union(*map(conditions, value)) if isinstance(value, list) else set()


def test_a_condition_is_one_that_can_hold() -> None:
    sides = {f"{side}{name}" for side in ("", "sans_") for name in (
        "responsable", "dpo", "hebergeur", "schema", "contact_accessibilite", "audit",
    )}  # fmt: skip
    known = sides | {"contact", "sans_contact", "non_conforme", "partielle", "totale"}
    known |= {"audit_perime"} | {f"totp_{each}" for each in TOTP}
    assert conditions(TEXTS["fr"]) <= known
    assert conditions({"si": "dop"}) - known


def test_the_durations_are_those_in_force() -> None:
    other = Settings(keep_comments=1, keep_avis=13, keep_contacts=2)
    for langue, month in (("fr", "1\u00a0mois"), ("en", "1\u00a0month")):
        lines = read("confidentialite", langue, other, contact=True).split("\n")
        assert [each for each in lines if re.fullmatch(r"\d+\u00a0\w+", each)][:3] == [
            month,
            f"13\u00a0{'mois' if langue == 'fr' else 'months'}",
            f"2\u00a0{'mois' if langue == 'fr' else 'months'}",
        ]


@pytest.mark.parametrize("name", ["confidentialite", "registre"])
def test_how_long_agents_are_known_is_what_the_settings_say(name: str) -> None:
    other = Settings(keep_journal=7, keep_comptes=31)
    for langue, months in (("fr", "mois"), ("en", "months")):
        text = read(name, langue, other)
        assert f"7\u00a0{months}" in text
        assert f"31\u00a0{months}" in text
        assert f"7\u00a0{months}" not in read(name, langue)


def test_an_address_to_write_back_to_is_spoken_of_only_where_one_is_asked_for() -> None:
    for name in ("confidentialite", "en-bref", "registre"):
        assert "recontacté" not in read(name) or "adresse électronique pour" not in read(name)
        assert len(read(name, contact=True)) > len(read(name))


def test_nobody_is_told_that_an_avis_cannot_be_found_where_an_address_leads_to_it() -> None:
    """The administration shows each address beside its avis."""
    without, asked = read("confidentialite"), read("confidentialite", contact=True)
    assert "pas de nom\u00a0: personne" in without
    assert "pas de nom\u00a0: personne" not in asked
    assert "elle mène à votre avis" in asked
    assert "elle mène à votre avis" not in without


@pytest.mark.parametrize("totp", TOTP)
def test_the_entry_says_of_whom_a_second_factor_is_required(totp: str) -> None:
    said = {
        "operateurs": "Exigée des opérateurs",
        "tous": "Exigée de tous",
        "personne": "JDMA_TOTP",
    }
    text = read("registre", settings=Settings(totp=totp))
    assert [each for each in TOTP if said[each] in text] == [totp]


def test_what_is_not_set_is_said_to_be_missing() -> None:
    assert "JDMA_RESPONSABLE" in read("registre")
    assert "JDMA_RESPONSABLE" not in read("registre", settings=WHOLE)
    assert "n’a pas encore écrit son nom" in read("confidentialite")
    assert "n’a pas encore écrit son nom" not in read("confidentialite", settings=WHOLE)


def test_what_is_set_is_escaped() -> None:
    text = read("confidentialite", settings=WHOLE)
    assert "Ville de &lt;Montclair&gt;" in text
    assert '<a href="mailto:dpo@montclair.example">' in text
    hostile = Settings(dpo='a@b"><script>')
    assert "<script>" not in read("confidentialite", settings=hostile)


# RGAA: what a déclaration must hold

HEADINGS = [
    "Engagement",
    "État de conformité",
    "Résultats des tests",
    "Contenus non accessibles",
    "Établissement de cette déclaration",
    "Retour d’information et contact",
    "Voies de recours",
]
UNDER = [
    "Non-conformités",
    "Dérogations pour charge disproportionnée",
    "Contenus non soumis à l’obligation d’accessibilité",
    "Technologies",
    "Environnement de test",
    "Outils",
    "Pages vérifiées",
]


@pytest.mark.parametrize("settings", [BARE, WHOLE], ids=["bare", "whole"])
def test_the_declaration_of_accessibility_has_every_mandatory_heading(settings: Settings) -> None:
    found = declared("accessibilite", settings=settings)
    assert [each.titre for each in found.sections] == HEADINGS
    blocs = [bloc for section in found.sections for bloc in section.blocs]
    assert [each.sous_titre for each in blocs if each.sous_titre] == UNDER


def test_nothing_is_compliant_before_an_audit_says_so() -> None:
    assert "<strong>non conforme</strong>" in read("accessibilite")
    assert "Aucun audit n’a été fait" in read("accessibilite")
    text = read("accessibilite", settings=WHOLE)
    assert "<strong>partiellement conforme</strong>" in text
    assert "du 1er\u00a0octobre\u00a02026, fait par Cabinet d’exemple, trouve 87,5" in text
    assert "non conforme" not in text


def test_an_audit_is_good_for_three_years_to_the_day() -> None:
    on_its_last_day, over = of_an_audit("2023-11-22"), of_an_audit("2023-11-21")
    for langue, (state, partly, old) in {
        "fr": (
            "non conforme",
            "partiellement conforme",
            "Il a plus de trois ans\u00a0: il n’est plus",
        ),
        "en": ("not compliant", "partly compliant", "It is more than three years old"),
    }.items():
        text = read("accessibilite", langue, on_its_last_day)
        assert f"<strong>{partly}</strong>" in text
        assert old not in text
        text = read("accessibilite", langue, over)
        assert f"<strong>{state}</strong>" in text
        assert partly not in text
        assert old in text
        assert Pieds(TEXTS, on_its_last_day, CLOCK)[langue]["accessibilite"].endswith(partly)
        assert Pieds(TEXTS, over, CLOCK)[langue]["accessibilite"].endswith(state)


def test_an_audit_that_is_over_is_still_named() -> None:
    text = read("accessibilite", settings=of_an_audit("2023-11-21"))
    assert (
        "L’audit du 21\u00a0novembre\u00a02023, fait par Cabinet d’exemple, trouvait 87,5" in text
    )
    assert "un nouvel audit est à faire" in text
    assert "Elle vaut trois ans" not in text
    assert "Aucun audit n’a été fait" not in text


def test_the_foot_of_a_page_says_the_state_of_accessibility() -> None:
    feet = Pieds(TEXTS, BARE, CLOCK)
    assert feet["fr"]["accessibilite"] == "Accessibilité\u00a0: non conforme"
    assert feet["en"]["accessibilite"] == "Accessibility: not compliant"
    assert Pieds(TEXTS, WHOLE, CLOCK)["en"]["accessibilite"] == "Accessibility: partly compliant"
