"""The journal is read by people: whatever the administration notes has words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from admin_ui.commentaires.moderate import _DONE
from admin_ui.exploitation.journal_words import ACTIONS, in_words
from admin_ui.messages import MESSAGES

HERE = Path(__file__).parents[2] / "admin_ui"
NOTING = {"note", "note_agent", "note_change", "_note_crochet", "_note_droit"}
SAID_AND_NOTED = ("annotation_", "bouton_", "demarche_", "structure_")
"""How the codes begin that are both the message and the action."""


def actions_of(source: str) -> Iterator[str]:
    """The actions that a module notes and names on the spot."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            words = [each.value for each in node.args if isinstance(each, ast.Constant)]
            if node.func.id in NOTING:
                yield from (str(each) for each in words if each)


def test_every_action_has_words() -> None:
    noted = {each for path in HERE.rglob("*.py") for each in actions_of(path.read_text("utf-8"))}
    assert {"connexion", "bouton_cree", "questionnaire_publie", "crochet_ajoute"} <= noted
    noted |= set(_DONE.values())
    noted |= {each for each in MESSAGES if each.startswith(SAID_AND_NOTED)}
    assert sorted(noted - ACTIONS.keys()) == []


def test_an_action_without_words_would_be_found() -> None:
    source = "async def f(request):\n    await note_agent(request, 'rien_de_tel', a=1)"
    assert list(actions_of(source)) == ["rien_de_tel"]


def test_details_are_read_as_french() -> None:
    said = in_words({"demarche": "ruches", "etat": "a_traiter", "vue": True, "alertes": []})
    read = said.replace("\N{NO-BREAK SPACE}:", " :")
    assert read == "démarche : ruches, état : à traiter, vue : oui, alertes : rien"
    assert read != said  # no line begins with a colon
