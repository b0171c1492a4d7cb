"""SQL by name, from a service's ``queries.sql``."""

from __future__ import annotations

import re
from importlib import resources

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class Queries(dict[str, str]):
    """Statements by name; a missing name says which ones there are."""

    @classmethod
    def load(cls, package: str) -> Queries:
        """Read ``queries.sql`` beside the modules of ``package``.

        Each statement follows a line ``-- name: add_labels``; the comment lines after it describe
        it.
        """
        text = resources.files(package).joinpath("queries.sql").read_text("utf-8")
        parts = _NAME.split(text)
        queries = cls(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
        if len(queries) != len(parts[1::2]):
            raise ValueError(f"{package}/queries.sql names a statement twice")
        return queries

    def __missing__(self, name: str) -> str:
        raise KeyError(f"no statement {name!r}; there are {', '.join(sorted(self))}")
