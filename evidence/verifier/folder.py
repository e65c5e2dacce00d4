"""A directory in, its files out: read without following links, and never more of a file than a bound allows."""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from pathlib import Path
from typing import Any, BinaryIO

from evidence.verifier.forms import MAX_JSON_BYTES, SAFE_NAME, canonical, digest_of, parsed
from evidence.verifier.words import Bad

MAX_FILES, MAX_DEPTH, READ_BYTES = 50_000, 6, 1 << 16


class Folder:
    """A directory that is read without following links, and never more of a file than a bound allows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, int] = {}
        self.names: list[str] = []  # of all files, sorted
        self.folders: list[str] = []
        self.odd: list[str] = []

    def scan(self) -> None:
        """Lists every file with its size; what is no plain file or folder, or unsafely named, goes to ``odd``."""
        waiting = [("", 0)]
        while waiting:
            prefix, depth = waiting.pop()
            with os.scandir(self.root / prefix) as listing:
                for item in listing:
                    name = prefix + item.name
                    if not SAFE_NAME.fullmatch(item.name):
                        self.odd.append(f"{name}: not a safe name")
                    elif item.is_file(follow_symlinks=False):
                        self.files[name] = item.stat(follow_symlinks=False).st_size
                    elif item.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
                        self.folders.append(name)
                        waiting.append((name + "/", depth + 1))
                    else:
                        self.odd.append(f"{name}: {'a symbolic link' if item.is_symlink() else 'no plain file'}")
                    if len(self.files) + len(self.folders) + len(self.odd) > MAX_FILES:
                        raise Bad(f"more than {MAX_FILES} files: not a bundle")
        self.names = sorted(self.files)

    def open(self, name: str) -> BinaryIO:
        """A file of the listing, opened for reading."""
        if name not in self.files:
            raise Bad(f"{name}: missing")
        descriptor = os.open(self.root / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Bad(f"{name}: not a plain file")
        return os.fdopen(descriptor, "rb")

    def read(self, name: str, limit: int) -> bytes:
        """A whole file of at most ``limit`` bytes."""
        with self.open(name) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise Bad(f"{name}: larger than the {limit} bytes this check reads")
        return data

    def digest(self, name: str) -> str:
        """The SHA-256 of a file, read in pieces."""
        with self.open(name) as stream:
            return digest_of(iter(lambda: stream.read(READ_BYTES), b""))

    def manifest(self, name: str, form: str) -> dict[str, Any]:
        """A canonical JSON object that says it is of the format ``form``."""
        data = self.read(name, MAX_JSON_BYTES)
        value = parsed(data, name)
        if not isinstance(value, dict) or value.get("format") != form:
            raise Bad(f"{name}: not of the format {form}")
        if canonical(value) != data:
            raise Bad(f"{name}: not in canonical form, so it was changed after it was written")
        return value

    def below(self, prefix: str) -> list[str]:
        """The names of all files below a prefix that ends in a slash, without it, sorted."""
        first, end = bisect_left(self.names, prefix), bisect_left(self.names, prefix[:-1] + "0")  # "0" follows "/"
        return [name[len(prefix) :] for name in self.names[first:end]]
