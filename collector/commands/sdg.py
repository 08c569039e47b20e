"""The command for the European feedback repository: write a month, send it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from collector import serve
from collector.asked.periode import Periode
from collector.clock import Clock
from collector.commands.common import AsJson, Database, fail, print_json, progress, say, settings_of
from collector.config import Settings
from collector.open_data import sdg
from collector.open_data.sdg import Gathered
from collector.open_data.sdg_sending import Recipient, SendingError, send
from collector.serve import opened
from collector.store.sqlite_copy import beside, plainly, settle


def sdg_command(
    mois: Annotated[str, typer.Option("--mois", help="Mois terminé, AAAA-MM.")],
    envoyer: Annotated[
        bool, typer.Option("--envoyer", help="Envoyer à JDMA_SDG_URL avec JDMA_SDG_KEY.")
    ] = False,
    sortie: Annotated[
        Path | None, typer.Option("--sortie", help="Fichier où écrire, un message par ligne.")
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Préparer les notes d’un mois pour le dépôt européen des avis (portail numérique unique).

    Des notes de 1 à 5 comptées par démarche qui a une adresse, et rien d’autre : ni commentaire,
    ni paramètre d’adresse. Renvoyer un mois le corrige. Format à confirmer avec le coordinateur
    national.

    Exemple : jdma sdg --mois 2026-10 --sortie sdg-2026-10.jsonl

    Exemple : jdma sdg --mois 2026-10 --envoyer
    """
    settings = settings_of(database)
    today = Clock().now().jour
    month = _month(mois, today)
    if not settings.public_url:
        fail("JDMA_PUBLIC_URL manque : les identifiants envoyés en sont faits.")
    recipient = _recipient(settings) if envoyer else None
    gathered = _gathered(settings, month)
    found = sdg.messages(gathered.submissions, settings.public_url, datetime.now(UTC))
    if sortie:
        _write(sortie, b"".join(each + b"\n" for each in found))
    statuses = _sent(recipient, found) if recipient else []
    if as_json:
        shown = not (sortie or recipient)
        print_json(_in_json(month, today, gathered, found, statuses, shown))
    elif not (sortie or recipient):
        for each in found:
            say(each.decode())
    _remark(month, today, gathered, sortie, statuses, quiet=as_json)


def _month(text: str, today: date) -> Periode:
    try:
        month = sdg.parse_month(text)
    except ValueError:
        fail(f"mois « {text[:80]} » : il faut AAAA-MM, de 2000-01 à 2100-12.")
    if month.au >= today:
        fail(f"{text} n’est pas fini : ses notes peuvent être envoyées à partir du lendemain.")
    return month


def _recipient(settings: Settings) -> Recipient:
    for name, value in (("JDMA_SDG_URL", settings.sdg_url), ("JDMA_SDG_KEY", settings.sdg_key)):
        if not value:
            fail(f"{name} manque : le coordinateur national la donne.")
    return Recipient(settings.sdg_url, settings.sdg_key)


def _gathered(settings: Settings, month: Periode) -> Gathered:
    async def work() -> Gathered:
        async with opened(settings) as store:
            await serve.check_migrated(store)
            with progress() as bar:
                task = bar.add_task("Démarches", total=None)
                return await sdg.read(
                    store,
                    settings.public_url,
                    month,
                    lambda done, of: bar.update(task, completed=done, total=of),
                )

    return asyncio.run(work())


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, or leave what was there."""
    part = beside(path.resolve(), ".part")
    with plainly(path):
        try:
            part.write_bytes(content)
            settle(part)
            part.rename(path.resolve())
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _sent(recipient: Recipient, found: Sequence[bytes]) -> list[int]:
    """Send the messages one after the other; stop at the first that is not taken."""
    statuses: list[int] = []
    for each in found:
        try:
            statuses.append(send(recipient, each))
        except SendingError as error:
            fail(f"{error} : {len(statuses)} message(s) sur {len(found)} acceptés.")
    return statuses


def _in_json(
    month: Periode,
    today: date,
    gathered: Gathered,
    found: Sequence[bytes],
    statuses: Sequence[int],
    shown: bool,
) -> dict[str, object]:
    return {
        "mois": f"{month.du:%Y-%m}",
        "echeance": sdg.due(month).isoformat(),
        "en_retard": today > sdg.due(month),
        "demarches": len(gathered.submissions),
        "avis": sum(each.count for each in gathered.submissions),
        "sans_adresse": gathered.without,
        "octets": [len(each) for each in found],
        "acceptes": statuses,
        **({"messages": [orjson.loads(each) for each in found]} if shown else {}),
    }


def _remark(
    month: Periode,
    today: date,
    gathered: Gathered,
    sortie: Path | None,
    statuses: Sequence[int],
    *,
    quiet: bool,
) -> None:
    """What a person should know; on stderr, for stdout may be the messages themselves."""
    n = sum(each.count for each in gathered.submissions)
    said = [f"{len(gathered.submissions)} démarche(s), {n} note(s) pour {month.du:%Y-%m}."]
    if sortie:
        said.append(f"Écrit dans {sortie}.")
    if statuses:
        said.append(f"Accepté par le dépôt : {len(statuses)} message(s).")
    if gathered.without:
        said.append(f"Sans adresse, donc laissées : {', '.join(gathered.without)}.")
    late = " : c’est passé" if today > sdg.due(month) else ""
    said.append(f"À envoyer au plus tard le {sdg.due(month)}{late}.")
    if not quiet:
        print("\n".join(said), file=sys.stderr)
