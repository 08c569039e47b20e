"""`jdma`: serve, set up, check. Plain sentences, errors on stderr, exit 0 / 1 / 2."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from collector import __version__, annexe, serve
from collector.commands.backup import backup_command, restore_command
from collector.commands.catalogue import bouton_app, demarche_app, structure_app
from collector.commands.common import AsJson, Database, fail, print_json, progress, say, settings_of
from collector.commands.diagnostic import diagnostic_command
from collector.commands.export import export_command, import_command
from collector.commands.jeton import jeton_app, show_journal
from collector.commands.publier import publier_command
from collector.commands.purge import purge_command
from collector.commands.questionnaire import questionnaire_command
from collector.commands.sdg import sdg_command
from collector.commands.secret import secret_app
from collector.config import ConfigError, Settings, declared, load
from collector.demo import run as demo
from collector.demo.plan import read_plan
from collector.domain import Demarche
from collector.exchange.copying import Copied, copy
from collector.integrity import Difference, verify
from collector.serve import AddressError, opened
from collector.starting import around
from collector.store.contract import StoreError
from collector.watch.log import set_up, teller
from collector.wire import workers

app = typer.Typer(
    help="Je donne mon avis : recueillir l’avis des usagers à la fin d’une démarche en ligne.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(structure_app, name="structure")
app.add_typer(demarche_app, name="demarche")
app.add_typer(bouton_app, name="bouton")
app.add_typer(jeton_app, name="jeton")
app.add_typer(secret_app, name="secret")
demarche_app.command("questionnaire")(questionnaire_command)
app.command("backup")(backup_command)
app.command("restore")(restore_command)
app.command("journal")(show_journal)
app.command("export")(export_command)
app.command("import")(import_command)
app.command("publier")(publier_command)
app.command("purge")(purge_command)
app.command("sdg")(sdg_command)
app.command("diagnostic")(diagnostic_command)

for _name, _app in annexe.commands().items():
    app.add_typer(_app, name=_name)


def main() -> None:
    """The console command: what goes wrong is one plain sentence on stderr."""
    try:
        app()
    except (ConfigError, StoreError, AddressError) as error:
        print(f"jdma : {error}", file=sys.stderr)
        sys.exit(1)


def with_settings(command: Callable[[Settings], None]) -> Callable[..., None]:
    """Give a command an option for every declared setting, and the settings they make."""

    def wrapped(**given: str | None) -> None:
        command(load(given, around=around))

    parameters = [
        inspect.Parameter(
            setting.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                typer.Option(
                    f"--{setting.name.replace('_', '-')}",
                    help=f"{setting.help} {setting.variable}, "
                    f"défaut : {setting.default or 'rien'}.",
                    show_default=False,
                ),
            ],
        )
        for setting in declared()
    ]
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {each.name: each.annotation for each in parameters}
    wrapped.__doc__ = command.__doc__
    return wrapped


@app.command("serve")
@with_settings
def serve_command(settings: Settings) -> None:
    """Servir le collecteur.

    Exemple : jdma serve --database sqlite:///avis.db --public-url https://avis.exemple.fr

    Exemple : jdma serve --database postgresql://jdma@serveur/avis --workers 4
    """

    tell = teller(settings, say)
    if settings.workers > 1:
        set_up(settings)
        secret = serve.with_secret(settings, tell)
        asyncio.run(_prepared(secret))
        serve.take_more_files(tell)
        workers.supervise(secret, tell)
        return

    def ready() -> None:
        serve.take_more_files(tell)
        tell(f"Prêt : {settings.base_url}")

    async def work() -> None:
        async with opened(settings) as store:
            await serve.prepare(store)
            await serve.serve(serve.with_secret(settings, tell), store, ready)

    serve.main(work(), settings)


async def _prepared(settings: Settings) -> None:
    """Set the store up once, before several processes open it."""
    async with opened(settings) as store:
        await serve.prepare(store)


@app.command("demo")
def demo_command(
    neuf: Annotated[bool, typer.Option("--neuf", help="Repartir de zéro.")] = False,
    port: Annotated[int, typer.Option(help="Port du collecteur.")] = 8000,
    site_port: Annotated[int, typer.Option(help="Port du site d’exemple.")] = 8001,
    dossier: Annotated[Path, typer.Option(help="Où garder les données.")] = Path(".demo"),
) -> None:
    """Essayer : un collecteur, treize mois d’avis inventés, un site d’exemple.

    Exemple : jdma demo --neuf
    """
    dossier.mkdir(parents=True, exist_ok=True)
    database = dossier / "demo.db"
    # The demonstration is the same whatever the machine's own settings are.
    # Whoever tries it has no telephone at hand: passwords alone.
    given = {"database": f"sqlite:///{database}", "port": str(port), "totp": "personne"}
    settings = load(given, environ={})
    site = f"http://{settings.host}:{site_port}"

    async def work() -> None:
        async with opened(settings) as store:
            await store.claim()
            await store.migrate()  # one kept from an older program goes on; nothing is lost in it
            await serve.prepare_new(store)
            if not await store.total():
                plan = read_plan()
                with progress() as bar:
                    task = bar.add_task("Treize mois d’avis", total=demo.TOTAL)
                    stored = await demo.fill(
                        store, plan, site, datetime.now(UTC), lambda n: bar.advance(task, n)
                    )
                    bar.update(task, total=stored)
            people = await annexe.demonstrate(store, dossier)
            words = _welcome(settings, site, people)
            ready = serve.with_secret(settings, lambda _: None)
            await demo.serve_demo(ready, store, site_port, lambda: say(words))

    if neuf:
        demo.forget(database)
    serve.main(work())


def _welcome(settings: Settings, site: str, people: Mapping[str, str]) -> str:
    signing_in = "".join(f"\n    {who:<12} {said}" for who, said in people.items())
    admin = f"\n  L’administration                       {settings.base_url}/admin/{signing_in}\n"
    return f"""
