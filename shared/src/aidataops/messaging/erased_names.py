"""Names that were erased: whose dead letters go, and stay away."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from contextlib import suppress

from aidataops.database.pool import Connection

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/erased_names', 0))"
_ADD = "INSERT INTO erased_names SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
_FORGET_LETTERS = """
DELETE FROM dead_letters
WHERE key = ANY ($1::bytea[])
   OR EXISTS (SELECT FROM unnest($2::bytea[]) AS named WHERE position(named IN value) > 0)
RETURNING identity
"""
"""Letters are bytes that could not be read: a name is found as a key, or as a string in JSON."""
_WATCH = (
    "SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema() || '/erased_names', 0))"
)
_ANY = "SELECT EXISTS (SELECT FROM erased_names)"
_ERASED = "SELECT name FROM erased_names WHERE name = ANY ($1::text[])"

_STRING = re.compile(rb'(?<!\\)"(?=((?:[^"\\]|\\.){1,1200}+)")', re.DOTALL)
"""What stands between quotation marks and may be an `Identifier`, all of it escaped. Every mark is
tried as the first one, as bytes that are no JSON may have one too many."""


async def add(connection: Connection, names: Collection[str]) -> int:
    """Let no letter that names one of these be kept from now on; returns how many went.

    Waits for whoever keeps something, and lets nobody else, until the end of the transaction.
    """
    await connection.execute(_LOCK)
    await connection.execute(_ADD, sorted(set(names)))
    keys = sorted({name.encode() for name in names})
    return len(await connection.fetch(_FORGET_LETTERS, keys, spellings(names)))


def spellings(names: Collection[str]) -> list[bytes]:
    """How names are written in JSON: with characters escaped or not."""
    written = {
        json.dumps(name, ensure_ascii=ascii_only).encode()
        for name in names
        for ascii_only in (True, False)
    }
    return sorted(written)


async def naming_erased(connection: Connection, documents: Collection[bytes]) -> list[bool]:
    """Of each of these bytes, whether they name what was erased; they need not be whole JSON.

    What is to be kept stays within this transaction: an erasure waits for it.
    """
    await connection.execute(_WATCH)
    if not await connection.fetchval(_ANY):
        return [False] * len(documents)
    named = [_strings(document) for document in documents]
    found = await connection.fetch(_ERASED, sorted(set().union(*named)))
    erased = {row["name"] for row in found}
    return [not erased.isdisjoint(names) for names in named]


def _strings(document: bytes) -> set[str]:
    found = set()
    for part in set(_STRING.findall(document)):
        with suppress(ValueError):
            text = json.loads(b'"%b"' % part)
            text.encode()
            found.add(text)
    return {text for text in found if "\x00" not in text}
