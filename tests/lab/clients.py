"""SIP clients of a running lab: as a partner from outside, as our own server from inside."""

from contextlib import AbstractAsyncContextManager

from edgeconsole.lab.description import Description, PartnerServer
from edgeconsole.lab.sip_agent import SipClient


def as_partner(told: Description, partner: PartnerServer) -> AbstractAsyncContextManager[SipClient]:
    """Connect to the edge with a partner's own certificate."""
    return SipClient.connect(
        told.proxy.sip, certificate=partner.certificate, private_key=partner.private_key, trust=told.ca,
        server_name="sip.contoso.example",
    )  # fmt: skip


def as_our_server(told: Description) -> AbstractAsyncContextManager[SipClient]:
    """Connect to the edge's inside as our own server."""
    inside = told.internal
    return SipClient.connect(
        told.proxy.internal, certificate=inside.certificate, private_key=inside.private_key, trust=told.ca,
        server_name="edge.int.contoso.example",
    )  # fmt: skip
