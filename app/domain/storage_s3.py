"""Attachments in a bucket of an S3-compatible store, under the same names as in a directory."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from app.domain.refusals import StorageAway, StorageFull
from app.domain.storage_local import ASIDE, NAME, Entry

T = TypeVar("T")

PIECE = 1024 * 1024
AT_ONCE = 4  # files that are fetched or removed side by side
# A request may take as long as 10 MB on a thin line; a store that is away is said to be so within some seconds.
CLIENT = {"connect_timeout": timedelta(seconds=3), "timeout": timedelta(seconds=30)}
RETRIES = {
    "max_retries": 2, "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=2), "base": 2},
}  # fmt: skip
FULL = ("507 Insufficient Storage", "StorageFull", "QuotaExceeded", "InsufficientStorage")


class Bucket:
    """Objects under their names, with the first two letters before them; who may read them is the portal's to say.

    An object cannot be renamed, nor removed on the condition that nobody has brought it again. So what goes lies aside
    under another name first, until the next sweep but one hour at least, and comes back when a row names it by then.
    """

    piece = PIECE

    def __init__(self, address: str, scratch: Path) -> None:
        """`s3://[key:secret@]bucket[/prefix][?endpoint=…&region=…]`; without a key in it AWS_* of the environment."""
        from obstore.store import S3Store

        parts, self.scratch = urlsplit(address), scratch
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.username:
            given |= {"access_key_id": unquote(parts.username), "secret_access_key": unquote(parts.password or "")}
        options = CLIENT | {"allow_http": given.get("endpoint", "").startswith("http://")}
        self._name = f"s3://{parts.hostname}{parts.path.rstrip('/')}"
        self._store: Any = S3Store(
            str(parts.hostname), prefix=parts.path.strip("/") or None, client_options=options,  # type: ignore[arg-type]
            retry_config=RETRIES, **given,  # type: ignore[arg-type]
        )  # fmt: skip

    def __str__(self) -> str:
        return self._name

    async def answers(self) -> None:
        """Ask the store for the first name in the bucket; raises StorageAway."""
        await _told(anext(aiter(self._store.list(chunk_size=1)), None))

    async def write(self, name: str, content: bytes) -> None:
        """Keep a file; once this returns the store has said that it has all of it. What is there already is new again.

        Raises StorageAway, StorageFull.
        """
        try:
            await _told(self._store.put_async(_key(name), content, use_multipart=False))
        except FileNotFoundError as error:  # the bucket itself
            raise StorageAway(f"{self} does not exist") from error

    async def size(self, name: str) -> int | None:
        """How many bytes a file has; None for one that is not there. Raises StorageAway."""
        try:
            return int((await self._there(name))["size"])
        except FileNotFoundError:
            return None

    async def read(self, name: str, start: int, stop: int) -> bytes:
        """Some bytes of a file; raises FileNotFoundError, StorageAway."""
        return bytes(await _told(self._store.get_range_async(_key(name), start=start, end=stop)))

    @asynccontextmanager
    async def at_hand(self, names: Iterable[str]) -> AsyncIterator[dict[str, Path]]:
        """Copies of these files for as long as the block lasts; who is not there is not named. Raises StorageAway."""
        few, wanted = asyncio.Semaphore(AT_ONCE), sorted(set(names))
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="at-hand-", dir=self.scratch)
        try:
            fetching = (self._fetch(name, Path(folder.name, name), few) for name in wanted)
            found = await asyncio.gather(*fetching, return_exceptions=True)
            for one in found:
                if isinstance(one, BaseException):
                    raise one
            yield {name: path for name, path in zip(wanted, found, strict=True) if isinstance(path, Path)}
        finally:
            await asyncio.to_thread(folder.cleanup)

    async def _fetch(self, name: str, path: Path, few: asyncio.Semaphore) -> Path | None:
        async with few:
            size = await self.size(name)
            if size is None:
                return None
            with path.open("xb") as file:
                for start in range(0, size, PIECE):
                    await asyncio.to_thread(file.write, await self.read(name, start, start + PIECE))
            return path

    async def entries(self) -> AsyncIterator[list[Entry]]:
        """All that lies here, up to a thousand at a time; what has no name of ours is left out. Raises StorageAway."""
        async for batch in self._listed():
            yield [entry for entry in batch if NAME.fullmatch(entry.name)]

    async def _listed(self) -> AsyncIterator[list[Entry]]:
        listed = aiter(self._store.list(chunk_size=1000))
        while found := await _told(anext(listed, None)):
            yield [Entry(m["path"].rsplit("/", 1)[-1], m["size"], m["last_modified"].timestamp()) for m in found]

    async def remove(self, hashes: Sequence[str], before: float) -> int:
        """Lay files and their previews aside that nobody has brought again since then; how many files."""
        removed = 0
        for sha256 in hashes:
            try:
                if (await self._head(sha256))["last_modified"].timestamp() >= before:
                    continue
            except FileNotFoundError:
                continue
            for name in (sha256, f"{sha256}.webp"):
                await self._lay_aside(name)
            removed += 1
        return removed

    async def _lay_aside(self, name: str) -> None:
        try:
            await _told(self._store.copy_async(_key(name), _key(name) + ASIDE))
            await _told(self._store.delete_async(_key(name)))
        except FileNotFoundError:
            pass

    async def tidy(self, before: float) -> None:
        """Nothing: an upload that broke off leaves no object."""

    async def aside(self, before: float) -> list[str]:
        """The names of what has lain aside since then, without the ending that says so."""
        found = [entry async for batch in self._listed() for entry in batch if entry.name.endswith(ASIDE)]
        return sorted(entry.name.removesuffix(ASIDE) for entry in found if entry.brought < before)

    async def settle(self, name: str, back: bool) -> None:
        """Remove what lies aside; with `back` it is there again before, unless somebody has brought it anew."""
        if back:
            await self.size(name)
        await _told(self._store.delete_async(_key(name) + ASIDE))

    async def forget(self, name: str) -> None:
        """Remove one file, whatever its age, and what lies aside under its name."""
        for key in (_key(name), _key(name) + ASIDE):
            await _told(self._store.delete_async(key))

    async def _there(self, name: str) -> Any:
        """What the store says of a file; one that lies aside and is asked for comes back."""
        try:
            return await self._head(name)
        except FileNotFoundError:
            await _told(self._store.copy_async(_key(name) + ASIDE, _key(name)))
            return await self._head(name)

    async def _head(self, name: str) -> Any:
        return await _told(self._store.head_async(_key(name)))


def _key(name: str) -> str:
    return f"{name[:2]}/{name}"


async def _told(asked: Awaitable[T]) -> T:
    """An answer of the store; raises FileNotFoundError, StorageFull, and StorageAway for all else that it says."""
    from obstore.exceptions import BaseError

    try:
        return await asked
    except BaseError as error:
        said = str(error).partition("\n\nDebug source")[0]
        raise (StorageFull if any(word in said for word in FULL) else StorageAway)(said[:300]) from error
