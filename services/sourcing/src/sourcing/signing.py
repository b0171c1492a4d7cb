"""Bands for contents that were there before bands were stored as they are now."""

from __future__ import annotations

from aidataops.messaging import Application
from sourcing.domain.resemblance import shingles_of, sign
from sourcing.store.bands import BandStore
from sourcing.store.contents import ContentStore

PAGE = 500


async def sign_unsigned(application: Application) -> None:
    """Sign what a migration left without bands, before anything is held against it.

    One whose text was erased keeps none: it holds back exact copies only.
    """
    async with application.pool.acquire() as connection:
        store, contents = BandStore(connection), ContentStore(connection)
        while project := await store.find_unsigned():
            async with connection.transaction():
                await store.lock_projects([project])
                keys = await store.list_unsigned(project, PAGE)
                texts = await contents.get_texts(keys)
                bands = sign([shingles_of(texts.get(key, "")) for key in keys])
                await store.sign(dict(zip(keys, bands, strict=True)))
