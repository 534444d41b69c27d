"""At most so many tries per key and time, counted in the database so that every process knows."""

from collections.abc import Mapping
from datetime import timedelta

from app import clock
from app.database import execute, rows


class TooMany(Exception):
    """Somebody tried too often; `retry_after` says in how many seconds it is worth trying again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Zu viele Versuche. Bitte warten Sie einen Moment.")
        self.retry_after = retry_after


async def count(key: str, window: timedelta) -> None:
    """Count one try under the key; the window starts with the first."""
    now = clock.now()
    await execute(
        "INSERT INTO throttle_count (key, count, until) VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET "
        "count = CASE WHEN throttle_count.until <= ? THEN 1 ELSE throttle_count.count + 1 END, "
        "until = CASE WHEN throttle_count.until <= ? THEN excluded.until ELSE throttle_count.until END",
        key[:120], now + window, now, now,
    )  # fmt: skip


async def check(key: str, limit: int) -> None:
    """Raise TooMany when the key was counted `limit` times within its window."""
    await check_all({key: limit})


async def check_all(limits: Mapping[str, int]) -> None:
    """Raise TooMany when any of the keys was counted as often as its limit says. One statement."""
    over = " OR ".join(["(key = ? AND count >= ?)"] * len(limits))
    found = await rows(
        f"SELECT MAX(until) AS ends_at FROM throttle_count WHERE until > ? AND ({over})",
        clock.now(), *(value for key, limit in limits.items() for value in (key[:120], limit)),
    )  # fmt: skip
    if found[0]["ends_at"]:
        raise TooMany(max(1, int((found[0]["ends_at"] - clock.now()).total_seconds())))


async def forget(key: str) -> None:
    """Start again at nought, as after a success."""
    await execute("DELETE FROM throttle_count WHERE key = ?", key[:120])
