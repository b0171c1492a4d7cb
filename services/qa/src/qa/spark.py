"""Counting on a Spark cluster, where one machine is not enough (the extra ``aidataops-qa[spark]``).

Every executor reads its batches from Postgres itself, on the one snapshot that the driver holds,
and needs this package installed in the Python that ``PYSPARK_PYTHON`` names. What comes back are
whole numbers, so the result is that of one machine, whatever the order.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from aidataops.errors import ConfigurationError
from qa.backfill import Spread


@contextmanager
def on_spark(master: str) -> Iterator[Spread]:
    """Spread over a cluster; ``local[2]`` is two threads of this machine."""
    try:
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "--spark: pyspark is not installed; pip install 'aidataops-qa[spark]'"
        ) from error
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("aidataops qa backfill")
    session = builder.config("spark.ui.enabled", "false").getOrCreate()
    context = session.sparkContext
    try:
        yield (
            lambda counting, chunks: (
                context.parallelize(list(chunks), max(1, len(chunks)))
                .map(counting)
                .toLocalIterator()
            )
        )
    finally:
        session.stop()
