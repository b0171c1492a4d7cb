"""Asking annotation-intake's read API."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from aidataops.client import asking

Url = Annotated[str | None, asking.url_option("annotation-intake")]
ask = partial(asking.ask, "annotation-intake")
