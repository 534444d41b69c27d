"""What the portal logs: one JSON object per line on standard error."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

# The number of the request that is being answered, "" beside the requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")

# What a terminal would obey or a reader would not see; json.dumps itself escapes what lies below the blank.
_INVISIBLE = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SECRET = re.compile(r"(/password/reset/|/invitation/)[^\s\"'?]+")
# PostgreSQL repeats there the row that it refused, texts and addresses included.
_ROW = re.compile(r"DETAIL:.*?(?=\n\n|\Z)", re.DOTALL)
_QUERY = re.compile(r"(/[^\s\"'?]*)\?[^\s\"']+")


class JsonLines(logging.Formatter):
    """A record as one line of JSON, without control characters, one-time links, query strings and rows."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _clean(record.getMessage()),
        }
        if request_id.get():
            entry["request"] = request_id.get()
        if record.exc_info:
            entry["exception"] = _clean(self.formatException(record.exc_info))
        return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(entry, ensure_ascii=False))


def _clean(text: str) -> str:
    return _QUERY.sub(r"\1?…", _SECRET.sub(r"\1…", _ROW.sub("DETAIL: …", text)))


def start() -> None:
    """Log everything that matters as JSON lines; call it before the application is made."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("app").setLevel(logging.INFO)
