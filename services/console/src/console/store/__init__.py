"""The console's tables: written by events, read by pages."""

from console.store.overview import LISTS, OverviewStore
from console.store.read_model import ReadModel

__all__ = ["LISTS", "OverviewStore", "ReadModel"]
