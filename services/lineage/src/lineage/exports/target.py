"""Where exports go: a directory or an object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lineage.exports.errors import ExportError

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class Target:
    """A place that whole files are put to: under their name is nothing, or all of them.

    Object stores show an object once it is complete, and on disk a file is renamed into place.
    """

    def __init__(self, store: ObjectStore, url: str) -> None:
        self._store = store
        self._url = url.rstrip("/")

    @classmethod
    def at(cls, url: str) -> Target:
        """A directory, or a URL: ``file``, ``s3``, ``gs``, ``az`` or ``memory``.

        Credentials and endpoints come from each store's own environment variables
        (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, …). Raises ``ExportError``.
        """
        from obstore.exceptions import BaseError
        from obstore.store import LocalStore, from_url

        parts = urlsplit(url)
        try:
            if "://" not in url:
                return cls(LocalStore(Path(url).absolute(), mkdir=True), url)
            if parts.scheme == "file":
                return cls(LocalStore(Path(unquote(parts.path)), mkdir=True), url)
            return cls(from_url(url), url)
        except (BaseError, ValueError, OSError) as error:
            raise ExportError(f"--to {url}: {_first_line(error)}") from error

    def put(self, name: str, source: Path | bytes) -> str:
        """Put a file there whole and say where it is. Raises ``ExportError``."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            obstore.put(self._store, name, source)
        except (BaseError, OSError) as error:
            raise ExportError(f"{self._url}/{name}: {_first_line(error)}") from error
        return f"{self._url}/{name}"


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
