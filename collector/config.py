"""Every setting, declared as data: name, default, what it accepts, what it does.

The command line, `jdma serve --help`, the README and the tests walk `Settings`.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from email.errors import MessageError
from email.policy import SMTP
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from collector.asked.periode import mois_avant
from collector.wire.proxies import read_trusted

PREFIX = "JDMA_"
SECRET_LENGTH = 32
SOCKET = "unix:"
ACCESSIBILITE = ("non_conforme", "partielle", "totale")
# The part of the criteria that has to be met to be said so.
_LEAST_MET = {"partielle": 50, "totale": 100}
AUDIT_MONTHS = 36
TOTP = ("operateurs", "tous", "personne")
LOG = ("texte", "json")
LOG_LEVELS = ("info", "avertissement", "erreur")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# As browsers write them, and as a policy of pages takes them: other letters are sent encoded.
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
NEVER_SHOWN = ("secret", "old_secrets", "sdg_key", "smtp_url", "oidc_client_secret")
_CONTACT = re.compile(r"mailto:[!-?A-~]+@[!-?A-~]+|https://[!-~]+")
_DIGITS = re.compile(r"[0-9]{1,18}")  # Python refuses to read numbers of more than 4,300


class ConfigError(Exception):
    """One or more settings are wrong; each line names the setting, the value, what is wanted."""


class _Wanted(ValueError):
    """What a parser wanted instead of what it got."""


def resource(*parts: str) -> Path:
    """A file or folder shipped with the program: in the wheel, or in the checkout."""
    here = Path(__file__).parent
    shipped = here / "_data"
    return (shipped if shipped.is_dir() else here.parent).joinpath(*parts)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if _DIGITS.fullmatch(text) and least <= int(text) <= most:
            return int(text)
        raise _Wanted(f"un nombre entier de {least} à {most}")

    return parse


def _number(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if least <= value <= most:
            return value
        raise _Wanted(f"un nombre de {least:g} à {most:g}")

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text in words:
            return text
        raise _Wanted(f"{', '.join(words[:-1])} ou {words[-1]}")

    return parse


def _database(text: str) -> str:
    if text.startswith("sqlite:///") and len(text) > len("sqlite:///"):
        return text
    if text.startswith(("postgresql://", "postgres://")) and urlsplit(text).path.strip("/"):
        return text
    raise _Wanted(
        "une adresse sqlite:///chemin/du/fichier.db ou postgresql://utilisateur@serveur/base"
    )


def _yes(text: str) -> bool:
    if text in ("oui", "non"):
        return text == "oui"
    raise _Wanted("oui ou non")


def _base_url(text: str) -> str:
    if not text:
        return text
    wanted = _Wanted("une adresse http:// ou https://, ou rien")
    try:
        parts = urlsplit(text)
        origin = origin_of(text)
    except ValueError:
        raise wanted from None
    if parts.query or parts.fragment:
        raise wanted
    return origin + parts.path.rstrip("/")


def origin_of(url: str) -> str:
    """The origin of an http(s) address as browsers write it: no capital, no default port.

    ValueError when it has none, or names a user.
    """
    parts = urlsplit(url)
    name = parts.hostname or ""
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(name) or "@" in parts.netloc:
        raise ValueError(f"url {url!r}: wanted http:// or https:// and a host")
    host = f"[{name}]" if ":" in name else name
    default = parts.port in (None, _DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" + ("" if default else f":{parts.port}")


def _sdg_url(text: str) -> str:
    if text and not is_safe_address(text):
        raise _Wanted("une adresse https:// sans nom d’utilisateur, ou rien")
    return text


def _issuer(text: str) -> str:
    if text and (not is_safe_address(text) or urlsplit(text).query):
        raise _Wanted("une adresse https:// sans nom d’utilisateur ni « ? », ou rien")
    return text  # as it stands: a provider is known by each character of it


def is_safe_address(url: str) -> bool:
    """Whether something may be sent there: https, or a server on this machine; no user named."""
    try:
        parts = urlsplit(_key(url))
        origin_of(url)
    except ValueError:
        return False
    return not parts.fragment and (parts.scheme == "https" or is_loopback(parts.hostname or ""))


def is_loopback(host: str) -> bool:
    """Whether what is sent to this host stays on the machine."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None


