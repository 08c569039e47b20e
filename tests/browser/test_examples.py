"""The examples: what a porteur copies from them works, and the themes can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import jinja2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import (
    LINK,
    NewPage,
    Place,
    choose,
    dialog,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
    until,
)
from tests.browser.test_accessibility import violations
from tests.browser.test_contrast import LIGHT, PAIRS, SHAPE, TEXT, contrast
from tests.examples import COLLECTOR, EXAMPLES, INTEGRITY, VERSION, filled

ROOT = EXAMPLES.parent
INTEGRATIONS = EXAMPLES / "integrations"
THEMES = sorted((EXAMPLES / "themes").glob("*.html"))
FILES = sorted(path for path in INTEGRATIONS.rglob("*") if path.is_file())
TYPES = (ROOT / "widget" / "avis.d.ts").read_text("utf-8")

LISTEN = """
window.violations = [];
addEventListener('securitypolicyviolation',
  ({ violatedDirective }) => violations.push(violatedDirective));
"""


def example(place: Place, name: str, code: str | None = None) -> str:
    """The text of an integration, for the test's collector and bouton."""
    return filled((INTEGRATIONS / name).read_text("utf-8"), place.server.url, code or place.ouvert)


# Each way to give an avis, as a person would


def by_the_button(page: Page) -> None:
    open_dialog(page)
    choose(page, "Bien")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()


def by_the_link(page: Page) -> None:
    expect(opener(page)).to_have_count(0)
    page.get_by_role("link", name=LINK, exact=True).click()
    level(page, "Bien").check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()


def in_the_frame(page: Page) -> None:
    form = page.frame_locator("iframe[title^='Je donne mon avis – ']")
    form.get_by_role("radio", name="Bien", exact=True).check()
    form.get_by_role("button", name="Envoyer mon avis").click()
    expect(form.get_by_role("heading", name="Merci, votre avis est enregistré.")).to_be_visible()


def after_going_on(page: Page) -> None:
    expect(opener(page)).to_have_count(0)
    page.get_by_role("link", name="Envoyer ma demande").click()
    expect(page.get_by_role("heading", name="Votre demande est envoyée")).to_be_focused()
    by_the_button(page)


WAYS: dict[str, Callable[[Page], None]] = {
    "application.html": after_going_on,
    "courriel.html": by_the_link,
    "csp.html": by_the_button,
    "iframe.html": in_the_frame,
    "lien.html": by_the_link,
    "page.html": by_the_button,
}


def test_every_page_is_tried() -> None:
    assert {path.name for path in INTEGRATIONS.glob("*.html")} == WAYS.keys()


@pytest.mark.parametrize("name", WAYS)
def test_a_page_gives_one_avis(page: Page, place: Place, name: str) -> None:
    page.add_init_script(LISTEN)
    page.goto(place.host.serve(example(place, name), "text/html"))
    assert place.avis() == []
    WAYS[name](page)
    assert page.evaluate("violations") == []
    assert place.notes() == [{"satisfaction": 3}]


@pytest.mark.parametrize("name", ["page.html", "csp.html", "lien.html", "courriel.html"])
def test_a_page_gives_one_avis_without_javascript(
    new_page: NewPage, place: Place, name: str
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(place.host.serve(example(place, name), "text/html"))
    by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]


@pytest.mark.parametrize(
    ("given", "broken"),
    [("connect-src http", "img-src http"), ("</head>", "<style>p { color: red }</style></head>")],
)
def test_a_violation_of_the_policy_would_be_seen(
    page: Page, place: Place, given: str, broken: str
) -> None:
    page.add_init_script(LISTEN)
    text = example(place, "csp.html")
    assert given in text
    page.goto(place.host.serve(text.replace(given, broken), "text/html"))
    opener(page).click()
    until(page, "violations.length > 0")


def test_a_frame_shows_nothing_on_a_site_that_is_not_the_bouton_s(page: Page, place: Place) -> None:
    page.goto(place.host.serve(example(place, "iframe.html", place.ailleurs), "text/html"))
    expect(page.locator("iframe")).to_be_visible()
    expect(page.frame_locator("iframe").get_by_role("radio")).to_have_count(0)


