"""Answers kept for repeated requests: the same Idempotency-Key and body get the first answer again, for a day."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from edgeconsole.model.errors import BadInput
from edgeconsole.proxy.admin.refusals import key_in_use, key_reused

KEPT = timedelta(hours=24)
MOST_ANSWERS = 1_024
MOST_BYTES = 16 * 1024 * 1024
"""Of answers altogether; the oldest make room."""

_LONGEST_KEY = 255


class Answer(NamedTuple):
    """A success as it was sent."""

    body: bytes
    tag: str | None
    """The ETag it carried."""


class _Kept(NamedTuple):
    digest: bytes
    answer: Answer | None
    """None while the first request is being answered."""
    until: datetime


Key = tuple[str, str, str]
"""Caller, path, and the key the caller chose."""


class Replays:
    """The answers of one proxy; lost when it restarts, as the plans are."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0

    def begin(self, key: Key, body: bytes) -> Answer | None:
        """Return the answer kept for a request, or None where it is to be answered now.

        After None, `keep` or `forget` must follow. Raises BadInput for a bad key, Refused for a key that stood for
        another body or whose first request is still being answered.
        """
        chosen = key[2]
        if not 0 < len(chosen) <= _LONGEST_KEY or not all("!" <= character <= "~" for character in chosen):
            raise BadInput(
                f"an Idempotency-Key has 1 to {_LONGEST_KEY} printable ASCII characters without blanks",
                remedy="A UUID will do",
            )
        digest = hashlib.sha256(body).digest()
        now = self._clock()
        while self._kept and next(iter(self._kept.values())).until <= now:
            self._drop(next(iter(self._kept)))
        found = self._kept.get(key)
        if found is None:
            self._kept[key] = _Kept(digest, None, now + KEPT)
            self._make_room()
            return None
        if found.digest != digest:
            raise key_reused()
        if found.answer is None:
            raise key_in_use()
        return found.answer

    def keep(self, key: Key, answer: Answer) -> None:
        """Keep the answer of a request that `begin` let through."""
        found = self._kept.get(key)
        if found is not None:
            self._kept[key] = found._replace(answer=answer)
            self._bytes += len(answer.body)
            self._make_room()

    def forget(self, key: Key) -> None:
        """Forget a request that failed: nothing was changed, so it may be tried again."""
        self._drop(key)

    def _make_room(self) -> None:
        while len(self._kept) > MOST_ANSWERS or self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None and dropped.answer is not None:
            self._bytes -= len(dropped.answer.body)
