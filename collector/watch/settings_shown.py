"""Settings as they may be shown: with their source, and without what opens anything."""

from __future__ import annotations

import os
from dataclasses import dataclass

from collector.config import NEVER_SHOWN, Settings, declared, without_password, written

GIVEN = "donné, jamais affiché"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is. `source`: where its value comes from."""

    variable: str
    value: str
    source: str
    help: str


def settings_shown(settings: Settings) -> list[Setting]:
    """Every setting with its value, secrets left out, and where the value comes from."""
    return [
        Setting(
            each.variable,
            _shown(each.name, settings),
            _source(each.variable, each.default, written(getattr(settings, each.name))),
            each.help,
        )
        for each in declared()
    ]


def _shown(name: str, settings: Settings) -> str:
    value = written(getattr(settings, name))
    if name in NEVER_SHOWN:
        return GIVEN if value else "rien"
    return without_password(value) or "rien"


def _source(variable: str, default: str, value: str) -> str:
    if os.environ.get(variable) == value:
        return "variable d’environnement"
    if value == default:
        return "par défaut"
    secret = variable in ("JDMA_SECRET", "JDMA_OLD_SECRETS")
    return "fichier à côté de la base" if secret else "option de la commande"
