"""What a server says of itself: one event a line, in words or in JSON, and nothing of anyone.

Of an exception its kind and its way are told, never its message: that is where a database quotes
what it was given, a mail server whom it was for. A level that tells more does not exist.
"""

from __future__ import annotations

import errno
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType

from collector.config import Settings
from collector.wire.request_id import current

LEVELS = {"info": logging.INFO, "avertissement": logging.WARNING, "erreur": logging.ERROR}
MOST_CAUSES = 8

# What would begin a line that nobody wrote, or move a terminal's cursor.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Words(logging.Formatter):
    """`WARNING collector.writer: …`; what follows an event is indented below it."""

    def format(self, record: logging.LogRecord) -> str:
        id = current()
        lines = [f"{record.levelname} {record.name}: {said(record)}{f' [{id}]' if id else ''}"]
        if record.exc_info and record.exc_info[1]:
            lines += ["  Traceback", *(f"    {each}" for each in way_of(record.exc_info[1]))]
        return "\n".join(lines)


class Json(logging.Formatter):
    """One object a line: time (UTC), level, logger, message; request_id and traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, object] = {
            "time": _instant(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": said(record),
        }
        if id := current():
            event["request_id"] = id
        if record.exc_info and record.exc_info[1]:
            event["traceback"] = list(way_of(record.exc_info[1]))
        return json.dumps(event, ensure_ascii=False)


def set_up(settings: Settings) -> None:
    """To stderr, what an operator should know, as the settings have it."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if settings.log == "json" else Words())
    logging.basicConfig(handlers=[handler], level=LEVELS[settings.log_level])
    if settings.log_level != "erreur":
        logging.getLogger("collector.purge").setLevel(logging.INFO)  # what was deleted, by number
    sys.excepthook = _last_words


def teller(settings: Settings, say: Callable[[str], None]) -> Callable[[str], None]:
    """How a server says that it is ready: in words, or as an event among the others."""
    return _tell if settings.log == "json" else say


def _tell(sentence: str) -> None:
    logger = logging.getLogger("collector.serve")
    logger.setLevel(logging.INFO)
    logger.info("%s", sentence)


def said(record: logging.LogRecord) -> str:
    """The message of an event, on one line."""
    message = record.getMessage()
    if record.name == "asyncio":
        message = message.partition("\n")[0]  # below it are tasks, as they would write themselves
    return _CONTROLS.sub(" ", message).strip()


def way_of(error: BaseException) -> Iterator[str]:
    """The kind of an exception and where it came by, outermost first; then of what caused it."""
    at: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if at is None:
            return
        yield _kind(at)
        trace = at.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            yield f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno} {code.co_name}"
            trace = trace.tb_next
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def _kind(error: BaseException) -> str:
    """Its name, and its code where it has one: those are of a list that is known beforehand."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    number = errno.errorcode.get(getattr(error, "errno", None) or 0)
    code = number or getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    return f"{name} ({code})" if code else name


def _instant(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03}Z"


def _last_words(kind: type[BaseException], error: BaseException, way: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, way)
    else:
        logging.getLogger("collector").critical("it ends here", exc_info=(kind, error, way))
