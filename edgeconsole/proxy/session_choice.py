"""Which live sessions somebody means: those of a domain, those with a peer, or one by its id."""

from collections.abc import Collection
from typing import NamedTuple


class SessionChoice(NamedTuple):
    """What is empty names nothing."""

    domain: str = ""
    session: str = ""
    peer: str = ""
    """Remote address, or address and port."""

    def names(self, identity: str, address: str, domains: Collection[str]) -> bool:
        """Return whether a session is meant; `address` is that of its peer, with the port."""
        if self.session and identity == self.session:
            return True
        if self.domain and self.domain in domains:
            return True
        return bool(self.peer) and self.peer in (address, address.rpartition(":")[0].strip("[]"))
