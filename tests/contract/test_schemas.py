"""The contracts as they stand: valid, with examples that fit, no language half spoken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Formatter
from typing import Any

import jsonschema_rs
import pytest

from collector.config import Settings, declared, resource
from collector.domain import AVIS, LANGUES, OUVERTURE, Questionnaire, Texte
from collector.errors import Refusal
from collector.parse import MAX_VERBATIM
from tests.http.problems import refusals

SCHEMAS = resource("schemas")
NAMES = sorted(path.name for path in SCHEMAS.glob("*.v*.json"))
QUESTIONNAIRES = sorted((SCHEMAS / "questionnaires").glob("*.json"))
SHIPPED = sorted(path.stem for path in (SCHEMAS / "textes").glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_json_schema_2020_12(name: str) -> None:
    schema = read(SCHEMAS / name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:jdma:schema:{name.removesuffix('.json')}"
    assert schema["description"]
    jsonschema_rs.meta.validate(schema)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.meta.validate({**schema, "type": "objet"})


def examples() -> list[Any]:
    return [
        pytest.param(name, example, id=f"{name}-{rank}")
        for name in NAMES
        for rank, example in enumerate(read(SCHEMAS / name).get("examples", []))
    ]


@pytest.mark.parametrize(("name", "example"), examples())
def test_an_example_fits_its_schema(name: str, example: dict[str, Any]) -> None:
    validator = jsonschema_rs.validator_for(read(SCHEMAS / name))
    validator.validate(example)
    assert not validator.is_valid({**example, "inconnu": 1})


@pytest.mark.parametrize("name", ["avis.v1.json", "formulaire.v1.json"])
def test_what_others_write_or_read_has_an_example(name: str) -> None:
    assert read(SCHEMAS / name)["examples"]


def test_a_pattern_says_in_words_what_it_wants() -> None:
    fields = read(SCHEMAS / "avis.v1.json")["properties"].values()
    patterns = [field for field in fields if "pattern" in field]
    assert patterns
    assert all(set(field["x-attendu"]) == set(LANGUES) for field in patterns)


def test_a_comment_is_as_long_for_the_schema_as_for_the_form() -> None:
    schema = read(SCHEMAS / "avis.v1.json")
    assert schema["properties"]["verbatim"]["maxLength"] == MAX_VERBATIM


# Questionnaires


@pytest.mark.parametrize("path", QUESTIONNAIRES, ids=lambda path: path.stem)
def test_a_questionnaire_fits_its_schema_and_bears_the_name_of_its_file(path: Path) -> None:
    questionnaire = read(path)
    jsonschema_rs.validate(read(SCHEMAS / "questionnaire.v1.json"), questionnaire)
    assert questionnaire["id"] == path.stem


def wordings(value: Any) -> list[dict[str, str]]:
    """Every wording in a JSON value."""
    if isinstance(value, dict):
        if "fr" in value or "en" in value:
            return [value]
        value = list(value.values())
    return [w for each in value for w in wordings(each)] if isinstance(value, list) else []


@pytest.mark.parametrize("path", QUESTIONNAIRES, ids=lambda path: path.stem)
def test_a_questionnaire_speaks_a_language_wholly_or_not_at_all(path: Path) -> None:
    questionnaire = read(path)
    found = wordings(questionnaire)
    assert found
    for wording in found:
        assert set(LANGUES) <= set(wording) <= set(SHIPPED)
        assert all(text.strip() == text != "" for text in wording.values())
    asked = wordings({**questionnaire, "titre": None})
    whole = Questionnaire.from_json(questionnaire).langues
    assert {frozenset(wording) for wording in asked} == {whole}


@pytest.mark.parametrize("name", ["standard-1", "satisfaction-seule-1", "demarche-longue-1"])
def test_these_questionnaires_speak_every_language_that_is_shipped(name: str) -> None:
    path = SCHEMAS / "questionnaires" / f"{name}.json"
    assert Questionnaire.from_json(read(path)).langues == set(SHIPPED)


def scale(dimension: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two dimensions answered alike, whatever their words."""
    drawn = dimension.get("obligatoire"), dimension.get("dessin")
    return dimension["code"], len(dimension["niveaux"]), *drawn