def _smtp_url(text: str) -> str:
    wanted = _Wanted("smtp://utilisateur:mot-de-passe@serveur:port, smtps://…, ou rien")
    if not text:
        return text
    try:
        parts = urlsplit(_key(text))
        named = _HOST.fullmatch(parts.hostname or "") and (parts.port or 1) > 0
    except ValueError:
        raise wanted from None
    bare = not parts.path.strip("/") and not parts.query and not parts.fragment
    alone = parts.username is None and parts.password is None
    known = alone or (parts.username and parts.password)
    if parts.scheme in ("smtp", "smtps") and named and bare and known:
        return text
    raise wanted


def _contacts(text: str) -> str:
    contacts = text.split()
    if all(_CONTACT.fullmatch(each) for each in contacts):
        return " ".join(contacts)
    raise _Wanted("mailto:securite@exemple.fr, https://…, ou rien ; plusieurs, par des espaces")


def _sender(text: str) -> str:
    wanted = _Wanted("une adresse comme avis@exemple.fr ou Mon avis <avis@exemple.fr>, ou rien")
    if not text:
        return text
    try:
        header = SMTP.header_factory("from", text)
    except (IndexError, ValueError, MessageError):  # what `email` says of « a@ », of a line break
        raise wanted from None
    if header.defects or len(header.addresses) != 1 or not text.isprintable():
        raise wanted
    if not header.addresses[0].addr_spec.isascii():
        raise wanted
    return text


def _key(text: str) -> str:
    if text.isascii() and (not text or text.isprintable()) and " " not in text:
        return text
    raise _Wanted("des lettres, chiffres et signes ASCII sans espace, ou rien")


class Audit(NamedTuple):
    """An audit of accessibility: its day, the criteria met in percent, who made it."""

    le: date
    taux: float
    auditeur: str

    def is_over(self, today: date) -> bool:
        """Whether nothing may be declared from it any more: a declaration is good for three years
        (RGAA, obligations)."""
        return self.le < mois_avant(today, AUDIT_MONTHS)


def _audit_of(text: str) -> Audit:
    """ValueError when it is none."""
    le, _, rest = text.partition(",")
    taux, _, auditeur = rest.partition(",")
    found = Audit(date.fromisoformat(le.strip()), float(taux), auditeur.strip())
    if 0 <= found.taux <= 100 and found.auditeur:
        return found
    raise ValueError(text)


def _audit(text: str) -> str:
    with contextlib.suppress(ValueError):
        if text.strip():
            _audit_of(text)
        return text.strip()
    raise _Wanted("un jour, des pour cent et un nom, comme 2026-10-12, 87.5, Cabinet Exemple")


def _https(text: str) -> str:
    try:
        if not text or (text.startswith("https://") and origin_of(text)):
            return text
    except ValueError:
        pass
    raise _Wanted("une adresse https://, ou rien")


def _acr(text: str) -> str:
    return " ".join(_key(each) for each in text.split())


def _secret(text: str) -> str:
    if text and len(text) < SECRET_LENGTH:
        raise _Wanted(f"au moins {SECRET_LENGTH} caractères tirés au hasard, ou rien")
    return text


def _old_secrets(text: str) -> str:
    if any(len(each) < SECRET_LENGTH for each in text.split()):
        raise _Wanted(f"des secrets de {SECRET_LENGTH} caractères ou plus, séparés par des espaces")
    return " ".join(text.split())


