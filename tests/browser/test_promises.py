"""Promises of the README that only a browser can hold us to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import (
    LINK,
    Host,
    NewPage,
    Place,
    Traffic,
    choose,
    comment,
    dialog,
    give_an_avis_by_the_link,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
)

# Promise 2: each avis counts once


def test_promise_2_an_impatient_person_counts_once(page: Page, place: Place) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    level(page, "Bien").dblclick()
    send_button(page).dblclick()
    expect(thanks(page)).to_be_visible()
    page.reload()
    page.go_back()
    page.go_forward()
    expect(opener(page)).to_be_visible()
    assert place.notes() == [{"satisfaction": 3}]
    assert place.histogram("avis") == {1: 1}


# Promise 4: nobody is followed

KEPT = """async () => ({
  cookies: document.cookie,
  local: Object.keys(localStorage),
  session: Object.keys(sessionStorage),
  databases: (await indexedDB.databases()).map(({ name }) => name),
  caches: await caches.keys(),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
NOTHING = {
    "cookies": "", "local": [], "session": [], "databases": [], "caches": [], "workers": 0,
}  # fmt: skip


def kept(page: Page) -> dict[str, object]:
    """Everything the browser keeps for the page it shows, and every cookie it has of anyone."""
    return {**page.evaluate(KEPT), "cookies": "".join(map(str, page.context.cookies()))}


def test_promise_4_a_whole_visit_leaves_nothing_and_asks_no_third_party(
    new_page: NewPage, place: Place
) -> None:
    page = new_page(user_agent="Traceur-9000")
    traffic = Traffic(page)
    page.goto(place.on_a_page())
    open_dialog(page)
    choose(page, "Bien")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert kept(page) == NOTHING
    page.goto(place.form)
    level(page, "Mal").check()
    comment(page).fill("Merci de ne pas me suivre.")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert kept(page) == NOTHING
    page.get_by_role("link", name="Voir les résultats de cette démarche").click()
    page.get_by_role("link", name="Toutes les démarches").click()
    expect(page).to_have_title("Résultats des démarches")
    assert kept(page) == NOTHING
    known = (f"{place.host.origin}/", f"{place.server.url}/")
    assert [r.url for r in traffic.requests if not r.url.startswith(known)] == []
    answers = [r.response() for r in traffic.requests]
    assert [a.url for a in answers if a and "set-cookie" in a.headers] == []
    assert place.histogram("avis") == {1: 2}
    written = b"".join(file.read_bytes() for file in place.server.path.parent.iterdir())
    assert b"Merci de ne pas me suivre." in written
    assert b"Traceur-9000" not in written
    assert b"127.0.0.1" not in written


@pytest.mark.parametrize(
    "trace",
    [
        "document.cookie = 'a=b'",
        "localStorage.a = 'b'",
        "sessionStorage.a = 'b'",
        "new Promise(done => { indexedDB.open('a').onsuccess = done })",
        "caches.open('a')",
    ],
)
def test_promise_4_would_be_seen_broken(page: Page, host: Host, trace: str) -> None:
    page.goto(host.page(""))
    assert kept(page) == NOTHING
    page.evaluate(f"async () => {{ await ({trace}) }}")
    assert kept(page) != NOTHING


# Promise 5: the link always works


def test_promise_5_the_link_works_without_javascript(new_page: NewPage, place: Place) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(place.on_a_page())
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]


def test_promise_5_the_link_works_with_the_script_blocked(page: Page, place: Place) -> None:
    page.route("**/avis.js", lambda route: route.abort())
    page.goto(place.on_a_page())
    expect(opener(page)).to_have_count(0)
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]


def test_promise_5_the_link_works_with_a_script_that_is_not_the_one_announced(
    page: Page, place: Place
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(place.host.page(place.snippet().replace('integrity="sha384-', 'integrity="sha384-A')))
    expect(opener(page)).to_have_count(0)
    assert "integrity" in "".join(said)
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]


def test_promise_5_the_link_works_where_the_api_refuses_the_site(page: Page, place: Place) -> None:
    page.goto(place.on_a_page(place.ailleurs))
    opener(page).click()
    failure = page.locator(".avis-etat .avis-echec")
    expect(failure).to_contain_text(f"L’origine « {place.host.origin} » n’est pas dans la liste")
    expect(failure.get_by_role("button", name="Réessayer")).to_have_count(0)
    assert place.avis() == []
    failure.get_by_role("link", name=LINK).click()
    level(page, "Bien").check()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert place.notes() == [{"satisfaction": 3}]


