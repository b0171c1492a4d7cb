"""What can be wrong with an export."""

from __future__ import annotations

from aidataops.errors import InvalidError


class ExportError(InvalidError):
    """The export as a whole cannot be made; the message names the remedy."""

    code = "export"


class UnfitError(InvalidError):
    """A row has nothing to say in this shape; it is left out and counted under this reason."""

    code = "unfit"
