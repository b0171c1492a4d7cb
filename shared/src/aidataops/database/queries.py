"""SQL by name, from a service's ``queries.sql`` or from its folder ``queries``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class Queries(dict[str, str]):
    """Statements by name; a missing name says which ones there are."""

    @classmethod
    def load(cls, package: str) -> Queries:
        """Read ``queries.sql``, or every ``queries/*.sql``, beside the modules of ``package``.

        Each statement follows a line ``-- name: add_labels``; the comment lines after it describe
        it.
        """
        queries = cls()
        for text in _texts(package):
            parts = _NAME.split(text)
            for name, statement in zip(parts[1::2], parts[2::2], strict=True):
                if name in queries:
                    raise ValueError(f"{package} names the statement {name!r} twice")
                queries[name] = statement.strip()
        return queries

    def __missing__(self, name: str) -> str:
        raise KeyError(f"no statement {name!r}; there are {', '.join(sorted(self))}")


def _texts(package: str) -> Iterator[str]:
    beside = resources.files(package)
    folder = beside.joinpath("queries")
    if not folder.is_dir():
        yield beside.joinpath("queries.sql").read_text("utf-8")
        return
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".sql"):
            yield file.read_text("utf-8")
