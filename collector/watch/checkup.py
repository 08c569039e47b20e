"""What an operator pastes in a ticket: versions, settings, and what was looked at.

It changes nothing, asks nobody outside the machine unless told to, and names nobody. It runs beside
a server as well as without one.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import platform
import resource
import shutil
import ssl
import stat
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from collector import __version__
from collector.clock import Clock
from collector.config import ConfigError, Settings, is_loopback
from collector.secret import path_beside, read
from collector.starting import around
from collector.store.contract import StoreError
from collector.store.sounding import Sounded, sounded
from collector.watch.findings import Finding, attention, echec, ok

LIBRARIES = (
    "starlette", "uvicorn", "uvloop", "httptools", "orjson", "jsonschema-rs", "jinja2",
    "argon2-cffi", "aiosmtplib", "asyncpg", "pyarrow", "joserfc",
)  # fmt: skip
LITTLE_ROOM, NO_ROOM = 1e9, 2e8  # bytes
FEW_FILES = 4_096
CLOCK_SECONDS = 5  # by which two clocks may differ before somebody should look
CERTIFICATE_DAYS = 14
ASKED_SECONDS = 5.0


def versions() -> dict[str, str]:
    """Of the program, of Python, of the system and of the libraries that matter."""
    found = {"jdma": __version__, "python": platform.python_version(), "systeme": _system()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _system() -> str:
    return f"{platform.system()} {platform.release()} {platform.machine()}"


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Everything that can be seen from here, nothing asked outside but of the database."""
    stops = [clash.sentence for clash in around(settings)]
    for sentence in stops:
        yield echec("démarrage", sentence)
    if not stops:
        yield ok("démarrage", "rien n’empêche un serveur de démarrer avec ces réglages")
    async for each in _database(settings):
        yield each
    for look in (_room, _kept, _clock, _files, _address, _proxies, _audit):
        for each in look(settings):
            yield each


# The database


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    nom = "base"
    if settings.sqlite_path and not settings.sqlite_path.exists():
        yield attention(nom, "elle n’existe pas encore : le premier « jdma serve » la fait")
        return
    try:
        async with sounded(settings) as base:
            yield ok(nom, f"{base.moteur}, lisible, et garde ce qu’elle confirme")
            async for each in _inside(settings, base):
                yield each
    except (StoreError, ImportError) as error:
        yield echec(nom, str(error))
    if settings.unsafe_database:
        yield attention(nom, "JDMA_UNSAFE_DATABASE=oui : un avis confirmé peut être perdu")


async def _inside(settings: Settings, base: Sounded) -> AsyncIterator[Finding]:
    if base.waiting:
        names = ", ".join(base.waiting)
        yield echec("migrations", f"en attente : {names} ; sauvegardez, puis « jdma migrate »")
        return
    yield ok("migrations", "toutes faites")
    [(latest,)] = await base.ask(_LATEST)
    if latest and latest > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 60)):
        yield attention("horloge", "le dernier avis est à venir : l’heure a reculé depuis")
    if settings.admin:
        async for each in _people(settings, base):
            yield each


# By démarche: that is how instants are in order, and it takes no time however many avis there are.
_LATEST = """/* checkup */
select max(last.recu_le)
from (
    select (select max(recu_le) from avis where avis.demarche_id = demarche.id) as recu_le
    from demarche
) as last
"""

_OPERATORS = """/* checkup */
select count(distinct compte.id), count(distinct case when compte.totp is null then compte.id end)
from compte
join droit on droit.compte_id = compte.id
where droit.role = 'operateur' and compte.ferme_le is null and compte.mot_de_passe is not null
"""


async def _people(settings: Settings, base: Sounded) -> AsyncIterator[Finding]:
    [(operators, without)] = await base.ask(_OPERATORS)
    if not operators:
        yield attention(
            "comptes", "aucun opérateur n’a encore de mot de passe : « jdma compte create ADRESSE »"
        )
    elif without and settings.totp == "personne":
        yield attention(
            "comptes",
            f"{without} opérateur(s) sur {operators} entrent sans code à usage unique : "
            "JDMA_TOTP=operateurs le demande",
        )
    else:
        yield ok("comptes", f"{operators} opérateur(s)")


# The machine


def _room(settings: Settings) -> Iterator[Finding]:
    if settings.sqlite_path and settings.sqlite_path.parent.is_dir():
        yield room(shutil.disk_usage(settings.sqlite_path.parent).free, settings.sqlite_path.parent)


def room(free: float, folder: Path) -> Finding:
    """Whether so many bytes are enough for a while."""
    said = f"{_decimal(free / 1e9)} Go libres dans {folder}"
    if free < NO_ROOM:
        return echec("disque", f"{said} : bientôt plus rien ne sera enregistré")
    if free < LITTLE_ROOM:
        return attention(
            "disque", f"{said} : faites de la place, une copie n’y tient peut-être pas"
        )
    return ok("disque", said)


