"""In which language a page speaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from collector.config import resource
from collector.domain import LANGUES
from collector.texts import Texts, langue_of


def asking(query: str = "", accepted: str | None = None) -> Request:
    headers = [] if accepted is None else [(b"accept-language", accepted.encode("latin-1"))]
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("query", "accepted", "langue"),
    [
        ("", None, "fr"),
        ("", "", "fr"),
        ("", "en", "en"),
        ("", "EN-us", "en"),
        ("", "de-DE,de;q=0.9,en;q=0.5,fr;q=0.1", "en"),
        ("", " fr , en", "fr"),
        ("", "*", "fr"),
        ("", ",;q=1,", "fr"),
        ("lang=en", "fr", "en"),
        ("lang=EN", "fr", "en"),
        ("lang=en-GB", "fr", "en"),
        ("lang=xx", "en", "en"),
        ("lang=", "en", "en"),
        ("lang=en&lang=fr", None, "fr"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_first_we_speak(
    query: str, accepted: str | None, langue: str
) -> None:
    assert langue_of(asking(query, accepted)) == langue


def test_a_form_may_speak_more_or_less_than_we_do() -> None:
    assert langue_of(asking("lang=ar"), "fr", ("fr", "ar")) == "ar"
    assert langue_of(asking("", "de-AT,de;q=0.9,ar;q=0.5"), "fr", ("fr", "ar")) == "ar"
    assert langue_of(asking("lang=en", "en"), "en", ("fr", "ar")) == "fr"


def test_without_a_wish_it_is_the_language_of_the_demarche() -> None:
    assert langue_of(asking(), "en") == "en"
    assert langue_of(asking("", "de"), "en") == "en"
    assert langue_of(asking("", "fr"), "en") == "fr"


@given(query=st.text(), accepted=st.text(st.characters(max_codepoint=255)))
def test_whatever_is_asked_it_is_a_language_we_speak(query: str, accepted: str) -> None:
    assert langue_of(asking(query, accepted)) in LANGUES


def test_every_language_has_its_words() -> None:
    texts = Texts()
    assert [texts[langue]["titre"] for langue in (*LANGUES, "ar")] == [
        "Je donne mon avis", "Give my feedback", "أبدي رأيي",
    ]  # fmt: skip


def test_whoever_reads_the_form_reads_the_question_for_an_address_too() -> None:
    folder = resource("schemas", "textes")
    spoken = {path.stem for path in folder.glob("*.json")}
    texts = Texts()
    names = [list(texts.contact(langue)) for langue in sorted(spoken)]
    assert all(each == names[0] for each in names)
    for langue in spoken:
        assert "{n}" in texts.contact(langue)["duree"]
        assert "{" not in texts.contact(langue)["duree_un"]
        assert all(texts.contact(langue).values())
    assert {path.stem for path in (folder / "contact").glob("*.json")} == spoken
