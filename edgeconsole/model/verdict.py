"""A decision and its explanation: may this message pass, which rule decided, and every step on the way."""

from enum import Enum

import msgspec

from edgeconsole.model.names import HostPort
from edgeconsole.model.probe import TargetStatus
from edgeconsole.model.terms import Modality, Verification


class Direction(Enum):
    """Whose user sends: `in` from a partner to us, `out` from us to a partner."""

    INBOUND = "in"
    OUTBOUND = "out"


class PartnerClass(Enum):
    """The federation type of a remote domain (planning documents; docs/rules.md 2.2)."""

    INTERNAL = "internal"
    SPLIT_DOMAIN = "split-domain"
    """A domain of ours part of whose people are homed at a hosting provider."""
    ALLOWED_SERVER = "allowed-server"
    ALLOWED_DOMAIN = "allowed-domain"
    DISCOVERED = "discovered"
    HOSTED = "hosted"
    """Its SRV leads to the Access Edge of an enabled hosting provider."""
    PUBLIC_IM = "public-im"
    XMPP = "xmpp"
    DEFAULT_ROUTE = "default-route"
    BLOCKED = "blocked"
    NOT_LISTED = "not-listed"


class VerdictKind(Enum):
    """Allowed, denied by a rule of ours, or failed because the world did not answer as needed."""

    ALLOWED = "allowed"
    DENIED = "denied"
    FAILED = "failed"


class StepResult(Enum):
    """How one check ended."""

    PASS = "pass"
    DENY = "deny"
    FAIL = "fail"
    NOT_RUN = "not-run"
    """The fact was not looked at; never counts as passed."""
    NOT_NEEDED = "not-needed"


class CheckId(Enum):
    """The checks of a decision, in words that stay stable for scripts."""

    FEDERATION = "federation"
    SENDER = "sender"
    RECIPIENT = "recipient"
    BLOCKED = "blocked"
    LISTED = "listed"
    PLANE = "plane"
    NEGOTIATION = "negotiation"
    SRV = "srv"
    PROVIDER = "provider"
    SRV_TARGET = "srv-target"
    POLICY = "policy"
    MODALITY = "modality"
    ROUTE = "route"
    PEER_NAME = "peer-name"
    NEXT_HOP = "next-hop"
    SAFEGUARDS = "safeguards"
    """The limits of discovered partners (docs/rules.md 2.7)."""


class Reason(Enum):
    """Why a message does not pass; the value names it in JSON, logs and counters."""

    FEDERATION_OFF = "federation-off"
    SENDER_IS_OURS = "sender-is-ours"
    SENDER_NOT_OURS = "sender-not-ours"
    RECIPIENT_NOT_OURS = "recipient-not-ours"
    RECIPIENT_IS_OURS = "recipient-is-ours"
    BLOCKED = "blocked"
    NOT_LISTED = "not-listed"
    WRONG_PLANE = "wrong-plane"
    """The domain is an XMPP partner and the message came over SIP, or the other way round."""
    NO_METHOD = "no-method"
    """The XMPP partner's TLS, SASL and dialback settings leave no way to authenticate."""
    SRV_MISSING = "srv-missing"
    SRV_UNAVAILABLE = "srv-unavailable"
    PROVIDER_MISSING = "provider-missing"
    """The SRV leads to a hosting provider that has no enabled record here."""
    SRV_TARGET = "srv-target"
    POLICY_FEDERATION = "policy-federation"
    POLICY_XMPP = "policy-xmpp"
    POLICY_PUBLIC = "policy-public"
    POLICY_PUBLIC_AV = "policy-public-av"
    SURVIVABLE_BRANCH = "survivable-branch"
    MODALITY = "modality"
    SERVICE_ENDED = "service-ended"
    OTHER_EDGE = "other-edge"
    """Another edge pool carries the federation of the user's site."""
    PEER_NAME = "peer-name"
    NO_NEXT_HOP = "no-next-hop"
    DISCOVERED_RATE = "discovered-rate"
    """A discovered partner sends more in a second than access_edge.discovered_rate (event 14603)."""
    DISCOVERED_SUSPICIOUS = "discovered-suspicious"
    """The same, at the lower rate of a partner most of whose messages fail (event 14603)."""
    DISCOVERED_CONTACTS = "discovered-contacts"
    """A discovered partner addressed as many people as access_edge.discovered_contacts lets it (event 14508)."""


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `explain` is asked: may `sender` reach `recipient`, addresses or domains."""

    sender: str = msgspec.field(name="from")
    recipient: str = msgspec.field(name="to")
    direction: Direction | None = None
    """None: from our own domain is outbound, everything else inbound."""
    modality: Modality | None = None
    """None: any, as a message to relay."""
    parties: int = 2
    """People in the conversation."""
    certificate_names: tuple[str, ...] | None = None
    """DNS names of the certificate the other side shows; None where that is not known."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The compact decision the proxy acts on."""

    verdict: VerdictKind
    partner_class: PartnerClass
    decided_by: CheckId
    reason: Reason | None = None
    rule: str | None = None
    """Name of the record that matched, if one did."""
    verification: Verification | None = None
    """How far the sender names of this source are believed."""
    next_hop: HostPort | None = None
    accepted_names: frozenset[str] = frozenset()
    """Exact DNS names of which the other side's certificate must carry one."""
    complete: bool = True
    """False when a check that matters was not run for want of evidence."""

    @property
    def allowed(self) -> bool:
        """Whether the message passes."""
        return self.verdict is VerdictKind.ALLOWED


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One explained check."""

    check: CheckId
    result: StepResult
    rule: str
    """What was tested, in words."""
    why: str
    """What was found."""
    where: str = ""
    """`federation.toml:LINE` of the rule that decided, where a line did."""
    code: int | None = None
    """The ms-diagnostics error id a denial carries ([MS-OCER])."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with every step, as `explain` prints it."""

    verdict: VerdictKind
    partner_class: PartnerClass = msgspec.field(name="class")
    decided_by: CheckId
    direction: Direction
    sender: str = msgspec.field(name="from")
    recipient: str = msgspec.field(name="to")
    steps: tuple[Step, ...]
    reason: Reason | None = None
    """Why it does not pass; None where it does, and from an edge that does not tell."""
    next_hop: str | None = None
    verification: Verification | None = None
    complete: bool = True
    """False when some checks were not run, for example DNS with no proxy at hand."""
    probe: TargetStatus | None = None
    """What probes of the other side found last, stage by stage; None where it is not probed."""
