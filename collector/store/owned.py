"""Files that are made for their owner alone, whatever the umask of who starts the program is.

Only making them is decided here: a file that is there keeps the mode its owner chose.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

FILE, FOLDER = 0o600, 0o700


def make(path: Path) -> None:
    """An empty file, unless there is one. Raises OSError."""
    # Only one of our own is closed here: to close a file that SQLite has open in this process would
    # let go of its locks. The end of a link may be missing too, which O_EXCL takes for a file;
    # of links in a circle pathlib raises an error that is none of the system's.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(os.path.realpath(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE))


def new(path: Path) -> BinaryIO:
    """A new file, open to write. Raises OSError, FileExistsError among them."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "wb")
