"""The content policies a site may have: kept to where they let us in, told where they do not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from collector.releases import Releases
from tests.browser.stage import (
    Place,
    choose,
    give_an_avis,
    give_an_avis_by_the_link,
    level,
    open_dialog,
    opener,
    send_button,
    thanks,
    until,
)

LISTEN = """
window.violations = [];
addEventListener('securitypolicyviolation', ({ disposition, effectiveDirective, blockedURI }) =>
  violations.push(`${disposition} ${effectiveDirective} ${blockedURI}`));
"""

TYPED = "require-trusted-types-for 'script'; trusted-types 'none'"
POLICIES = {
    "our origin": f"script-src {{C}}; connect-src {{C}}; style-src 'self'; {TYPED}",
    "our paths": f"script-src {{C}}/w/; connect-src {{C}}/f/ {{C}}/api/v1/avis; {TYPED}",
    "a nonce": f"script-src 'nonce-abc' 'strict-dynamic'; connect-src {{C}}; {TYPED}",
    "our hash": f"script-src '{{integrity}}'; connect-src {{C}}; {TYPED}",
}
FORBIDDEN = {
    "document.body.innerHTML = '<p>'": "require-trusted-types-for",
    "document.createElement('script').src = '/'": "require-trusted-types-for",
    "document.body.setAttribute('style', 'color: red')": "style-src-attr",
    "document.head.append(document.createElement('style'))": "style-src-elem",
    "fetch('https://ailleurs.example/').catch(() => {})": "connect-src",
}


@pytest.fixture
def page(page: Page) -> Page:
    """A window that notes what its policies refuse."""
    page.add_init_script(LISTEN)
    return page


def violations(page: Page) -> list[str]:
    """« enforce|report directive address », in order."""
    found: list[str] = page.evaluate("violations")
    return found


def policy(place: Place, rules: str) -> str:
    """A policy that forbids everything but `rules`, {C} being the collector."""
    releases = Releases()
    integrity = releases.file(releases.newest, "avis.js").integrity
    return f"default-src 'none'; {rules.format(C=place.server.url, integrity=integrity)}"


def too_busy(route: Route) -> None:
    """What the collector answers when it cannot store, for longer than a person waits."""
    headers = {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Retry-After",
        "retry-after": "60",
    }
    route.fulfill(status=503, headers=headers, json={"code": "stockage_indisponible"})


# Let in


@pytest.mark.parametrize("rules", POLICIES.values(), ids=POLICIES)
def test_no_policy_that_lets_us_in_is_violated(page: Page, place: Place, rules: str) -> None:
    body = place.snippet().replace("<script ", '<script nonce="abc" ')
    page.goto(place.host.page(body, Content_Security_Policy=policy(place, rules)))
    open_dialog(page)
    # Everything that is ever shown: a missing answer, a failure, a success, thanks.
    send_button(page).click()
    page.locator(".avis-erreur").wait_for()
    page.route("**/api/v1/avis", too_busy)
    level(page, "Bien").click()
    page.locator(".avis-echec").wait_for()
    page.unroute("**/api/v1/avis")
    page.get_by_role("button", name="Réessayer").click()
    page.locator(".avis-note .avis-succes").wait_for()
    send_button(page).click()
    expect(thanks(page)).to_be_visible()
    assert violations(page) == []
    assert place.notes() == [{"satisfaction": 3}]


def test_a_violation_would_be_seen(page: Page, place: Place) -> None:
    rules = f"script-src {{C}}; connect-src {{C}}; {TYPED}"
    page.goto(place.on_a_page(Content_Security_Policy=policy(place, rules)))
    for seen, (forbidden, directive) in enumerate(FORBIDDEN.items(), start=1):
        page.evaluate(f"() => {{ try {{ {forbidden} }} catch {{}} }}")
        until(page, f"violations.length === {seen}")
        assert violations(page)[-1].startswith(f"enforce {directive}")


def test_an_avis_is_given_on_a_page_closed_to_everything_else(page: Page, place: Place) -> None:
    page.goto(
        place.on_a_page(
            Cross_Origin_Opener_Policy="same-origin",
            Cross_Origin_Embedder_Policy="require-corp",
            Permissions_Policy="fullscreen=(), geolocation=(), clipboard-write=()",
            Referrer_Policy="no-referrer",
        )
    )
    assert page.evaluate("crossOriginIsolated")
    give_an_avis(page)
    assert place.notes() == [{"satisfaction": 3}]


# Only watched


def test_a_policy_that_only_reports_breaks_nothing(page: Page, place: Place) -> None:
    watched = policy(place, TYPED)
    page.goto(place.on_a_page(Content_Security_Policy_Report_Only=watched))
    give_an_avis(page)
    told = [violation.rpartition(" ")[0] for violation in violations(page)]
    assert set(told) == {"report script-src-elem", "report connect-src"}
    assert place.notes() == [{"satisfaction": 3}]


def test_a_policy_that_only_reports_is_not_blamed_for_the_network(page: Page, place: Place) -> None:
    page.goto(place.on_a_page(Content_Security_Policy_Report_Only=policy(place, "")))
    page.route("**/f/*.json*", lambda route: route.abort())
    opener(page).click()
    failure = page.locator(".avis-etat .avis-echec")
    expect(failure).to_contain_text("ne répond pas.")
    assert any(violation.startswith("report connect-src") for violation in violations(page))
    page.unroute("**/f/*.json*")
    failure.get_by_role("button", name="Réessayer").click()
    choose(page, "Bien")
    assert place.notes() == [{"satisfaction": 3}]


# Kept out


def test_a_policy_that_lets_the_questions_in_and_no_answer_out_is_told(
    page: Page, place: Place
) -> None:
    rules = "script-src {C}; connect-src {C}/f/"
    page.goto(place.on_a_page(Content_Security_Policy=policy(place, rules)))
    open_dialog(page)
    level(page, "Bien").click()
    failure = page.locator(".avis-note .avis-echec")
    expect(failure).to_contain_text("Votre avis n’est pas enregistré.")
    expect(failure).to_contain_text("Ce site ne permet pas de répondre ici.")
    expect(failure.get_by_role("button", name="Réessayer")).to_have_count(0)
    assert violations(page) == [f"enforce connect-src {place.server.url}/api/v1/avis"]
    assert place.avis() == []
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]


@pytest.mark.parametrize("source", ["'self'", "'nonce-abc' 'strict-dynamic'"])
def test_a_policy_without_our_script_leaves_the_link_working(
    page: Page, place: Place, source: str
) -> None:
    rules = f"script-src {source}; connect-src {{C}}"
    page.goto(place.on_a_page(Content_Security_Policy=policy(place, rules)))
    until(page, "violations.length > 0")
    assert violations(page)[0].startswith(f"enforce script-src-elem {place.server.url}/w/")
    expect(opener(page)).to_have_count(0)
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]


def test_a_snippet_that_lost_its_crossorigin_leaves_the_link_working(
    page: Page, place: Place
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(place.host.page(place.snippet().replace(' crossorigin="anonymous"', "")))
    expect(opener(page)).to_have_count(0)
    assert "integrity" in "".join(said)
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]


def test_a_sandboxed_page_is_told_why_and_keeps_the_link(page: Page, place: Place) -> None:
    page.goto(place.on_a_page(Content_Security_Policy="sandbox allow-scripts allow-forms"))
    opener(page).click()
    expect(page.locator(".avis-etat .avis-echec")).to_contain_text(
        "L’origine « null » n’est pas dans la liste"
    )
    assert place.avis() == []
    give_an_avis_by_the_link(page)
    assert place.notes() == [{"satisfaction": 3}]
