"""What is wrong with an imported file."""

from __future__ import annotations

from pydantic import ValidationError

from aidataops.errors import AidataopsError


class ImportFileError(AidataopsError):
    """The file cannot be read at all; the message says what to do."""


def problems_of(error: ValidationError) -> str:
    """Field, value and what is wrong with it, of every problem; long values are cut."""
    return "; ".join(
        f"{'.'.join(str(step) for step in one['loc']) or 'row'}: {one['input']!r:.80}: {one['msg']}"
        for one in error.errors(include_url=False)
    )
