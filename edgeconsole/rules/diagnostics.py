"""The SIP status and ms-diagnostics id that each reason is owed ([MS-OCER] SipStack; docs/rules.md 8.2)."""

from typing import NamedTuple

from edgeconsole.model.verdict import Direction, Reason


class Answer(NamedTuple):
    """What a refused request is answered with."""

    status: int
    code: int
    """ms-diagnostics error id."""
    text: str
    """Reason in the header; names no partner and no rule of ours, since it leaves to the other side."""


_NOT_ROUTABLE = "Cannot route this type of SIP request to or from federated partners"
_NO_ROUTE = "Cannot route to destination domain"
_NO_TRUST = "Certificate trust with the other party could not be established"
_NOT_FEDERATED = "User is not authorized to communicate with federated partners"

_PERSON: dict[Reason, Answer] = {
    Reason.POLICY_FEDERATION: Answer(403, 1002, _NOT_FEDERATED),
    Reason.POLICY_XMPP: Answer(403, 1002, _NOT_FEDERATED),
    Reason.POLICY_PUBLIC: Answer(403, 1001, "User is not authorized to communicate with public IM providers"),
    Reason.POLICY_PUBLIC_AV: Answer(403, 1001, "User is not authorized to communicate with public IM providers"),
    Reason.SURVIVABLE_BRANCH: Answer(403, 1012, "User is not authorized to communicate outside the enterprise"),
    Reason.MODALITY: Answer(403, 1027, _NOT_ROUTABLE),
    Reason.SERVICE_ENDED: Answer(403, 1005, _NO_ROUTE),
    Reason.OTHER_EDGE: Answer(504, 1005, _NO_ROUTE),
}
"""What concerns our own person is answered the same in both directions (docs/rules.md 2.4 step 2, 2.5 step 8)."""

_LIMITS: dict[Reason, Answer] = {
    Reason.DISCOVERED_RATE: Answer(503, 1007, "Temporarily cannot route"),
    Reason.DISCOVERED_SUSPICIOUS: Answer(503, 1007, "Temporarily cannot route"),
    Reason.DISCOVERED_CONTACTS: Answer(403, 1027, _NOT_ROUTABLE),
}
"""No source states what a discovered partner beyond its limits is answered. To come back later is what helps the one
that was too fast; the other gets the words of one that is not listed, and learns nothing about our people."""

_INBOUND: dict[Reason, Answer] = {
    Reason.FEDERATION_OFF: Answer(403, 1027, _NOT_ROUTABLE),
    Reason.SENDER_IS_OURS: Answer(403, 1017, "Cannot route From and To domains in this combination"),
    Reason.RECIPIENT_NOT_OURS: Answer(403, 1017, "Cannot route From and To domains in this combination"),
    Reason.BLOCKED: Answer(403, 1027, _NOT_ROUTABLE),
    Reason.NOT_LISTED: Answer(403, 1027, _NOT_ROUTABLE),
    Reason.WRONG_PLANE: Answer(403, 1027, _NOT_ROUTABLE),
    Reason.NO_METHOD: Answer(403, 1010, _NO_TRUST),
    Reason.PROVIDER_MISSING: Answer(403, 1009, "DNS SRV host name conflicts with the domain"),
    Reason.SRV_MISSING: Answer(403, 1008, "Unable to resolve DNS SRV record"),
    Reason.SRV_UNAVAILABLE: Answer(504, 1008, "Unable to resolve DNS SRV record"),
    Reason.SRV_TARGET: Answer(403, 1009, "DNS SRV host name conflicts with the domain"),
    Reason.PEER_NAME: Answer(403, 1010, "Certificate trust with the other party could not be established"),
    Reason.NO_NEXT_HOP: Answer(504, 1005, _NO_ROUTE),
    **_PERSON,
    **_LIMITS,
}

_OUTBOUND: dict[Reason, Answer] = {
    Reason.FEDERATION_OFF: Answer(403, 1027, _NOT_ROUTABLE),
    Reason.SENDER_NOT_OURS: Answer(403, 1017, "Cannot route From and To domains in this combination"),
    Reason.RECIPIENT_IS_OURS: Answer(403, 1017, "Cannot route From and To domains in this combination"),
    Reason.BLOCKED: Answer(403, 1005, _NO_ROUTE),
    Reason.NOT_LISTED: Answer(403, 1005, _NO_ROUTE),
    Reason.WRONG_PLANE: Answer(403, 1005, _NO_ROUTE),
    Reason.NO_METHOD: Answer(504, 1010, _NO_TRUST),
    Reason.PROVIDER_MISSING: Answer(504, 1009, "DNS SRV host name conflicts with the domain"),
    Reason.SRV_MISSING: Answer(504, 1008, "Unable to resolve DNS SRV record"),
    Reason.SRV_UNAVAILABLE: Answer(504, 1008, "Unable to resolve DNS SRV record"),
    Reason.SRV_TARGET: Answer(504, 1009, "DNS SRV host name conflicts with the domain"),
    Reason.PEER_NAME: Answer(504, 1010, "Certificate trust with next-hop server could not be established"),
    Reason.NO_NEXT_HOP: Answer(504, 1005, _NO_ROUTE),
    **_PERSON,
    **_LIMITS,
}


def answer_for(reason: Reason, direction: Direction) -> Answer:
    """Return the answer a refused request is owed."""
    return (_INBOUND if direction is Direction.INBOUND else _OUTBOUND)[reason]
