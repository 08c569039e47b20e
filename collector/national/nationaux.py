"""The addresses of the national button, under our own host name: a site moves by changing it.

They lead to /f/{code}, the one address of a form: what was typed comes back with « Back », an
opening is counted there once, and what is closed says so there.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.errors import NotFound, UnknownExterne
from collector.national.externes import led_to
from collector.parts import parts_of

# Where an address leads may change: a bouton is opened, a number given to another démarche.
_A_MINUTE = "public, max-age=60"


async def get_national_form(request: Request) -> Response:
    """/Demarches/{id}?button=…, or &nd_source=… as the oldest buttons have it."""
    return await _led(request, formulaire=False)


async def get_national_form_in(request: Request) -> Response:
    """The same with a language before it: /Demarches/en/{id}."""
    return await _led(request, formulaire=False)


async def get_national_avis(request: Request) -> Response:
    """/Demarches/avis/{id}?button=…, where the number is that of a form."""
    return await _led(request, formulaire=True)


async def get_national_avis_in(request: Request) -> Response:
    """The same with a language before it."""
    return await _led(request, formulaire=True)


async def _led(request: Request, formulaire: bool) -> Response:
    """302 to the form. Raises UnknownExterne when no démarche with a bouton has the number."""
    parts = parts_of(request)
    numero, langue = request.path_params["id"], request.path_params.get("langue")
    if langue is not None and langue not in parts.texts:
        raise NotFound
    asked = request.query_params
    button = asked.get("button") or asked.get("nd_source")
    bouton = led_to(await parts.catalogue.get(), numero, formulaire, button)
    if bouton is None:
        raise UnknownExterne(numero=numero)
    langue = langue or asked.get("lang")
    suite = f"?{urlencode({'lang': langue})}" if langue else ""
    address = f"{parts.settings.base_path}/f/{bouton.code}{suite}"
    return RedirectResponse(address, 302, {"cache-control": _A_MINUTE})
