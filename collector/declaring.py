"""The pages that declare: /confidentialite and what hangs on it, /accessibilite."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from collector.declarations import declaration
from collector.errors import NotFound
from collector.parts import parts_of
from collector.rendering import results_page
from collector.texts import langue_of

# Pages under /confidentialite/.
PAGES = ("en-bref", "registre")


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
    demarches = (await parts.catalogue.get()).demarches.values()
    questionnaires = (await parts.catalogue.get()).questionnaires
    # Only what is asked of somebody now: the questionnaires that ship are not all in force.
    contact = any(questionnaires[each.questionnaire].contact for each in demarches)
    today = parts.clock.now().jour
    context: dict[str, object] = {
        "declaration": declaration(
            parts.declarations[langue], name, langue, parts.settings, today, contact
        ),
    }
    return results_page(request, "declaration.html", context)
