"""Texts for sourcing's gates, a pool that they come into, and datasketch's index of the same."""

from __future__ import annotations

import random
from collections.abc import Sequence

import asyncpg
from datasketch import MinHash, MinHashLSH

from sourcing.domain.resemblance import BANDS, ROWS

POOLS = (10_000, 100_000, 1_000_000)
"""Sizes that a pool grows to."""

CHUNK = 50_000
"""Contents written in one statement."""

PROJECT = "support"
WORDS = 80
VOCABULARY = 20_000

_CONTENTS = """
WITH contents AS MATERIALIZED (
    SELECT number / 500 + 1 AS segment, number % 500 AS place, number,
        sha256(number::text::bytea) AS hash
    FROM generate_series($1::integer, $2::integer - 1) AS number
), segments AS (
    INSERT INTO band_segments (project, number, hashes, bands)
    SELECT 'support', segment, string_agg(hash, '' ORDER BY place),
        string_agg(bands, '' ORDER BY place)
    FROM contents CROSS JOIN LATERAL (
        SELECT string_agg(int8send(hashint8extended(number::bigint * 14 + band, 0)), '') AS bands
        FROM generate_series(1, 14) AS band
    ) AS signed
    GROUP BY segment
)
INSERT INTO contents (project, content_hash, segment, place, first_at, first_item)
SELECT 'support', encode(hash, 'hex'), segment, place, '2025-01-01', 'filler-' || number
FROM contents
"""
"""Contents $1 … $2 of a pool in which nothing resembles anything: no two bands are the same."""

_ITEMS = """
INSERT INTO items (project, item_id, source_id, text, media_type, slices, content_hash,
    submitted_at, digest, status)
SELECT 'support', 'filler-' || number, 'docs', repeat(content_hash || ' ', 8), 'text/plain',
    '{"language": "es"}', content_hash, '2025-01-01', '', 'accepted'
FROM generate_series($1::integer, $2::integer - 1) AS number
CROSS JOIN LATERAL (SELECT encode(sha256(number::text::bytea), 'hex') AS content_hash) AS content
"""


def pools_for(events: int, *, items_of_an_event: int) -> list[int]:
    """The sizes that are worth the time at this scale of the benchmark."""
    return [pool for pool in POOLS if pool <= events * items_of_an_event]


def texts(count: int, *, seed: int) -> list[str]:
    """Texts of 80 words; of a hundred, two are edited copies and one holds an IBAN."""
    chance = random.Random(seed)
    found: list[str] = []
    for number in range(count):
        words = [f"w{chance.randrange(VOCABULARY)}" for _ in range(WORDS)]
        if number % 50 == 49:
            words = found[-1].split()
            words[chance.randrange(WORDS)] = "edited"
        elif number % 100 == 10:
            words[5:7] = ["IBAN", "DE89370400440532013000"]
        found.append(" ".join(words))
    return found


async def grow(owner: asyncpg.Connection, size: int, pool: int, *, items: bool = True) -> None:
    """Let a pool of ``size`` contents (and their items) become one of ``pool``.

    With the indexes in place: one that is built afterwards has full pages, which split at once.
    """
    for first in range(size, pool, CHUNK):
        await owner.execute(_CONTENTS, first, min(first + CHUNK, pool))
    if items:
        await owner.execute(_ITEMS, size, pool)
    await owner.execute("VACUUM ANALYZE items, contents, band_segments")


async def forget(owner: asyncpg.Connection) -> None:
    """The measured items go, so that the pool keeps its size and finds no copies."""
    await owner.execute("DELETE FROM contents WHERE first_at > '2025-01-01' OR first_at IS NULL")
    await owner.execute(
        "DELETE FROM band_segments AS measured WHERE NOT EXISTS (SELECT FROM contents WHERE"
        " contents.project = measured.project AND contents.segment = measured.number)"
    )
    await owner.execute("DELETE FROM items WHERE submitted_at > '2025-01-01'")
    await owner.execute("VACUUM items, contents")


def datasketch_index(shingles: Sequence[set[str]]) -> MinHashLSH:
    """Asks for look-alikes and puts in, item by item, as its users do."""
    index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
    for number, each in enumerate(shingles):
        signature = datasketch_signature(each)
        index.query(signature)
        index.insert(number, signature)
    return index


def datasketch_signature(shingles: set[str]) -> MinHash:
    """Of as many permutations as ours, from the same shingles."""
    signature = MinHash(num_perm=BANDS * ROWS, seed=42)
    signature.update_batch([shingle.encode() for shingle in shingles])
    return signature
