"""What is wrong with a harness's files, said so that its user can mend it."""

from __future__ import annotations

from pathlib import Path

from aidataops.errors import InvalidError


class HarnessFileError(InvalidError):
    """A file cannot be read as what it should be; names file, line, field and the remedy."""

    code = "harness_file"

    def __init__(
        self,
        problem: str,
        *,
        file: Path,
        remedy: str,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        place = str(file) if line is None else f"{file}:{line}"
        subject = f"{place}: {field}" if field else place
        super().__init__(
            f"{subject}: {problem}; {remedy}",
            file=str(file),
            line=line,
            field=field,
            remedy=remedy,
        )
