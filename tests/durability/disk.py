"""What is on a disk when the power goes, of all that a server had asked the system to write.

On disk for sure is what was synced: the bytes of a file by a sync of it, its name by a sync of its
folder. Of the rest any sector may have arrived or not, in whatever order they were handed over.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

SECTOR = 512  # bytes: what a disk writes whole, or not at all


@dataclass(frozen=True, slots=True)
class Written:
    path: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Named:
    """A file got its name, or lost it."""

    path: str
    there: bool


@dataclass(frozen=True, slots=True)
class Synced:
    """All that was handed over of a file, or of the names in a folder, before the event number
    `begun`, is on disk."""

    path: str
    begun: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A 200 or 201 began to leave."""

    cle: str
    etape: int


Event = Written | Resized | Named | Synced | Acknowledged

# A trace, in events. Its lines are calls that `system.recorder` asked for: whole, or in two parts.

_LINE = re.compile(r"(\d+) +(?:<\.\.\. \w+ resumed>)?(.*?)( <unfinished \.\.\.>)?\n")
_FILE = r"\d+<(?P<path>[^>]*)>(?:\(deleted\))?"
_CALLS = {
    "pwrite64": rf'{_FILE}, "(?P<data>[^"]*)", \d+, (?P<offset>\d+)\) += (?P<done>\d+)',
    "ftruncate": rf"{_FILE}, (?P<size>\d+)\) += 0",
    "fdatasync": rf"{_FILE}\) += 0",
    "fsync": rf"{_FILE}\) += 0",
    "openat": r'[^"]*"(?P<path>[^"]*)", [A-Z_|]*O_CREAT.* = \d+',
    "unlink": r'"(?P<path>[^"]*)"\) += 0',
    "read": rf'{_FILE}, "(?P<data>[^"]*)", \d+\) += \d+',
    "write": rf'{_FILE}, "(?P<data>[^"]*)", \d+',
}
_PATTERNS = {name: re.compile(rf"{name}\({rest}") for name, rest in _CALLS.items()}
_BODY = re.compile(rb'"cle":"([0-9a-f-]{36})","etape":(\d+)')
_STORED = re.compile(rb"HTTP/1\.1 20[01] ")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


class Reader:
    """Reads a trace: what became of a base and its log, and who was told that an avis is stored."""

    def __init__(self, base: Path) -> None:
        self._files = {str(base), f"{base}-wal", str(base.parent)}
        self._begun: dict[str, tuple[str, int]] = {}
        self._asked: defaultdict[str, bytes] = defaultdict(bytes)
        self.events: list[Event] = []

    def read(self, lines: Iterable[str]) -> list[Event]:
        for line in lines:
            if found := _LINE.fullmatch(line):
                self._line(*found.groups())
        return self.events

    def _line(self, thread: str, text: str, begins: str | None) -> None:
        start, number = self._begun.pop(thread, ("", len(self.events)))
        if begins and not self._is_answer(text):
            self._begun[thread] = text, number
            return
        call = start + text
        name = call.partition("(")[0]
        if name in _PATTERNS and (found := _PATTERNS[name].match(call)):
            self._call(name, found.groupdict(), number)

    def _is_answer(self, text: str) -> bool:
        return text.startswith("write(")

    def _call(self, name: str, given: dict[str, str], number: int) -> None:
        path = _bytes(given["path"]).decode()
        if path.startswith("socket:"):
            self._exchange(name, path, _bytes(given["data"]))
        elif path in self._files:
            self.events.append(_event(name, path, given, number))

    def _exchange(self, name: str, socket: str, data: bytes) -> None:
        if name == "read":
            self._asked[socket] += data
            return
        body = _BODY.search(self._asked.pop(socket, b""))
        if body and _STORED.match(data):
            self.events.append(Acknowledged(body[1].decode(), int(body[2])))


def _event(name: str, path: str, given: dict[str, str], number: int) -> Event:
    match name:
        case "pwrite64":
            data = _bytes(given["data"])[: int(given["done"])]
            return Written(path, int(given["offset"]), data)
        case "ftruncate":
            return Resized(path, int(given["size"]))
        case "openat" | "unlink":
            return Named(path, name == "openat")
    return Synced(path, number)


# The disk those events go to.


@dataclass
class _File:
    synced: bytearray
    waiting: list[tuple[int, Written | Resized]] = field(default_factory=list)

    def sync(self, begun: int) -> None:
        for number, event in self.waiting:
            if number < begun:
                _apply(self.synced, event)
        self.waiting = [each for each in self.waiting if each[0] >= begun]

    def after_the_cut(self, chance: random.Random, share: float) -> bytes:
        content = bytearray(self.synced)
        for _, event in self.waiting:
            for part in _sectors(event):
                if chance.random() < share:
                    _apply(content, part)
        return bytes(content)


@dataclass
class Disk:
    """A disk that takes events, in order. `files` are on it at the start, names and all."""

    files: dict[str, _File]
    named: dict[str, _File]
    waiting: list[tuple[int, Named, _File]] = field(default_factory=list)

    @classmethod
    def holding(cls, contents: Mapping[str, bytes]) -> Disk:
        files = {path: _File(bytearray(content)) for path, content in contents.items()}
        return cls(files, dict(files))

    def take(self, number: int, event: Event) -> None:
        match event:
            case Written() | Resized():
                self.files[event.path].waiting.append((number, event))
            case Named(path, there) if there != (path in self.files):
                file = self.files[path] if not there else _File(bytearray())
                self.waiting.append((number, event, file))
                _name(self.files, event, file)
            case Synced(path, begun) if path in self.files:
                self.files[path].sync(begun)
            case Synced(path, begun):
                for number, event, file in self.waiting:
                    if number < begun:
                        _name(self.named, event, file)
                self.waiting = [each for each in self.waiting if each[0] >= begun]

    def after_the_cut(self, chance: random.Random, share: float) -> dict[str, bytes]:
        """The files that are found when the power is back: what was synced, and of the rest each
        sector and each name with the probability `share`."""
        named = dict(self.named)
        for _, event, file in self.waiting:
            if chance.random() < share:
                _name(named, event, file)
        return {path: file.after_the_cut(chance, share) for path, file in named.items()}


def _name(names: dict[str, _File], event: Named, file: _File) -> None:
    if event.there:
        names[event.path] = file
    else:
        names.pop(event.path, None)


def _apply(content: bytearray, event: Written | Resized) -> None:
    size = event.size if isinstance(event, Resized) else event.offset
    content.extend(bytes(max(0, size - len(content))))
    if isinstance(event, Resized):
        del content[event.size :]
    else:
        content[event.offset : event.offset + len(event.data)] = event.data


def _sectors(event: Written | Resized) -> Iterator[Written | Resized]:
    """A write in the parts of it that reach a disk apart."""
    if isinstance(event, Resized):
        yield event
        return
    start, end = event.offset, event.offset + len(event.data)
    edges = [start, *range(start // SECTOR * SECTOR + SECTOR, end, SECTOR), end]
    for left, right in pairwise(edges):
        yield Written(event.path, left, event.data[left - start : right - start])