def test_going_back_takes_the_button_away(page: Page, place: Place) -> None:
    page.goto(place.host.serve(example(place, "application.html"), "text/html"))
    page.get_by_role("link", name="Envoyer ma demande").click()
    open_dialog(page)
    page.go_back()
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_role("heading", name="Votre demande")).to_be_focused()
    page.go_forward()
    by_the_button(page)
    assert place.notes() == [{"satisfaction": 3}]


# Template languages write the same two lines: the two that need nothing but a code are rendered


def rendered_django(text: str, code: str) -> str:
    rendered: str = jinja2.Template(text).render(code=code)
    return rendered


def rendered_rails(text: str, code: str) -> str:
    return re.sub(r"<%#.*?%>\n?", "", text).replace("<%= code %>", code)


@pytest.mark.parametrize(
    ("name", "render"),
    [
        ("django/je_donne_mon_avis.html", rendered_django),
        ("rails/_je_donne_mon_avis.html.erb", rendered_rails),
    ],
)
def test_a_template_writes_the_two_lines(
    place: Place, name: str, render: Callable[[str, str], str]
) -> None:
    assert render(example(place, name), place.ouvert).strip() == place.snippet()


# What all of them write is known to the widget

OF_FRAMEWORKS = {"key", "ref", ":key"}


def documented() -> set[str]:
    """The attributes of the table of widget/README.md."""
    text = (ROOT / "widget" / "README.md").read_text("utf-8")
    table = text.partition("| attribut de `<mon-avis>`")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def declared() -> dict[str, set[str]]:
    """The values of each attribute in avis.d.ts, none where any is allowed."""
    body = TYPES.partition("interface MonAvisAttributs {")[2].partition("\n}")[0]
    return {
        name: set(re.findall(r"'(\w+)'", values))
        for name, values in re.findall(r"^  (\w+)\?: (.+);$", body, re.MULTILINE)
    }


def unknown(text: str) -> list[str]:
    """What a file says of `<mon-avis>` that the widget would not understand."""
    known, values = documented(), declared()
    wrong = []
    for tag in re.findall(r"<mon-avis\b([^>]*)>", text):
        for name, value in re.findall(r"""([@:\w-]+)=("[^"]*"|\{[^}]*\})""", tag):
            if name in OF_FRAMEWORKS or name.startswith("@"):
                continue
            if name not in known or value.strip('"') not in (values[name] or {value.strip('"')}):
                wrong.append(f"{name}={value}")
    events = set(re.findall(r"avis:\w+", text))
    return wrong + sorted(events - set(re.findall(r"'(avis:\w+)'", TYPES)))


@pytest.mark.parametrize("path", [*FILES, *THEMES], ids=lambda path: path.name)
def test_only_what_the_widget_knows_is_written(path: Path) -> None:
    text = path.read_text("utf-8")
    assert unknown(text) == []
    # Every address is the placeholder's, every element has its link, every script its integrity.
    assert set(re.findall(r"https://[\w.-]+/[wf]/", text)) <= {f"{COLLECTOR}/w/", f"{COLLECTOR}/f/"}
    with_link = re.findall(r"<mon-avis[^>]*>\s*<a :?href=", text)
    assert len(with_link) == text.count("<mon-avis")
    scripts = re.findall(r"<script src=.*", text)
    assert all(f'/w/{VERSION}/avis.js" integrity="{INTEGRITY}" crossorigin' in s for s in scripts)


def test_what_the_widget_does_not_know_would_be_seen() -> None:
    assert {"theme", "lang", "affichage"} <= documented()
    assert documented() <= declared().keys()
    assert unknown('<mon-avis couleur="noir">') == ['couleur="noir"']
    assert unknown('<mon-avis ref={a} theme="noir">') == ['theme="noir"']
    assert unknown("on('avis:parti')") == ["avis:parti"]


