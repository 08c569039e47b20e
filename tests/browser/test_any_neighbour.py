"""What else is on a page: its modals, its layers, its listeners, its forms."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.stage import (
    Place,
    choose,
    comment,
    dialog,
    give_an_avis,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
)


def test_above_a_modal_of_the_page_escape_closes_ours_alone(page: Page, place: Place) -> None:
    body = f"<dialog aria-label='Compte'><p>Votre compte</p>{place.element}</dialog>"
    page.goto(place.host.page(place.script + body))
    page.evaluate("document.querySelector('dialog').showModal()")
    theirs = page.get_by_role("dialog", name="Compte")
    give_an_avis(page)
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    expect(opener(page)).to_be_focused()
    expect(theirs).to_be_visible()
    page.keyboard.press("Escape")
    expect(theirs).to_be_hidden()
    assert place.notes() == [{"satisfaction": 3}]


def test_a_modal_of_the_page_above_ours_gives_it_back(page: Page, place: Place) -> None:
    page.goto(
        place.host.page(
            f"{place.snippet()}<dialog aria-label='Session'><button onclick=\"this.parentNode"
            '.close()">Rester connecté</button></dialog>'
        )
    )
    open_dialog(page)
    comment(page).fill("Interrompu")
    page.evaluate("document.querySelector('dialog').showModal()")
    page.get_by_role("button", name="Rester connecté").click()
    expect(comment(page)).to_be_focused()
    expect(comment(page)).to_have_value("Interrompu")
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]


COVER = """<style>
  header, .fond { position: fixed; inset: 0 0 auto; height: 60vh; z-index: 2147483647;
    background: #fc9 }
  .fond { inset: auto 0 0; height: 5vh }
  html, body { height: 100%; margin: 0; overflow: hidden; position: fixed; width: 100% }
  main { position: absolute; top: 70vh }
</style>"""


def test_the_dialog_is_above_whatever_covers_a_page_that_cannot_scroll(
    page: Page, place: Place
) -> None:
    page.set_viewport_size({"width": 600, "height": 500})
    body = f'{place.snippet()}<header>En-tête</header><div class="fond">Cookies</div>'
    page.goto(place.host.page(body, COVER))
    # A click is refused by Playwright where something else would receive it.
    open_dialog(page)
    choose(page, "Bien")
    send_button(page).click()
    expect(thanks(page)).to_be_in_viewport()
    page.get_by_role("button", name="Fermer").click()
    expect(opener(page)).to_be_focused()
    expect(page.locator("body")).to_have_css("overflow", "hidden")
    assert page.evaluate("document.elementFromPoint(300, 20).localName") == "header"
    assert place.notes() == [{"satisfaction": 3}]


TRAP = """<input name="nom"><button id="piege">Piège</button><script>
  document.addEventListener('focusin', ({ target }) => {
    if (target.id !== 'piege') document.querySelector('#piege').focus();
  });
  document.addEventListener('keydown', (event) => event.preventDefault());
</script>"""


def test_a_focus_trap_of_the_page_lets_the_person_type(page: Page, place: Place) -> None:
    page.goto(place.host.page(place.snippet() + TRAP))
    page.locator("input[name=nom]").click()
    expect(page.locator("#piege")).to_be_focused()
    open_dialog(page)
    comment(page).press_sequentially("Libre")
    expect(comment(page)).to_have_value("Libre")
    level(page, "Mal").focus()
    with page.expect_response("**/api/v1/avis"):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    assert place.notes() == [{"satisfaction": 3}]


FORM = """<form><input name="nom" value="Dupont">{snippet}</form><script>
  window.heard = [];
  for (const type of ['submit', 'input', 'change'])
    document.forms[0].addEventListener(type, (event) => {
      heard.push(type);
      event.preventDefault();
    });
</script>"""


def test_in_a_form_of_the_page_an_avis_submits_nothing_else(page: Page, place: Place) -> None:
    page.goto(place.host.page(FORM.replace("{snippet}", place.snippet())))
    give_an_avis(page)
    assert page.evaluate("heard") == []
    assert page.evaluate("[...new FormData(document.forms[0]).keys()]") == ["nom"]
    page.get_by_role("button", name="Fermer").click()
    page.locator("input[name=nom]").press("Enter")
    assert page.evaluate("heard") == ["submit"]
    assert place.notes() == [{"satisfaction": 3}]
