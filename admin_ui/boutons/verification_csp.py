"""Whether the policies of a page let the button work, judged from what was pasted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from admin_ui.boutons.constats import Attendu, Constat, origin_or_none
from admin_ui.boutons.csp import Besoin, Loaded, Policy, forbids, parse_policies
from admin_ui.boutons.page_lue import Attributes, PageLue, scripts_of

Headers = Sequence[tuple[str, str]]

_FORBIDDEN: dict[Besoin, str] = {
    "script": "le script du bouton",
    "connect": "de demander les questions et d’envoyer l’avis",
    "frame": "le cadre du formulaire",
}


def policies(attendu: Attendu, page: PageLue, given: Headers) -> Iterator[Constat]:
    said = [value for name, value in given if name == "content-security-policy"]
    with_headers = [each for text in said for each in parse_policies(text)]
    found = with_headers + [each for text in page.politiques for each in parse_policies(text)]
    if any(name == "content-security-policy-report-only" for name, _ in given):
        yield Constat(
            "attention",
            "Une politique en essai (Content-Security-Policy-Report-Only) n’empêche rien encore.",
        )
    if not found:
        yield Constat(
            "bon", "Pas de politique de sécurité (CSP) dans ce qui est collé : rien n’est interdit."
        )
        return
    refused = list(dict.fromkeys(_refused(attendu, page, found)))
    if not refused:
        yield Constat("bon", "La politique de sécurité (CSP) laisse passer le bouton.")
    yield from refused
    # In a page itself, a policy cannot say that (CSP Level 3, 3.3).
    if any("sandbox" in each and "allow-scripts" not in each["sandbox"] for each in with_headers):
        yield Constat("faux", "La directive sandbox de la politique interdit tout script.")


def _refused(attendu: Attendu, page: PageLue, found: Sequence[Policy]) -> Iterator[Constat]:
    here = origin_or_none(attendu.adresse)
    for policy in found:
        for besoin, loaded in _wanted(attendu, page):
            directive = forbids(policy, besoin, loaded, here)
            if directive is not None:
                yield _forbidden(attendu, besoin, directive, policy[directive])


def _forbidden(attendu: Attendu, besoin: Besoin, directive: str, sources: Sequence[str]) -> Constat:
    """What a directive forbids, and what to write in it."""
    begin = f"La politique de sécurité (CSP) interdit {_FORBIDDEN[besoin]}"
    if besoin == "script" and "'strict-dynamic'" in sources:
        return Constat(
            "faux",
            f"{begin} : avec 'strict-dynamic', un script doit porter le nonce de la page.",
            'nonce="…"',
        )
    instead = " à la place de 'none'" if "'none'" in sources else ""
    if directive == "default-src":
        return Constat(
            "faux",
            f"{begin} : c’est default-src qui en décide. Écrivez une directive {besoin}-src avec "
            f"les sources de default-src, et celle-ci{instead}.",
            attendu.origin,
        )
    return Constat(
        "faux",
        f"{begin} : ajoutez cette source à la directive {directive}{instead}.",
        attendu.origin,
    )


def _wanted(attendu: Attendu, page: PageLue) -> Iterator[tuple[Besoin, Loaded]]:
    """What the page will load. Of headers alone: what a bouton needs as it comes."""
    form = f"{attendu.base_url}/f/{attendu.bouton.code}"
    scripts = scripts_of(page)
    framed = [each.attributes.get("isolation") == "cadre" for each in page.boutons]
    own_frames = any((attendu.ours(each) or "").startswith("/f/") for each in page.cadres)
    if page.vide:
        framed = [False]
    if scripts or framed:
        yield "script", _script(attendu, next(iter(scripts), {}))
    if False in framed:
        yield "connect", Loaded(f"{form}.json")
        yield "connect", Loaded(f"{attendu.base_url}/api/v1/avis")
    if True in framed or own_frames or (False in framed and attendu.cadre):
        yield "frame", Loaded(form)


def _script(attendu: Attendu, script: Attributes) -> Loaded:
    src = script.get("src", "")
    newest = f"{attendu.base_url}/w/{attendu.releases.newest}/avis.js"
    url = attendu.whole(src) if attendu.ours(src) else newest
    return Loaded(url, tuple(script.get("integrity", "").split()), script.get("nonce"))


def other_headers(headers: Headers) -> Iterator[Constat]:
    given = dict(headers)
    if not given:
        yield Constat(
            "attention",
            "Rien de ce qui est collé comme en-têtes n’en a la forme, « Nom: valeur » par ligne.",
        )
    if given.get("cross-origin-embedder-policy", "").startswith("require-corp"):
        yield Constat(
            "attention",
            "La page demande l’isolation entre origines (Cross-Origin-Embedder-Policy) : le bouton "
            'marche, mais pas avec isolation="cadre".',
        )