# Promise 7: the page and the widget cannot harm each other

LISTEN = """
window.violations = [];
addEventListener('securitypolicyviolation',
  ({ violatedDirective, blockedURI }) => violations.push(`${violatedDirective} ${blockedURI}`));
"""


def strict_policy(place: Place, connect: str) -> str:
    return (
        f"default-src 'none'; script-src {place.server.url}; connect-src {connect}; "
        "style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_promise_7_the_strictest_policy_is_not_violated(page: Page, place: Place) -> None:
    page.add_init_script(LISTEN)
    policy = strict_policy(place, connect=place.server.url)
    page.goto(place.on_a_page(Content_Security_Policy=policy))
    open_dialog(page)
    choose(page, "Bien")
    expect(page.locator(".avis-niveau").first).to_have_css("display", "flex")
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert page.evaluate("violations") == []
    assert place.notes() == [{"satisfaction": 3}]


def test_promise_7_a_policy_without_us_is_told_and_leaves_the_link(
    page: Page, place: Place
) -> None:
    page.add_init_script(LISTEN)
    page.goto(place.on_a_page(Content_Security_Policy=strict_policy(place, connect="'self'")))
    opener(page).click()
    failure = page.locator(".avis-etat .avis-echec")
    expect(failure).to_contain_text("Ce site ne permet pas de répondre ici.")
    expect(failure.get_by_role("link")).to_have_attribute("href", place.form)
    # Asked at the press; once more at the click, when the answer of the first is already known.
    violations = page.evaluate("violations")
    assert len(violations) in (1, 2)
    assert all(each.startswith(f"connect-src {place.form}.json") for each in violations)


def test_promise_7_our_own_pages_keep_to_their_policy(page: Page, place: Place) -> None:
    page.add_init_script(LISTEN)
    place.record(12, satisfaction=2)
    for url in (place.form, place.results, f"{place.form}/merci", f"{place.server.url}/nulle-part"):
        page.goto(url)
        expect(page.locator(".page-tete")).to_have_css("display", "block")
        assert page.evaluate("violations") == []
        assert page.evaluate("document.styleSheets.length") == 1


LOOK = """() => {
  const root = document.querySelector('mon-avis').shadowRoot;
  const look = [];
  for (const element of root.querySelectorAll('*')) {
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    look.push([element.className.baseVal ?? element.className, Math.round(width),
      Math.round(height), style.display, style.color, style.backgroundColor, style.fontSize,
      style.fontFamily, style.borderTopWidth, style.textTransform, style.visibility]);
  }
  return look;
}"""

HOSTILE = """
html { font-size: 62.5%; }
* { font-family: serif !important; text-transform: uppercase !important; color: red !important;
  box-sizing: content-box !important; float: left !important; line-height: 3 !important; }
mon-avis, button, dialog, input, label, legend, fieldset, form, svg, h2 {
  display: none !important; visibility: hidden !important; border: 9px solid red !important;
  padding: 40px !important; font-size: 5px !important; position: fixed !important; all: unset;
  appearance: none !important; opacity: .1; background: yellow !important; }
"""


def look_of(page: Page, url: str) -> object:
    page.goto(url)
    open_dialog(page)
    return page.evaluate(LOOK)


def test_promise_7_the_style_of_the_page_does_not_reach_the_widget(
    page: Page, place: Place
) -> None:
    style = place.host.serve(HOSTILE, "text/css")
    plain = look_of(page, place.on_a_page())
    link = f'<link rel="stylesheet" href="{style}">'
    assert look_of(page, place.on_a_page(head=link)) == plain
    expect(page.locator("h1")).to_have_css("text-transform", "uppercase")


def test_promise_7_the_widget_adds_nothing_to_the_page(page: Page, place: Place) -> None:
    look = """() => [Object.getOwnPropertyNames(window).length, document.head.innerHTML,
      document.adoptedStyleSheets.length, getComputedStyle(document.body).font,
      document.querySelector('mon-avis').innerHTML]"""
    page.route("**/avis.js", lambda route: route.abort())
    url = place.on_a_page()
    page.goto(url)
    without = page.evaluate(look)
    page.unroute("**/avis.js")
    page.goto(url)
    open_dialog(page)
    page.get_by_role("button", name="Fermer").click()
    assert page.evaluate(look) == without


def test_promise_7_the_page_does_not_hear_what_is_typed(page: Page, place: Place) -> None:
    page.add_init_script(
        "window.heard = []; for (const type of ['keydown', 'input', 'focusin', 'change'])"
        "document.addEventListener(type, (event) => heard.push(`${type} ${event.key ?? ''}`));"
    )
    page.goto(place.on_a_page(head="") + "#")
    open_dialog(page)
    page.evaluate("heard.length = 0")
    comment(page).press_sequentially("Rien")
    level(page, "Mal").click()
    assert page.evaluate("heard") == []
    page.keyboard.press("Escape")
    page.keyboard.press("R")
    assert "keydown R" in page.evaluate("heard")


def test_promise_7_two_widgets_give_two_avis(
    page: Page, place: Place, places: Iterator[Place], host: Host
) -> None:
    other = next(places)
    page.goto(host.page(place.snippet() + other.snippet()))
    for rank, label in enumerate(("Bien", "Mal")):
        opener(page).nth(rank).click()
        shown = page.locator("mon-avis").nth(rank)
        shown.get_by_role("radio", name=label, exact=True).click()
        shown.locator(".avis-note .avis-succes").wait_for()
        shown.get_by_role("button", name="Fermer").click()
    assert (place.notes(), other.notes()) == ([{"satisfaction": 3}], [{"satisfaction": 1}])


def test_promise_7_a_page_that_changes_without_loading_takes_the_widget_along(
    page: Page, place: Place
) -> None:
    page.goto(place.on_a_page())
    open_dialog(page)
    page.evaluate(
        "document.querySelector('main').innerHTML = '<button>Suite</button>'"
        "; document.querySelector('button').onclick = () => { document.title = 'Suite' }"
    )
    expect(dialog(page)).to_have_count(0)
    page.get_by_role("button", name="Suite").click()
    expect(page).to_have_title("Suite")
    page.evaluate(
        "(href) => { const element = document.createElement('mon-avis');"
        "document.body.append(element); const link = document.createElement('a');"
        f"link.href = href; link.textContent = '{LINK}'; element.append(link) }}",
        place.form,
    )
    open_dialog(page)
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]


