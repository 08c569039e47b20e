"""The pages that declare: /confidentialite and what hangs on it, /accessibilite."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from collector.errors import NotFound
from collector.parts import Parts, parts_of
from collector.privacy.declarations import declaration
from collector.rendering import results_page
from collector.texts import langue_of

# Pages under /confidentialite/.
PAGES = ("en-bref", "registre")
_EVER = "9999-12-31"


async def get_privacy(request: Request) -> Response:
    return await _declared(request, "confidentialite")


async def get_privacy_page(request: Request) -> Response:
    name = request.path_params["page"]
    if name not in PAGES:
        raise NotFound
    return await _declared(request, name)


async def get_accessibility(request: Request) -> Response:
    return await _declared(request, "accessibilite")


async def _declared(request: Request, name: str) -> Response:
    parts = parts_of(request)
    langue = langue_of(request)
    contact = await _has_contacts(parts)
    today = parts.clock.now().jour
    context: dict[str, object] = {
        "declaration": declaration(
            parts.declarations[langue], name, langue, parts.settings, today, contact
        ),
    }
    return results_page(request, "declaration.html", context)


async def _has_contacts(parts: Parts) -> bool:
    """Whether an address is asked of somebody now (not all questionnaires that ship are in force),
    or is still kept since it was."""
    catalogue = await parts.catalogue.get()
    questionnaires, demarches = catalogue.questionnaires, catalogue.demarches.values()
    if any(questionnaires[each.questionnaire].contact for each in demarches):
        return True
    kept = await parts.store.count_old({"contacts": _EVER}, 1)
    return any(kept["contacts"].values())
