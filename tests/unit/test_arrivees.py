"""What reaches a bouton, said to who looks after its page."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from admin_ui.boutons.arrivees import PHRASES, Arrivees, arrivees, first_jour
from collector import errors
from collector.domain import Bouton
from collector.releases import Releases
from collector.store.presence import AUTRES, Seen
from tests.world import FIN

RELEASES = Releases()
DAY = "2026-11-22"
OWN = "avis.exemple.fr"


def seen(genre: str, valeur: str, n: int = 1, dernier: str = DAY) -> Seen:
    return Seen(FIN.code, genre, valeur, n, dernier)


def said(*found: Seen, bouton: Bouton = FIN) -> Arrivees:
    return arrivees(found, bouton, RELEASES, OWN)


def test_thirty_days_end_today() -> None:
    assert first_jour(date(2026, 11, 22)) == date(2026, 10, 24)


def test_sites_have_their_openings_and_their_avis() -> None:
    found = said(
        seen("ouverture", "www.exemple.fr", 7),
        seen("avis", "www.exemple.fr", 3, "2026-11-20"),
        seen("ouverture", "autre.fr", 2),
        seen("avis", "sans origine", 9),
        seen("avis", OWN, 1),
        seen("avis", AUTRES, 1),
    )
    assert [(each.nom, each.ouvertures, each.avis) for each in found.sites] == [
        ("sans origine (un programme)", 0, 9),
        ("www.exemple.fr", 7, 3),
        (f"{OWN} (la page du formulaire)", 0, 1),
        ("d’autres sites", 0, 1),
        ("autre.fr", 2, 0),
    ]
    assert found.sites[1].dernier == date(2026, 11, 22)


def test_versions_that_are_not_the_newest_are_flagged() -> None:
    found = said(
        seen("version", RELEASES.newest, 5), seen("version", "0.1.0", 9), seen("version", "7.7.7")
    )
    flags = {each.nom: (each.ancienne, each.phrase) for each in found.versions}
    assert flags == {
        "0.1.0": (True, f"Marche toujours ; la plus récente est la {RELEASES.newest}."),
        RELEASES.newest: (False, "La plus récente."),
        "7.7.7": (True, "N’est pas une version publiée."),
    }


def test_a_refused_site_that_is_nearly_on_the_list_is_told_so() -> None:
    found = said(
        seen("origine_refusee", "www.exemple.fr:8443", 3),
        seen("origine_refusee", "exemple.fr", 2),
        seen("origine_refusee", "recette.autre.fr", 1),
    )
    phrases = [each.phrase for each in found.refuses]
    assert "autre port ou sans https" in phrases[0]
    assert "avec ou sans « www. »" in phrases[1]
    assert phrases[2] == ""


def test_each_refusal_has_a_title_and_a_sentence() -> None:
    found = said(*(seen("refus", code, i) for i, code in enumerate(PHRASES, 1)))
    assert len(found.refus) == len(PHRASES)
    for vue in found.refus:
        assert vue.nom
        assert vue.nom != "Autre refus"
        assert vue.phrase.endswith(".")
    assert said(seen("refus", "inconnu_ici")).refus[0].nom == "Autre refus"


def test_every_refusal_of_the_way_of_an_avis_has_its_sentence() -> None:
    """Whatever `ingest` and `pages` know by name."""
    folder = Path(errors.__file__).parent
    named: set[str] = set()
    for source in ("ingest.py", "pages.py", "writer.py", "gate.py", "jeton.py"):
        named |= set(re.findall(r"\b[A-Z][A-Za-z]+\b", (folder / source).read_text("utf-8")))
    codes = {
        each.code
        for name in named
        if isinstance(each := getattr(errors, name, None), type)
        and issubclass(each, errors.Refusal)
        and hasattr(each, "code")
    }
    # Those that are met before a bouton is known, or are not about one.
    elsewhere = {"type_refuse", "json_invalide", "introuvable"}
    assert codes - elsewhere == set(PHRASES) & codes
    assert len(codes) > 10


def test_nothing_seen_is_nothing_to_show() -> None:
    assert said().vides
    assert not said(seen("refus", "bouton_ferme")).vides
