"""At most so many tries per key and time, counted in the database so that every process knows."""

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
    found = await rows(
        "SELECT until AS ends_at FROM throttle_count WHERE key = ? AND count >= ? AND until > ?",
        key[:120], limit, clock.now(),
    )  # fmt: skip
    if found:
        raise TooMany(max(1, int((found[0]["ends_at"] - clock.now()).total_seconds())))


async def forget(key: str) -> None:
    """Start again at nought, as after a success."""
    await execute("DELETE FROM throttle_count WHERE key = ?", key[:120])