Je donne mon avis : la démonstration est prête.

  Une fin de démarche, avec le bouton   {site}/carte-de-stationnement/
  Le même en anglais                    {site}/fishing-licence/
  Sans JavaScript, un simple lien       {site}/message-de-confirmation/
  Le formulaire seul                    {settings.base_url}/f/k7f3q2
  Les résultats publics                 {settings.base_url}/resultats/
  Les chiffres en JSON                  {settings.base_url}/api/v1/demarches
{admin if people else ""}
Ctrl-C arrête tout. Les données restent ; « --neuf » repart de zéro.
"""


@app.command("migrate")
def migrate_command(
    database: Database = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Essayer, puis annuler.")] = False,
    distribue: Annotated[
        bool,
        typer.Option("--distribue", help="Répartir ensuite les tables sur une grappe Citus."),
    ] = False,
) -> None:
    """Mettre la base au niveau du programme. Faites une sauvegarde avant.

    Exemple : jdma migrate --database sqlite:///avis.db --dry-run
    """
    if dry_run and distribue:
        fail("--dry-run et --distribue ne vont pas ensemble : répartir ne s’essaie pas.")

    async def work() -> tuple[list[str], bool]:
        async with opened(settings_of(database)) as store:
            await (store.claim_alone() if distribue else store.claim())
            done = await store.migrate(dry_run)
            return done, distribue and await store.distribute()

    done, spread = asyncio.run(work())
    if spread:
        say("Les tables des avis et des compteurs sont réparties, démarche par démarche.")
    elif distribue:
        say("Les tables sont déjà réparties.")
    elif not done:
        say("La base est à jour.")
    for name in done:
        say(f"{name} : {'essayée, rien n’est changé' if dry_run else 'faite'}")


@app.command("copy")
def copy_command(
    source: Annotated[
        str, typer.Option("--from", help="Base de départ, que personne ne sert pendant ce temps.")
    ],
    target: Annotated[str, typer.Option("--to", help="Base d’arrivée, vide.")],
    as_json: AsJson = False,
) -> None:
    """Copier une base dans une autre, d’un moteur à l’autre, et prouver qu’elles sont les mêmes.

    Interrompue, la même commande reprend où elle en était. Rien n’est changé au départ.

    Exemple : jdma copy --from sqlite:///avis.db --to postgresql://jdma@serveur/avis
    """

    async def work() -> Copied:
        start = settings_of(source)
        if start.sqlite_path and not start.sqlite_path.exists():
            fail(f"{start.sqlite_path} n’existe pas.")
        async with opened(start) as old, opened(settings_of(target)) as new:
            await old.claim_alone()
            await serve.check_migrated(old)
            await new.claim_alone()
            await new.migrate()
            with progress() as bar:
                task = bar.add_task("Copie, puis comparaison", total=2 * await old.total())
                return await copy(old, new, lambda n: bar.advance(task, n))

    if source == target:
        fail("--from et --to sont la même base.")
    with asyncio.Runner(loop_factory=serve.loop_factory()) as runner:
        copied = runner.run(work())
    if as_json:
        print_json(asdict(copied))
    else:
        say(
            f"{copied.avis} avis de {copied.demarches} démarche(s) copiés, comparés et recomptés"
            f"{' (copie reprise)' if copied.resumed else ''}."
        )


@app.command("verify")
def verify_command(database: Database = None, as_json: AsJson = False) -> None:
    """Vérifier le fichier, puis comparer les compteurs à un recomptage des avis. Code de sortie 1
    si quelque chose est abîmé ou diffère.

    Exemple : jdma verify --database sqlite:///avis.db
    """

    async def work() -> list[tuple[Demarche, Difference]]:
        async with opened(settings_of(database)) as store:
            await serve.check_migrated(store)
            with progress() as bar:
                bar.add_task("Intégrité de la base", total=None)
                sound = await store.check()
            if sound and not as_json:
                say("La base est intègre.")
            if (horizon := await store.horizon()) and not as_json:
                say(f"Avant le {horizon}, les avis s’effacent : les compteurs des jours y restent.")
            demarches = (await store.load_catalogue()).demarches.values()
            with progress() as bar:
                return [
                    (demarche, difference)
                    for demarche in bar.track(demarches, description="Recomptage")
                    for difference in await verify(store, demarche)
                ]

    differences = asyncio.run(work())
    if as_json:
        print_json(
            [{**d.cell._asdict(), "n": d.stored, "recompte": d.recounted} for _, d in differences]
        )
    else:
        for demarche, d in differences:
            _, *cell = d.cell
            where = " ".join(map(str, (demarche.slug, *cell)))
            say(f"{where} : compteur {d.stored}, recompte {d.recounted}")
    if differences:
        fail(f"{len(differences)} compteur(s) faux ; « jdma rebuild » les répare.")
    if not as_json:
        say("Les compteurs sont égaux au recomptage.")


@app.command("rebuild")
def rebuild_command(database: Database = None) -> None:
    """Refaire les compteurs à partir des avis, démarche par démarche.

    Exemple : jdma rebuild --database sqlite:///avis.db
    """

    async def work() -> int:
        async with opened(settings_of(database)) as store:
            await serve.check_migrated(store)
            demarches = (await store.load_catalogue()).demarches
            with progress() as bar:
                for id in bar.track(demarches, description="Compteurs"):
                    await store.rebuild(id)
            return len(demarches)

    say(f"Compteurs refaits pour {asyncio.run(work())} démarche(s).")


@app.command("version")
def version_command(as_json: AsJson = False) -> None:
    """Dire la version.

    Exemple : jdma version --json
    """
    if as_json:
        print_json({"version": __version__})
    else:
        say(__version__)
