"""How the collector is, and how it is set: for the operator."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.rendering import page
from collector import __version__
from collector.config import NEVER_SHOWN, Settings, declared, without_password, written
from collector.domain import Outcome
from collector.parts import Parts, parts_of
from collector.writer import Writer


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is. `source`: where its value comes from."""

    variable: str
    value: str
    source: str
    help: str


async def get_state(request: Request) -> Response:
    parts = parts_of(request)
    writer, health = parts.writer, parts.writer.health
    context = {
        "version": __version__,
        "processus": os.getpid(),
        "plusieurs": parts.settings.workers > 1,
        "moteur": "SQLite" if parts.settings.sqlite_path else "PostgreSQL",
        "pret": writer.alive and not writer.failing,
        "attente": writer.waiting,
        "file": parts.settings.queue_size,
        "enregistres": health.outcomes[Outcome.STORED],
        "completes": health.outcomes[Outcome.UPDATED],
        "deja": health.outcomes[Outcome.UNCHANGED],
        "echecs": health.failures,
        "lots": health.batches,
        "par_lot": health.commit_seconds / health.batches * 1000 if health.batches else None,
        "dernier": seconds_since(writer),
        "refus": sorted(parts.metrics.refusals().items(), key=lambda each: -each[1]),
        "disque": disk(parts.settings.sqlite_path),
    }
    return page(request, "etat.html", context)


async def get_settings(request: Request) -> Response:
    parts = parts_of(request)
    context = {"reglages": settings_shown(parts), "version": __version__}
    return page(request, "parametres.html", context)


def seconds_since(writer: Writer) -> float | None:
    """Seconds since the last commit; None before the first one."""
    last = writer.health.last_commit
    return None if last is None else time.monotonic() - last


def disk(database: Path | None) -> dict[str, float] | None:
    """Room where a SQLite file is, in gigabytes; None where the engine is elsewhere."""
    if database is None:
        return None
    usage = shutil.disk_usage(database.parent)
    files = [database.with_name(database.name + end) for end in ("", "-wal")]
    size = sum(each.stat().st_size for each in files if each.exists())
    return {"base": size / 1e9, "libre": usage.free / 1e9, "total": usage.total / 1e9}


def settings_shown(parts: Parts) -> list[Setting]:
    """Every setting with its value, secrets left out, and where the value comes from."""
    return [
        Setting(
            each.variable,
            _shown(each.name, parts.settings),
            _source(each.variable, each.default, written(getattr(parts.settings, each.name))),
            each.help,
        )
        for each in declared()
    ]


def _shown(name: str, settings: Settings) -> str:
    value = written(getattr(settings, name))
    if name in NEVER_SHOWN:
        return "donné, jamais affiché" if value else "rien"
    return without_password(value) or "rien"


def _source(variable: str, default: str, value: str) -> str:
    if os.environ.get(variable) == value:
        return "variable d’environnement"
    if value == default:
        return "par défaut"
    return "fichier à côté de la base" if variable == "JDMA_SECRET" else "option de la commande"
