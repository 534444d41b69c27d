"""Why something was not done: exceptions that carry the words for the person."""

import errno


class NotVisible(Exception):
    """What was asked for does not exist for this person, whether it exists for others or not (404)."""


class NotAllowed(Exception):
    """The person sees it but may not do this (403); a sentence where the page can say more than that."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence)


class Conflict(Exception):
    """Somebody was faster, or the state does not allow it any more (409)."""

    def __init__(self, sentence: str = "Das Ticket wurde inzwischen geändert.") -> None:
        super().__init__(sentence)


class Refused(Exception):
    """Input that cannot be taken (422): a sentence for each field's name."""

    def __init__(self, **fields: str) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


class StorageAway(ConnectionError):
    """The store of the attachments does not answer, or not as it should: in a while it may again (503)."""


class StorageFull(OSError):
    """The store of the attachments takes nothing more (507)."""

    def __init__(self, said: str) -> None:
        super().__init__(errno.ENOSPC, said)
