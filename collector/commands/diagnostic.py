"""`jdma diagnostic`: one report that can be pasted in a ticket."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

import typer

from collector import annexe
from collector.commands.common import AsJson, Database, print_json, say, settings_of
from collector.config import ConfigError, Settings
from collector.watch import checkup
from collector.watch.findings import Finding, echec
from collector.watch.settings_shown import Setting, settings_shown

_OF_SOMEBODY = (
    "JDMA_SMTP_FROM", "JDMA_SECURITY_CONTACT", "JDMA_DPO", "JDMA_ACCESSIBILITE_CONTACT",
)  # fmt: skip
NOT_ASKED = (
    "Pas regardés : l’adresse publique et son certificat (TLS), le courriel, le fournisseur "
    "d’identité ; --reseau les appelle."
)
_MARKS = {"ok": "ok       ", "attention": "ATTENTION", "echec": "ÉCHEC    "}


def diagnostic_command(
    database: Database = None,
    reseau: Annotated[
        bool,
        typer.Option(
            "--reseau",
            help="Appeler aussi l’adresse publique, le serveur de courriel (sans rien envoyer) et "
            "le fournisseur d’identité.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Dire comment va l’installation : versions, réglages sans les secrets, ce qui a été regardé.

    Marche pendant que le serveur tourne, et ne change rien. À lancer avec les mêmes variables que
    lui. Code de sortie 1 si quelque chose est en échec.

    Exemple : jdma diagnostic --database sqlite:///avis.db --reseau
    """
    shown: list[Setting] = []
    try:
        settings = settings_of(database)
    except ConfigError as error:
        found = [echec("réglages", _unnamed(each)) for each in str(error).splitlines()]
    else:
        shown = settings_shown(settings)
        found = asyncio.run(_found(settings, reseau))
    if as_json:
        print_json(
            {
                "versions": checkup.versions(),
                "reseau": reseau,
                "reglages": [
                    {"variable": each.variable, "valeur": _nobody(each), "source": each.source}
                    for each in shown
                ],
                "constats": [each._asdict() for each in found],
            }
        )
    else:
        _say(shown, found)
        if not reseau:
            say(NOT_ASKED)
    if any(each.etat == "echec" for each in found):
        raise typer.Exit(1)


async def _found(settings: Settings, reseau: bool) -> list[Finding]:
    found = [each async for each in checkup.findings(settings)]
    if reseau:
        found += [each async for each in checkup.network(settings)]
        found += await annexe.sound(settings)
    return found


def _say(shown: list[Setting], found: list[Finding]) -> None:
    say("Versions : " + ", ".join(f"{name} {each}" for name, each in checkup.versions().items()))
    for each in shown:
        if each.source != "par défaut":
            say(f"{each.variable}={_nobody(each)} ({each.source})")
    for one in found:
        say(f"{_MARKS[one.etat]} {one.nom} : {one.phrase}")


def _nobody(setting: Setting) -> str:
    """A value, without whoever's address stands in it."""
    if setting.variable not in _OF_SOMEBODY:
        return setting.value
    return re.sub(r".*@([^>]+)>?", r"…@\1", setting.value)


def _unnamed(sentence: str) -> str:
    """What is said of a wrong value, without the value where it may be somebody's address."""
    return re.sub(r"« [^»]*@[^»]* »", "…", sentence)