def _langues(text: str) -> str:
    asked = [langue.strip().lower() for langue in text.split(",")]
    known = sorted(path.stem for path in resource("schemas", "textes").glob("*.json"))
    if "fr" in asked and set(asked) <= set(known):
        return ",".join(dict.fromkeys(asked))
    raise _Wanted(f"fr, et si besoin d’autres de {', '.join(known)}, séparées par des virgules")


def _text(text: str) -> str:
    return text.strip()


def _host(text: str) -> str:
    text = text.strip()
    if text.startswith(SOCKET) and not text.startswith(f"{SOCKET}/"):
        raise _Wanted("une adresse IP, un nom, ou unix:/chemin/du/socket")
    return text


def _proxies(text: str) -> str:
    try:
        read_trusted(text)
    except ValueError:
        raise _Wanted(
            "des adresses (127.0.0.1), des réseaux (10.0.0.0/8, 2001:db8::/32, mais pas tous) ou "
            "« unix », séparés par des virgules, ou rien"
        ) from None
    return text.strip()


def _setting(default: object, parse: Callable[[str], object], help: str) -> Any:
    return field(default=default, metadata={"parse": parse, "help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Each is the variable JDMA_NAME and the option --name of `jdma serve`."""

    database: str = _setting(
        "sqlite:///avis.db",
        _database,
        "Base de données : sqlite:///avis.db, ou postgresql://utilisateur@serveur/base.",
    )
    unsafe_database: bool = _setting(
        False,
        _yes,
        "Accepter un PostgreSQL réglé pour pouvoir perdre ce qu’il a confirmé : oui ou non.",
    )
    workers: int = _setting(
        1,
        _whole(1, 64),
        "Processus qui servent ensemble, avec PostgreSQL. Les limites par minute sont comptées "
        "par processus.",
    )
    host: str = _setting(
        "127.0.0.1", _host, "Adresse d’écoute, ou unix:/chemin pour un socket de la machine."
    )
    port: int = _setting(8000, _whole(1, 65535), "Port d’écoute.")
    public_url: str = _setting(
        "",
        _base_url,
        "Adresse publique du collecteur, écrite dans les extraits à coller "
        "(par défaut http://HOST:PORT).",
    )
    secret: str = _setting(
        "",
        _secret,
        "Secret qui signe les jetons. Sans lui, il est tiré au hasard et gardé à côté "
        "de la base, lisible par son seul propriétaire.",
    )
    old_secrets: str = _setting(
        "",
        _old_secrets,
        "Secrets d’avant, séparés par des espaces : ce qu’ils ont signé est encore accepté, et "
        "plus rien n’est signé avec eux. Jamais affichés. À donner en variable.",
    )
    trusted_proxies: str = _setting(
        "",
        _proxies,
        "Mandataires dont X-Forwarded-For ou Forwarded est cru : adresses, réseaux (10.0.0.0/8) ou "
        "unix (le socket de JDMA_HOST), séparés par des virgules.",
    )
    address_rate: int = _setting(
        30, _whole(0, 1_000_000), "Avis par minute et par adresse ; 0 : sans limite."
    )
    address_burst: int = _setting(
        10, _whole(1, 1_000_000), "Avis d’affilée par adresse avant d’attendre."
    )
    bouton_rate: int = _setting(
        6_000, _whole(0, 10_000_000), "Avis par minute et par bouton ; 0 : sans limite."
    )
    bouton_burst: int = _setting(
        1_000, _whole(1, 10_000_000), "Avis d’affilée par bouton avant d’attendre."
    )
    queue_size: int = _setting(
        2_000, _whole(1, 1_000_000), "Avis en attente d’écriture avant de répondre 503."
    )
    langues: str = _setting(
        "fr,en",
        _langues,
        "Langues du formulaire, séparées par des virgules ; fr en est toujours. Sont livrées "
        "aussi, à faire relire avant de les servir : es, de, it, pt, ar.",
    )
    keep_comments: int = _setting(
        12,
        _whole(1, 60),
        "Mois de garde des commentaires ; plus anciens, ils sont effacés chaque jour.",
    )
    keep_avis: int = _setting(
        25,
        _whole(1, 120),
        "Mois de garde des avis, au moins autant que leurs commentaires ; leurs compteurs restent.",
    )
    keep_contacts: int = _setting(
        6,
        _whole(1, 60),
        "Mois de garde des adresses électroniques laissées pour être recontacté, pas plus que les "
        "avis.",
    )
    keep_journal: int = _setting(
        12,
        _whole(6, 36),
        "Mois de garde du journal de ce que font les agents, téléchargements compris.",
    )
    keep_comptes: int = _setting(
        12,
        _whole(1, 60),
        "Mois après lesquels un compte fermé perd nom, adresse et droits ; son numéro reste au "
        "journal.",
    )
    min_seconds: float = _setting(
        1.0,
        _number(0, 60),
        "Un avis donné plus vite après l’ouverture du formulaire est mis à part.",
    )
    jeton_hours: int = _setting(24, _whole(1, 168), "Durée de validité d’un formulaire ouvert.")
    public_threshold: int = _setting(
        11, _whole(1, 1_000), "Nombre d’avis sous lequel un chiffre public est retenu."
    )
    class_minimum: int = _setting(
        100, _whole(1, 100_000), "Nombre de réponses sous lequel aucune classe n’est donnée."
    )
    class_bon: float = _setting(8.0, _number(0, 10), "Note à partir de laquelle c’est « bon ».")
    class_moyen: float = _setting(5.0, _number(0, 10), "Note à partir de laquelle c’est « moyen ».")
    log: str = _setting(
        "texte",
        _one_of(*LOG),
        "Journal du serveur, sur la sortie d’erreur : texte, ou json (un par ligne).",
    )
    log_level: str = _setting(
        "avertissement",
        _one_of(*LOG_LEVELS),
        "Ce qui y est dit : info (chaque refus aussi), avertissement ou erreur.",
    )
    security_contact: str = _setting(
        "",
        _contacts,
        "À qui signaler une faille, écrit dans /.well-known/security.txt : mailto:… ou https://…, "
        "plusieurs séparés par des espaces.",
    )
    admin: bool = _setting(True, _yes, "Servir l’administration, sous /admin/ : oui ou non.")
    totp: str = _setting(
        "operateurs",
        _one_of(*TOTP),
        "Qui donne un code à usage unique en plus du mot de passe : operateurs, tous ou personne.",
    )
    session_minutes: int = _setting(
        30,
        _whole(5, 720),
        "Minutes sans rien faire après lesquelles une session de l’administration finit.",
    )
    sdg_url: str = _setting(
        "", _sdg_url, "Adresse en https du dépôt européen des avis, pour « jdma sdg --envoyer »."
    )
    sdg_key: str = _setting(
        "", _key, "Clé donnée pour ce dépôt ; jamais affichée. À donner en variable."
    )
    smtp_url: str = _setting(
        "",
        _smtp_url,
        "Serveur qui envoie les courriels : smtp://utilisateur:mot-de-passe@serveur:587 (STARTTLS, "
        "exigé sauf sur la machine même) ou smtps:// (TLS d’emblée) ; jamais affiché. À donner en "
        "variable.",
    )
    smtp_from: str = _setting(
        "", _sender, "Adresse qui envoie les courriels, comme Mon avis <avis@exemple.fr>."
    )
    oidc_issuer: str = _setting(
        "",
        _issuer,
        "Émetteur (issuer) d’un fournisseur OpenID Connect, ProConnect par exemple, par lequel on "
        "se connecte aussi à l’administration. Demande l’extra « oidc ».",
    )
    oidc_client_id: str = _setting("", _key, "Identifiant de client donné par ce fournisseur.")
    oidc_client_secret: str = _setting(
        "", _key, "Secret de client donné avec lui ; jamais affiché. À donner en variable."
    )
    oidc_acr: str = _setting(
        "",
        _acr,
        "Niveaux d’authentification (acr) acceptés, séparés par des espaces, par exemple "
        "eidas1-mfa eidas2 eidas3 ; rien : tous.",
    )
    oidc_label: str = _setting(
        "", _text, "Nom du fournisseur sur le bouton (par défaut ProConnect, ou son adresse)."
    )
    oidc_siret: bool = _setting(
        False,
        _yes,
        "Donner le rôle lecteur sur leur structure aux personnes dont le fournisseur dit le SIRET "
        "d’une structure du catalogue : oui ou non.",
    )

    responsable: str = _setting(
        "", _text, "Qui répond du recueil d’avis : nom du responsable de traitement (RGPD)."
    )
    dpo: str = _setting(
        "",
        _text,
        "Où joindre le délégué à la protection des données : adresse de courriel ou de page.",
    )
    hebergeur: str = _setting("", _text, "Nom et ville de l’hébergeur, s’il est un autre.")
    accessibilite: str = _setting(
        "non_conforme",
        _one_of(*ACCESSIBILITE),
        "État de conformité au RGAA de la déclaration d’accessibilité : non_conforme, partielle "
        "ou totale ; les deux derniers demandent un audit.",
    )
    accessibilite_audit: str = _setting(
        "",
        _audit,
        "Dernier audit d’accessibilité : jour, pour cent de critères respectés, auditeur, comme "
        "2026-10-12, 87.5, Cabinet Exemple. Rien n’en est plus déclaré après trois ans.",
    )
    accessibilite_contact: str = _setting(
        "", _text, "À qui écrire quand un défaut d’accessibilité arrête : adresse ou page."
    )
    accessibilite_schema: str = _setting(
        "", _https, "Adresse du schéma pluriannuel d’accessibilité et de son plan d’action."
    )

    @property
    def base_url(self) -> str:
        """The address the outside knows, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def socket_path(self) -> Path | None:
        """The socket to listen on, where `host` names one and no address."""
        return Path(self.host.removeprefix(SOCKET)) if self.host.startswith(SOCKET) else None

    @property
    def base_path(self) -> str:
        """The path of `base_url`: empty unless a proxy serves the collector below a prefix."""
        return urlsplit(self.base_url).path

    @property
    def origin(self) -> str:
        """Our own origin: scheme, host and port of `base_url`, as browsers write them."""
        return origin_of(self.base_url)

    @property
    def secrets_before(self) -> tuple[str, ...]:
        """Secrets that sign nothing any more, and are still believed."""
        return tuple(self.old_secrets.split())

    @property
    def audit(self) -> Audit | None:
        """The last audit of accessibility."""
        return _audit_of(self.accessibilite_audit) if self.accessibilite_audit else None

    @property
    def sqlite_path(self) -> Path | None:
        """The file of a SQLite database; None when it is another."""
        path = self.database.removeprefix("sqlite:///")
        return Path(path) if path != self.database else None


@dataclass(frozen=True, slots=True)
class Declared:
    """How one setting is declared."""

    name: str
    variable: str
    default: str
    help: str


def declared() -> list[Declared]:
    """Every setting, in order, for help pages and tests."""
    return [
        Declared(f.name, PREFIX + f.name.upper(), written(f.default), f.metadata["help"])
        for f in fields(Settings)
    ]


def written(value: object) -> str:
    """A value as one would write it."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(value)


class Clash(NamedTuple):
    """What is wrong although each value may be right by itself, and the settings it is about."""

    names: tuple[str, ...]
    sentence: str


def load(
    given: Mapping[str, str | None],
    environ: Mapping[str, str] = os.environ,
    around: Callable[[Settings], Iterable[Clash]] = lambda _: (),
) -> Settings:
    """Settings from options (`given`, by name; None: not given), then JDMA_* variables.

    Raises ConfigError that lists everything that is wrong at once: values, unknown names, values
    that do not go together, and what `around` finds.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for each in fields(Settings):
        variable = PREFIX + each.name.upper()
        text = given.get(each.name)
        if text is None:
            text = environ.get(variable)
        if text is None:
            continue
        try:
            values[each.name] = each.metadata["parse"](text)
        except _Wanted as wanted:
            shown = "…" if each.name in NEVER_SHOWN else f"« {without_password(text)} »"
            wrong[each.name] = f"{variable} vaut {shown} : il faut {wanted}."
    settings = Settings(**values)
    # A value that is wrong is told as such, and not taken for its default.
    clashes = [
        clash.sentence
        for clash in (*_clashes(settings), *around(settings))
        if not wrong.keys() & set(clash.names)
    ]
    if found := [*sorted([*wrong.values(), *_unknown(environ)]), *clashes]:
        raise ConfigError("\n".join(found))
    return settings


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    known = {PREFIX + f.name.upper() for f in fields(Settings)}
    for name in environ:
        if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_"):
            yield f"{name} n’est pas un réglage connu."


def _clashes(settings: Settings) -> Iterator[Clash]:
    if settings.workers > 1 and settings.sqlite_path:
        yield Clash(
            ("workers", "database"),
            f"JDMA_WORKERS vaut {settings.workers} : un fichier SQLite n’a qu’un processus. "
            "Pour plusieurs, il faut PostgreSQL.",
        )
    if settings.socket_path and not settings.public_url:
        yield Clash(
            ("host", "public_url"),
            f"JDMA_HOST vaut « {settings.host} » : un socket n’a pas d’adresse pour le public ; il "
            "faut JDMA_PUBLIC_URL.",
        )
    least = _LEAST_MET.get(settings.accessibilite, 0)
    if least and not (settings.audit and settings.audit.taux >= least):
        yield Clash(
            ("accessibilite", "accessibilite_audit"),
            f"JDMA_ACCESSIBILITE vaut {settings.accessibilite} : il faut alors dans "
            f"JDMA_ACCESSIBILITE_AUDIT un audit d’au moins {least} %.",
        )
    if bool(settings.smtp_url) != bool(settings.smtp_from):
        yield Clash(
            ("smtp_url", "smtp_from"),
            "JDMA_SMTP_URL et JDMA_SMTP_FROM vont ensemble : l’un des deux manque.",
        )
    if settings.oidc_issuer and not (settings.oidc_client_id and settings.oidc_client_secret):
        yield Clash(
            ("oidc_issuer", "oidc_client_id", "oidc_client_secret"),
            "JDMA_OIDC_ISSUER demande JDMA_OIDC_CLIENT_ID et JDMA_OIDC_CLIENT_SECRET, que ce "
            "fournisseur vous a donnés.",
        )
    if settings.keep_comments > settings.keep_avis:
        yield Clash(
            ("keep_comments", "keep_avis"),
            f"JDMA_KEEP_COMMENTS vaut {settings.keep_comments} et JDMA_KEEP_AVIS "
            f"{settings.keep_avis} : un commentaire ne se garde pas plus longtemps que son avis.",
        )
    if settings.keep_contacts > settings.keep_avis:
        yield Clash(
            ("keep_contacts", "keep_avis"),
            f"JDMA_KEEP_CONTACTS vaut {settings.keep_contacts} et JDMA_KEEP_AVIS "
            f"{settings.keep_avis} : une adresse ne se garde pas plus longtemps que son avis.",
        )
    if settings.class_moyen > settings.class_bon:
        yield Clash(
            ("class_moyen", "class_bon"),
            f"JDMA_CLASS_MOYEN vaut {settings.class_moyen:g} et JDMA_CLASS_BON "
            f"{settings.class_bon:g} : « moyen » ne peut pas commencer plus haut que « bon ».",
        )


def without_password(address: str) -> str:
    """An address of a database, to show: its password is not, wherever in it that stands."""
    shown = re.sub(r"^(\w+://[^/@]*?):[^/]*@", r"\1:…@", address)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1…", shown, flags=re.IGNORECASE)
