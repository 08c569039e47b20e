"""What has to be true around a server before it starts: looked at together, told together.

Nothing is made or changed here, so that `jdma diagnostic` may look too. Each part says all this
again when it starts, for whoever comes in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec

from collector.annexe import annexes
from collector.clock import Clock
from collector.config import SECRET_LENGTH, Clash, ConfigError, Settings
from collector.secret import path_beside, read
from collector.store import NO_DRIVER
from collector.store.contract import StoreError
from collector.store.sqlite_paths import Paths

NO_SECRET = (
    "JDMA_SECRET manque : avec PostgreSQL, tous les processus ont le même, donné par vous "
    f"({SECRET_LENGTH} caractères au moins, tirés au hasard)."
)


def around(settings: Settings) -> Iterator[Clash]:
    """Everything that would stop a start with these settings, but for the database itself."""
    for names, look in _LOOKS.items():
        try:
            look(settings)
        except (ConfigError, StoreError, OSError) as error:
            yield Clash(names, str(error))


def _database(settings: Settings) -> None:
    path = settings.sqlite_path
    if path is None:
        if find_spec("asyncpg") is None:
            raise StoreError(NO_DRIVER)
        return
    if not path.parent.is_dir():
        raise StoreError(f"{path} ne s’ouvre pas : {path.parent} n’est pas un dossier.")
    if path.is_dir():
        raise StoreError(f"{path} ne s’ouvre pas : c’est un dossier.")
    Paths(path).check_before_opening()


def _secret(settings: Settings) -> None:
    if settings.secret:
        return
    if settings.sqlite_path is None:
        raise ConfigError(NO_SECRET)
    if (path := path_beside(settings.sqlite_path)).exists():
        read(path)


def _audit(settings: Settings) -> None:
    if settings.audit and settings.audit.le > Clock().now().jour:
        raise ConfigError(
            f"JDMA_ACCESSIBILITE_AUDIT est du {settings.audit.le} : un audit à venir ne dit rien."
        )


def _annexes(settings: Settings) -> None:
    if settings.oidc_issuer:  # all that may be missing; else the imports would only be waited for
        annexes(settings)


_LOOKS: dict[tuple[str, ...], Callable[[Settings], None]] = {
    ("database",): _database,
    ("database", "secret"): _secret,
    ("accessibilite_audit",): _audit,
    ("admin", "oidc_issuer"): _annexes,
}