# Promise 8: a refusal says why


def test_promise_8_a_refusal_speaks_the_language_of_the_page(page: Page, place: Place) -> None:
    page.add_init_script(
        "window.causes = []; addEventListener('avis:erreur', ({ detail }) => causes.push(detail))"
    )
    body = place.snippet(place.ailleurs).replace(LINK, "Give my opinion")
    with page.expect_response(f"**/f/{place.ailleurs}.json?lang=en") as answer:
        page.goto(place.host.page(body, lang="en"))
        page.get_by_role("button", name="Give my opinion").click()
    assert (answer.value.status, answer.value.json()["code"]) == (403, "origine_refusee")
    failure = page.locator(".avis-etat .avis-echec")
    expect(failure).to_contain_text(f"The origin “{place.host.origin}” is not on the list")
    assert page.evaluate("causes") == [{"cause": "origine"}]


def test_promise_8_a_person_who_must_wait_is_told_so_and_loses_nothing(
    page: Page, place: Place
) -> None:
    page.route(
        "**/api/v1/avis",
        lambda route: route.fulfill(
            status=429,
            headers={"access-control-allow-origin": "*", "retry-after": "60",
                     "access-control-expose-headers": "Retry-After"},
            json={"code": "trop_de_demandes", "detail": "Réessayez dans 60 s."},
        ),
    )  # fmt: skip
    page.goto(place.on_a_page())
    open_dialog(page)
    comment(page).fill("Toujours là")
    level(page, "Bien").click()
    expect(page.locator(".avis-note .avis-echec")).to_contain_text("Réessayez dans 60 s.")
    page.unroute("**/api/v1/avis")
    page.get_by_role("button", name="Réessayer").click()
    page.locator(".avis-note .avis-succes").wait_for()
    expect(comment(page)).to_have_value("Toujours là")
    assert place.notes() == [{"satisfaction": 3}]
