"""Office time: people at work write Monday to Friday between 7:30 and 17:30 in Berlin.

A moment of office time is a number of minutes, so the demo's past can be laid out with plain arithmetic: it keeps its
order, and nothing is later than the minute that it is counted back from.
"""

from datetime import UTC, datetime, time, timedelta

from app.language import ZONE, local

DAY = 600
WEEK = 5 * DAY
_OPENS = timedelta(hours=7, minutes=30)
_FIRST_MONDAY = datetime(2018, 1, 1, tzinfo=ZONE).date()


def minutes(span: timedelta) -> int:
    """How much office time there is in a span of calendar time, on average."""
    return round(span / timedelta(weeks=1) * WEEK)


def position(moment: datetime) -> int:
    """The office time that has passed until a moment."""
    at = local(moment)
    weeks, weekday = divmod((at.date() - _FIRST_MONDAY).days, 7)
    if weekday >= 5:
        return (weeks + 1) * WEEK
    since = timedelta(hours=at.hour, minutes=at.minute) - _OPENS
    return weeks * WEEK + weekday * DAY + max(0, min(DAY, since // timedelta(minutes=1)))


def moment(position: int) -> datetime:
    """The moment, in UTC, at which so much office time has passed."""
    weeks, minute = divmod(position, WEEK)
    weekday, minute = divmod(minute, DAY)
    day = _FIRST_MONDAY + timedelta(weeks=weeks, days=weekday)
    return (datetime.combine(day, time(), ZONE) + _OPENS + timedelta(minutes=minute)).astimezone(UTC)
