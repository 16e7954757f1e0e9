"""Results that are kept: a small JSON file for each, named by the hash of what it was made of."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["Store", "digest", "write_whole"]


def digest(made_of: object) -> str:
    """A name for what something is made of: text, numbers, and lists or dicts of these."""
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:20]


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, whenever the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


class Store:
    """The kept results of one kind of work, in one folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def get(self, key: str) -> dict | None:
        """What is kept under the key. A file that cannot be read counts as not there."""
        try:
            return json.loads((self.folder / f"{key}.json").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def put(self, key: str, result: dict) -> None:
        write_whole(self.folder / f"{key}.json", json.dumps(result, indent=1) + "\n")

    def kept(self, key: str, make: Callable[[], dict]) -> dict:
        """The kept result, or else what `make` makes, which is then kept."""
        result = self.get(key)
        if result is None:
            result = make()
            self.put(key, result)
        return result
