"""Why the button works on a page, or not: what the collector sees of it, in words for a porteur.

The widget asks when the address of its page carries `?avis-diagnostic`, and adds what only a page
can know (a policy that forbids, a network that fails).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.domain import Texte, in_language
from collector.ingest import accepts_origin
from collector.parts import Parts, parts_of
from collector.texts import langue_of

MAX_DRIFT_MS = 5 * 60_000

_HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}

Line = tuple[bool, Texte]
"""Whether all is well, and a sentence with what to do if it is not."""


async def get_diagnostic(request: Request) -> Response:
    """Lines that start with ✓ or ✗. No opening is counted: nobody is about to answer."""
    parts = parts_of(request)
    langue = langue_of(request)
    bouton_line, origin_line = await _bouton(parts, request)
    lines = [
        bouton_line,
        *([origin_line] if origin_line else []),
        _version(parts, request.query_params.get("version", "")),
        _integrity(request.query_params.get("integrite") == "1"),
        *_clock(parts, request.query_params.get("heure", "")),
        _policy(parts),
    ]
    content = {
        "lignes": [f"{'✓' if ok else '✗'} {in_language(texte, langue)}" for ok, texte in lines]
    }
    return JSONResponse(content, headers=_HEADERS)


async def _bouton(parts: Parts, request: Request) -> tuple[Line, Line | None]:
    code = request.path_params["code"]
    catalogue = await parts.catalogue.get()
    bouton = catalogue.boutons.get(code)
    if bouton is None:
        return (False, {
            "fr": f"Le collecteur répond, mais ne connaît aucun bouton « {code} ».",
            "en": f"The collector answers, but knows no button “{code}”.",
        }), None  # fmt: skip
    titre = catalogue.demarches[bouton.demarche_id].titre
    ouvert = catalogue.is_open(bouton)
    told: Line = (ouvert, {
        "fr": f"Le collecteur répond. Bouton « {code} » de la démarche « {titre} », "
        + ("ouvert." if ouvert else "fermé : il ne recueille plus d’avis."),
        "en": f"The collector answers. Button “{code}” of the procedure “{titre}”, "
        + ("open." if ouvert else "closed: it takes no more feedback."),
    })  # fmt: skip
    origin = request.headers.get("origin")
    if origin is None:
        return told, None
    accepted = accepts_origin(parts, bouton, origin)
    if accepted:
        return told, (True, {
            "fr": f"L’origine de cette page, {origin}, est acceptée.",
            "en": f"The origin of this page, {origin}, is accepted.",
        })  # fmt: skip
    known = ", ".join(bouton.origines) or "—"
    return told, (False, {
        "fr": f"L’origine de cette page, {origin}, n’est pas de celles du bouton ({known}) : "
        "ajoutez-la.",
        "en": f"The origin of this page, {origin}, is none of the button’s ({known}): add it.",
    })  # fmt: skip


def _version(parts: Parts, version: str) -> Line:
    newest = parts.releases.newest
    if version == newest:
        return True, {
            "fr": f"La version {version} du widget est la plus récente.",
            "en": f"Version {version} of the widget is the newest.",
        }
    return True, {
        "fr": f"La version {version} du widget marche toujours ; la plus récente est la {newest}.",
        "en": f"Version {version} of the widget still works; the newest is {newest}.",
    }


def _integrity(there: bool) -> Line:
    if there:
        return True, {
            "fr": "L’attribut integrity est là : un fichier modifié en chemin serait refusé.",
            "en": "The integrity attribute is there: a file changed on its way would be refused.",
        }
    return False, {
        "fr": "L’attribut integrity manque sur le script : reprenez les deux lignes du bouton.",
        "en": "The integrity attribute is missing on the script: paste the two lines again.",
    }


def _clock(parts: Parts, told: str) -> list[Line]:
    if not told.isdecimal() or len(told) > 15:
        return []
    drift = abs(int(told) - parts.clock.now().ms)
    if drift <= MAX_DRIFT_MS:
        return [(True, {
            "fr": "L’horloge de cet appareil est à l’heure.",
            "en": "The clock of this device is right.",
        })]  # fmt: skip
    minutes = drift // 60_000
    return [(True, {
        "fr": f"L’horloge de cet appareil a {minutes} min d’écart. Les avis sont datés par le "
        "collecteur : rien n’est perdu.",
        "en": f"The clock of this device is {minutes} min off. Feedback is dated by the "
        "collector: nothing is lost.",
    })]  # fmt: skip


def _policy(parts: Parts) -> Line:
    here = parts.origin
    return True, {
        "fr": f"Si la page a une politique de sécurité (CSP), il y faut : script-src {here}; "
        f'connect-src {here} — et frame-src {here} pour isolation="cadre", ou un questionnaire qui '
        "demande plus que des notes et un commentaire.",
        "en": f"If the page has a security policy (CSP), it needs: script-src {here}; "
        f'connect-src {here} — and frame-src {here} for isolation="cadre", or a questionnaire that '
        "asks more than marks and a comment.",
    }