def _kept(settings: Settings) -> Iterator[Finding]:
    """Who may read the database and the secret."""
    path = settings.sqlite_path
    if path is None:
        return
    for each in (path, path_beside(path)):
        if each.exists() and each.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            yield attention("droits", f"{each} se lit par tous ici : chmod 600 {each}")
    secret = path_beside(path)
    if not settings.secret and secret.exists() and secret.stat().st_mode & 0o077:
        yield attention("secret", f"{secret} se lit par d’autres : chmod 600 {secret}")
    believed = 1 + len(settings.secrets_before) if settings.secret else _lines(secret)
    if believed > 1:
        yield attention(
            "secret",
            f"{believed} secrets sont crus : « jdma secret forget » après {settings.jeton_hours} h",
        )


def _lines(secret: Path) -> int:
    """How many secrets a file holds; what is wrong with one is told where a start is looked at."""
    with contextlib.suppress(ConfigError, OSError):
        return len(read(secret))
    return 0


def _clock(_: Settings) -> Iterator[Finding]:
    program = shutil.which("timedatectl")
    said = ""
    if program:
        command = [program, "show", "--property=NTPSynchronized", "--value"]
        try:
            said = subprocess.run(  # noqa: S603 (its own path, and words of ours)
                command, capture_output=True, text=True, timeout=2, check=False
            ).stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            said = ""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if said == "no":
        yield attention("horloge", f"{now}, que rien ne met à l’heure : activez NTP")
    elif said == "yes":
        yield ok("horloge", f"{now}, mise à l’heure par NTP")
    else:
        yield ok("horloge", f"{now} ; rien ne dit ici si elle est mise à l’heure")


def _files(_: Settings) -> Iterator[Finding]:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most != resource.RLIM_INFINITY and most < FEW_FILES:
        yield attention(
            "fichiers",
            f"{most} fichiers ouverts au plus, et chaque connexion en est un : "
            "relevez LimitNOFILE, ou ulimit -n",
        )


# The address


def _address(settings: Settings) -> Iterator[Finding]:
    here = is_loopback(urlsplit(settings.base_url).hostname or "")
    if not settings.public_url:
        yield attention(
            "adresse", f"JDMA_PUBLIC_URL manque : les boutons mèneraient à {settings.base_url}"
        )
    elif settings.origin.startswith("http:") and not here:
        yield attention(
            "adresse",
            f"{settings.base_url} : une page en https n’appelle rien en http",
        )
    else:
        yield ok("adresse", settings.base_url)


def _proxies(settings: Settings) -> Iterator[Finding]:
    if not settings.trusted_proxies and settings.origin.startswith("https:"):
        yield attention(
            "mandataires",
            "l’adresse publique est en https et JDMA_TRUSTED_PROXIES est vide : toutes les "
            "personnes partagent une seule limite",
        )


def _audit(settings: Settings) -> Iterator[Finding]:
    """Of one to come, a start says what is wrong."""
    audit = settings.audit
    if audit and audit.is_over(Clock().now().jour):
        yield attention(
            "accessibilité",
            f"l’audit du {audit.le} a plus de trois ans : /accessibilite ne déclare plus rien "
            "d’après lui. Faites-en faire un autre, puis changez JDMA_ACCESSIBILITE_AUDIT",
        )


# Asked only when told to


async def network(settings: Settings) -> AsyncIterator[Finding]:
    """Whether the public address answers, with which certificate, at which hour."""
    found = await asyncio.to_thread(lambda: list(_public(settings)))
    for each in found:
        yield each


def _public(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(f"{settings.base_url}/readyz")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=ASKED_SECONDS)
    try:
        connection.connect()
        yield from _certificate(connection.sock)
        connection.request("GET", parts.path, headers={"user-agent": f"jdma/{__version__}"})
        answer = connection.getresponse()
    except ssl.SSLError:
        yield echec("accès", f"{settings.base_url} : son certificat n’est pas accepté d’ici")
        return
    except (OSError, http.client.HTTPException):
        yield echec("accès", f"{settings.base_url} ne répond pas d’ici")
        return
    finally:
        connection.close()
    if answer.status == 200:
        yield ok("accès", f"{settings.base_url} répond, et peut enregistrer")
    else:
        yield echec("accès", f"{parts.geturl()} répond {answer.status}")
    yield from _hour(answer.headers.get("date"))


def _certificate(sock: object) -> Iterator[Finding]:
    if isinstance(sock, ssl.SSLSocket) and (shown := sock.getpeercert()):
        days = (ssl.cert_time_to_seconds(str(shown["notAfter"])) - time.time()) / 86_400
        said = f"le certificat finit dans {days:.0f} jour(s)"
        yield attention("TLS", said) if days < CERTIFICATE_DAYS else ok("TLS", said)


def _hour(date: str | None) -> Iterator[Finding]:
    try:
        apart = abs(parsedate_to_datetime(date or "").timestamp() - time.time())
    except ValueError:
        return
    if apart > CLOCK_SECONDS:
        yield attention("horloge", f"{apart:.0f} s d’écart avec ce que dit l’adresse publique")


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