def test_the_readme_leads_to_every_integration() -> None:
    links = set(re.findall(r"\]\((\w[\w./-]*)\)", (INTEGRATIONS / "README.md").read_text("utf-8")))
    there = {path.name for path in INTEGRATIONS.iterdir()} - {"README.md"}
    assert {link.split("/")[0] for link in links} == there
    assert all((INTEGRATIONS / link).exists() for link in links)


def test_the_package_gives_the_release_of_its_version() -> None:
    package = json.loads((ROOT / "widget" / "package.json").read_text("utf-8"))
    main = package["exports"]["."]
    assert main["default"] == f"./releases/{package['version']}/avis.js"
    assert main["types"] == package["types"] == "./avis.d.ts"


# Themes, measured where they are applied

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

BUTTON = """(element) => {
  const behind = (from) => {
    for (let at = from; at; at = at.parentElement ?? at.getRootNode().host) {
      const { backgroundColor } = getComputedStyle(at);
      if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const { color, borderTopColor } = getComputedStyle(element);
  return [color, behind(element), borderTopColor, behind(element.parentElement)];
}"""


def hexadecimal(colour: str) -> str:
    """« #rrggbb » for « rgb(r, g, b) », which must hide what is behind."""
    shares = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert shares, colour
    return "#" + "".join(f"{int(share):02x}" for share in shares.groups())


def too_pale(page: Page, text: float = TEXT) -> list[str]:
    """The pairs of tokens, and those of the button, that have too little contrast here."""
    host = page.locator("mon-avis").element_handle()
    read = "(host, name) => getComputedStyle(host).getPropertyValue(`--avis-${name}`).trim()"
    tokens = {name: host.evaluate(f"(host, name) => ({read})(host, name)", name) for name in LIGHT}
    found = [
        (
            f"{front} sur {back}",
            contrast(tokens[front], tokens[back]),
            text if least == TEXT else least,
        )
        for front, back, least in PAIRS
    ]
    words, fill, border, around = map(hexadecimal, opener(page).evaluate(BUTTON))
    found += [
        ("texte du bouton", contrast(words, fill), text),
        ("bord du bouton", contrast(border, around), SHAPE),
    ]
    return [f"{what} : {ratio:.2f}" for what, ratio, least in found if ratio < least]


def show_theme(page: Page, place: Place, text: str) -> None:
    page.goto(place.host.serve(filled(text, place.server.url, place.ouvert), "text/html"))
    opener(page).wait_for()


def test_there_are_themes() -> None:
    assert [path.stem for path in THEMES] == ["administration", "commune", "contraste", "culture"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", THEMES, ids=lambda path: path.stem)
def test_a_theme_can_be_read(new_page: NewPage, place: Place, path: Path, scheme: Scheme) -> None:
    page = new_page(color_scheme=scheme)
    text = path.read_text("utf-8")
    assert set(re.findall(r"--avis-([\w-]+)", text)) <= LIGHT.keys()
    assert set(re.findall(r"::part\((\w+)\)", text)) <= {"bouton", "panneau"}
    show_theme(page, place, text)
    assert too_pale(page, 7.0 if path.stem == "contraste" else TEXT) == []
    assert violations(page, "body") == []
    by_the_button(page)
    assert violations(page, "mon-avis") == []
    assert place.notes() == [{"satisfaction": 3}]


@pytest.mark.parametrize(
    ("style", "told"),
    [
        # The trap: one colour changed for the light theme alone, read by somebody who prefers dark.
        ("mon-avis { --avis-accent: #1f3f94 }", "accent sur fond : 1.80"),
        ("mon-avis::part(bouton) { color: #0d5f68 }", "texte du bouton : "),
        ("mon-avis::part(bouton) { border-color: #fff }", "bord du bouton : 1.00"),
    ],
)
def test_a_pale_theme_would_be_seen(new_page: NewPage, place: Place, style: str, told: str) -> None:
    page = new_page(color_scheme="dark")
    page.goto(place.on_a_page(head="<style>body { background: #fff }</style>"))
    opener(page).wait_for()
    page.add_style_tag(content=style)
    assert any(each.startswith(told) for each in too_pale(page)), too_pale(page)
