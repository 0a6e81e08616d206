"""Who of ours has invited whom: a partner of type public-unverified may not invite first (P-XPART)."""

from collections import OrderedDict

from edgeconsole.model.terms import PartnerType
from edgeconsole.model.xmpp import XmppPartner


class Invitations:
    """The last contacts that people of ours asked for; lost with the process, so a refused contact is invited again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def sent(self, ours: str, theirs: str) -> None:
        """A person of ours asked to see theirs."""
        self._known[ours, theirs] = None
        self._known.move_to_end((ours, theirs))
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def may_invite(self, partner: XmppPartner, theirs: str, ours: str) -> bool:
        """Return whether their person may ask to see ours."""
        return partner.partner_type is not PartnerType.PUBLIC_UNVERIFIED or (ours, theirs) in self._known
