"""Files of items, benchmarks and production weights, read as the events that they come in as."""

from aidataops.imports.errors import ImportFileError

__all__ = ["ImportFileError"]
