"""The name proposed for a structure's questionnaires is one that may be taken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui.questionnaire.naming import proposed
from admin_ui.questionnaire.proofreading import Among, faults
from tests.admin.drafts import a_draft


@pytest.mark.parametrize(
    ("structure", "nom"),
    [
        ("Ville de Montclair", "montclair"),
        ("Préfecture de l’Œuvre-sur-Mer", "prefecture-oeuvre-mer"),
        ("2e arrondissement", "questions-2e-arrondissement"),
        ("Mairie", "questions"),
        ("城市", "questions"),
    ],
)
def test_what_says_which_structure_it_is_makes_the_name(structure: str, nom: str) -> None:
    assert proposed(structure, ()) == nom
    assert proposed(structure, {nom, f"{nom}-2"}) == f"{nom}-3"


@given(structure=st.text(max_size=200), taken=st.booleans())
def test_whatever_the_structure_is_called_the_name_is_one_that_may_be_taken(
    structure: str, taken: bool
) -> None:
    pris = {proposed(structure, ())} if taken else set()
    draft = replace(a_draft(), nom=proposed(structure, pris))
    assert faults(draft, Among((), pris)) == {}
