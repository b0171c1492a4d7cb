"""The one file that a path means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aidataops.harnesses.errors import HarnessFileError


def only_file(
    path: Path,
    patterns: Sequence[str],
    *,
    named: str,
    remedy: str,
    accepts: Callable[[Path], bool] = Path.is_file,
) -> Path:
    """The file itself, or the only one of its kind in a directory.

    ``named`` is how such files are called. Raises `HarnessFileError` when there is none, or a
    choice to make.
    """
    if path.is_file():
        return path
    found = [file for one in patterns for file in sorted(path.glob(one)) if accepts(file)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(str(file.relative_to(path)) for file in found[:10])
        raise HarnessFileError(
            f"holds {len(found)} {named} files", file=path, remedy=f"name one of them: {names}"
        )
    raise HarnessFileError(
        f"no {named} file is there" if path.is_dir() else "no such file or directory",
        file=path,
        remedy=remedy,
    )
