"""The main way in Firefox and in WebKit, which is Safari's engine.

Runs when JDMA_TEST_BROWSERS names them, as `make navigateurs` does: firefox,webkit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.browser.stage import Place
from tests.browser.webdriver import BROWSERS, Window
from tests.durability.outside import until

NAMES = [name for name in os.environ.get("JDMA_TEST_BROWSERS", "").split(",") if name]

pytestmark = pytest.mark.skipif(not NAMES, reason="JDMA_TEST_BROWSERS=firefox,webkit")

OPEN = ".avis-bouton"
BIEN = ".avis-niveau:nth-child(3)"
SEND = ".avis-form .avis-bouton"
KEPT = ".avis-note .avis-succes"
THANKS = "Merci, votre avis est enregistré."
TELEPHONE = "appelez le 06 12 34 56 78"
MASKED = "appelez le [numéro de téléphone masqué]"


@pytest.fixture(scope="module", params=NAMES or ["none"])
def window(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Window]:
    with BROWSERS[request.param](tmp_path_factory.mktemp(request.param)) as window:
        yield window


def is_open(window: Window) -> bool:
    return bool(window.run("return find('dialog').open"))


def tab_to(window: Window, name: str) -> None:
    """As many times as it takes, and not more than the form has stops."""
    for _ in range(8):
        window.press("Tab")
        if window.focused() == name:
            return
    raise AssertionError(f"the keyboard does not come to {name}")


def test_an_avis_is_given_over_the_page(window: Window, place: Place) -> None:
    window.goto(place.on_a_page())
    window.click(OPEN)
    window.wait_for(BIEN)
    assert window.focused() == "h2.avis-titre"
    window.click(BIEN)
    window.wait_for(KEPT)
    window.click("textarea")
    window.write(TELEPHONE)
    window.wait_for_text(".avis-alerte", "un numéro de téléphone")
    # The second click falls beside the thanks, and leaves them there.
    window.click(SEND, times=2)
    window.wait_for_text(".avis-fin-titre", THANKS)
    assert is_open(window)
    [(_, _, notes, verbatim)] = place.avis()
    assert (notes, verbatim) == ({"satisfaction": 3}, MASKED)
    window.click(".avis-fermer")
    until(lambda: not is_open(window))
    assert window.focused() == "button.avis-bouton"


def test_with_the_keyboard_alone(window: Window, place: Place) -> None:
    window.goto(place.on_a_page())
    window.press("Tab")
    window.press("Enter")
    window.wait_for(BIEN)
    window.press("Tab")
    assert window.focused() == "button.avis-fermer"
    window.press("Tab")
    assert window.focused() == "input.avis-radio"
    # Passing over the second level is not answering it.
    window.press("ArrowDown")
    window.press("ArrowDown")
    window.wait_for(KEPT)
    assert place.notes() == [{"satisfaction": 3}]
    window.press("Escape")
    until(lambda: not is_open(window))
    assert window.focused() == "button.avis-bouton"


def test_in_a_frame(window: Window, place: Place) -> None:
    window.goto(place.host.page(place.snippet_with('isolation="cadre"')))
    window.click(OPEN)
    until(lambda: window.focused() == "iframe.avis-cadre")
    with window.inside("iframe"):
        # By the keyboard: drivers do not agree on where a pointer is in a frame.
        tab_to(window, "input.avis-radio")
        window.press("ArrowDown")
        window.press("ArrowDown")
        tab_to(window, "textarea.avis-texte")
        window.write(TELEPHONE)
        window.wait_for_text(".avis-alerte", "un numéro de téléphone")
        assert window.run("return getComputedStyle(find('.avis-bouton')).borderStyle") == "solid"
        tab_to(window, "button.avis-bouton")
        window.press("Enter")
        window.wait_for_text("body", THANKS)
    [(_, _, notes, verbatim)] = place.avis()
    assert (notes, verbatim) == ({"satisfaction": 3}, MASKED)
    # What was sent is no reason any more to keep the panel open.
    window.click(".avis-panneau > .avis-fermer")
    until(lambda: not is_open(window))
    assert window.focused() == "button.avis-bouton"


@pytest.mark.parametrize("refusal", ["the policy of the page", "the collector"])
def test_a_refused_frame_is_told(window: Window, place: Place, refusal: str) -> None:
    by_the_page = refusal == "the policy of the page"
    code = place.ouvert if by_the_page else place.ailleurs
    policy = {"Content_Security_Policy": "frame-src 'none'"} if by_the_page else {}
    window.goto(place.host.page(place.snippet_with('isolation="cadre"', code), **policy))
    window.click(OPEN)
    window.wait_for_text(".avis-echec", "Ce site ne permet pas de répondre ici.")


def test_in_the_flow_of_a_strict_page(window: Window, place: Place) -> None:
    source = place.server.url
    policy = f"default-src 'none'; script-src {source}; connect-src {source}"
    typed = "require-trusted-types-for 'script'; trusted-types 'none'"
    element = place.snippet_with('affichage="integre"')
    window.goto(place.host.page(element, Content_Security_Policy=f"{policy}; {typed}"))
    window.click(BIEN)
    window.wait_for(KEPT)
    assert window.run("return getComputedStyle(find('.avis-bouton')).borderStyle") == "solid"
    assert place.notes() == [{"satisfaction": 3}]


def test_on_the_page_by_itself(window: Window, place: Place) -> None:
    window.goto(f"{place.form}?lang=fr")
    window.click(BIEN)
    window.click("textarea")
    window.write(TELEPHONE)
    window.wait_for_text("#avis-alerte", "un numéro de téléphone")
    window.click(SEND)
    window.wait_for_text("main", THANKS)
    [(_, _, notes, verbatim)] = place.avis()
    assert (notes, verbatim) == ({"satisfaction": 3}, MASKED)