def test_the_simple_wording_asks_what_the_standard_one_asks() -> None:
    standard, simple = (
        read(SCHEMAS / "questionnaires" / f"{name}.json")
        for name in ("standard-1", "standard-facile-1")
    )
    assert [scale(d) for d in simple["dimensions"]] == [scale(d) for d in standard["dimensions"]]
    assert ("commentaire" in simple) == ("commentaire" in standard)


def test_the_simple_wording_keeps_its_sentences_short() -> None:
    simple = read(SCHEMAS / "questionnaires" / "standard-facile-1.json")
    for wording in wordings({**simple, "titre": None}):
        for text in wording.values():
            assert all(len(part.split()) <= 8 for part in re.split(r"[.?:,]", text))


@pytest.mark.parametrize("path", QUESTIONNAIRES, ids=lambda path: path.stem)
def test_a_questionnaire_asks_each_question_once(path: Path) -> None:
    codes = [dimension["code"] for dimension in read(path)["dimensions"]]
    assert len(set(codes)) == len(codes)
    assert not {AVIS, OUVERTURE} & set(codes)


@pytest.mark.parametrize("path", QUESTIONNAIRES, ids=lambda path: path.stem)
def test_only_the_first_question_is_mandatory_as_the_form_says(path: Path) -> None:
    """« Seule la première question est obligatoire » stands before each shipped form."""
    mandatory = [dimension.get("obligatoire", False) for dimension in read(path)["dimensions"]]
    assert mandatory == [True] + [False] * (len(mandatory) - 1)


# Words


def holes(texte: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(texte) if name}


def words(langue: str) -> dict[str, str]:
    return read(SCHEMAS / "textes" / f"{langue}.json")


@pytest.mark.parametrize("langue", SHIPPED)
def test_the_words_around_the_questions_are_the_same_in_every_language(langue: str) -> None:
    french, said = words("fr"), words(langue)
    assert list(said) == list(french)
    assert all(text.strip() == text != "" for text in said.values())
    assert [holes(text) for text in said.values()] == [holes(text) for text in french.values()]
    untranslated = {name for name in said if said[name] == french[name]} - {"titre"}
    assert langue == "fr" or untranslated == set()


@pytest.mark.parametrize("langue", SHIPPED)
def test_words_are_written_as_in_print(langue: str) -> None:
    asked = [w.get(langue, "") for path in QUESTIONNAIRES for w in wordings(read(path))]
    for text in [*words(langue).values(), *asked]:
        assert not {"'", '"', "..."} & {*text, text[-3:]}


def test_every_language_names_itself() -> None:
    names = [words(langue)["nom_langue"] for langue in SHIPPED]
    assert len(set(names)) == len(names)
    assert set(LANGUES) <= set(SHIPPED)


def test_every_language_says_whether_somebody_has_read_it() -> None:
    """The table of `textes/README.md`: whoever turns a language on knows what they serve."""
    text = (SCHEMAS / "textes" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \w+ \| `(\w+)\.json` \| (.+) \|$", text, re.MULTILINE)
    assert sorted(langue for langue, _ in rows) == SHIPPED
    assert {state for _, state in rows} <= {"langue d’origine", "oui", "pas encore"}


def test_the_setting_names_the_languages_that_wait_to_be_turned_on() -> None:
    [help] = [each.help for each in declared() if each.name == "langues"]
    named = set(re.findall(r"\b[a-z]{2}\b", help.rpartition(":")[2]))
    assert named | set(Settings().langues.split(",")) == set(SHIPPED)


@pytest.mark.parametrize("kind", list(refusals()), ids=lambda kind: str(kind.code))
def test_a_refusal_is_said_in_every_language_with_the_same_data(kind: type[Refusal]) -> None:
    wordings: list[Texte] = [kind.title, kind.detail]
    for texte in wordings:
        assert set(texte) == set(LANGUES)
        assert len({frozenset(holes(each)) for each in texte.values()}) == 1
    assert not any(holes(each) for each in kind.title.values())


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in refusals()]
    assert sorted(codes) == sorted(set(codes))
    assert all(code.isascii() and code.replace("_", "").islower() for code in codes)
