"""What a page's security policy (CSP) has to allow for the button, ready to paste. Pure.

Sources are added to a policy that is there: a second one would not widen the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Isolation = Literal["direct", "cadre"]


@dataclass(frozen=True, slots=True)
class Recette:
    """Where to write it, and what. `nom` is the server or the tool."""

    nom: str
    fichier: str
    lignes: str


def directives(origin: str, isolation: Isolation, cadre: bool = False) -> dict[str, str]:
    """The sources that are wanted, by directive. `cadre`: the questionnaire asks more than the
    script draws, and a frame comes once the questions are there."""
    wanted = ["script-src"]
    if isolation == "direct":
        wanted.append("connect-src")
    if isolation == "cadre" or cadre:
        wanted.append("frame-src")
    return dict.fromkeys(wanted, origin)


def recettes(wanted: dict[str, str]) -> list[Recette]:
    """Directives as each server or tool wants them, with the page's own site beside each source."""
    policy = "; ".join(f"{name} 'self' {source}" for name, source in wanted.items())
    return [
        Recette(
            "nginx",
            "dans le bloc server ou location de la page",
            f'add_header Content-Security-Policy "{policy}" always;',
        ),
        Recette(
            "Apache",
            "dans le VirtualHost ou un fichier .htaccess, avec le module headers",
            f'Header always set Content-Security-Policy "{policy}"',
        ),
        Recette("Django", "dans settings.py, à partir de Django 6", _django(wanted)),
        Recette("WordPress", "dans functions.php, ou une extension", _wordpress(policy)),
    ]


def _django(wanted: dict[str, str]) -> str:
    lines = "".join(f'    "{name}": [CSP.SELF, "{source}"],\n' for name, source in wanted.items())
    return (
        "from django.utils.csp import CSP\n\n"
        'MIDDLEWARE += ["django.middleware.csp.ContentSecurityPolicyMiddleware"]\n'
        f"SECURE_CSP = {{\n{lines}}}"
    )


def _wordpress(policy: str) -> str:
    return (
        "add_action( 'send_headers', function () {\n"
        f'\theader( "Content-Security-Policy: {policy}" );\n'
        "} );"
    )
