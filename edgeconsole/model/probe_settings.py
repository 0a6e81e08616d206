"""How partners are probed: how often, how politely, from where, who is told, and what is right for single targets."""

from datetime import timedelta
from enum import Enum

import msgspec

from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.probe import ProbeKind


class Expectation(Enum):
    """What is right for a target; anything else is a finding, the working service included."""

    WORKS = "works"
    ABSENT = "absent"
    """DNS names no such service."""
    CLOSED = "closed"
    """No address takes a connection."""
    UNTRUSTED = "untrusted"
    """Its certificate is not to be believed by us."""
    REJECTED = "rejected"
    """It refuses our certificate, or the request."""


class ProbeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the edge probes its partners and itself; a worker process does it, away from the messages."""

    enabled: bool = True
    """Whether partners are probed by themselves; `edgeconsole probe` works all the same."""
    interval: timedelta = timedelta(minutes=5)
    """Between two whole rounds of one target, from DNS to its answer; ten seconds at least."""
    touch: timedelta = timedelta(0)
    """Between two short looks whether the addresses of a healthy target still take a connection; `0s`: none, since a
    partner logs each as a broken handshake."""
    timeout: timedelta = timedelta(seconds=10)
    """For one whole run against one target; two seconds to one minute."""
    concurrency: int = 64
    """Targets looked at at the same time; never more than one run against one target or one address."""
    rate: int = 5
    """Runs begun in one second, all together."""
    vantage: str | None = None
    """What this place is called in results; absent: the name of the edge."""
    keep: timedelta = timedelta(days=7)
    """How long single runs are kept; what they amount to each hour stays 400 days."""
    notify_command: tuple[str, ...] = ()
    """Program and arguments run for each notice, without a shell, the notice as JSON on its standard input."""
    notify_url: str | None = None
    """Address that each notice is posted to as JSON."""
    notify_repeat: timedelta = timedelta(0)
    """Remind of a trouble that lasts after this long, again and again; `0s` never does."""
    notify_recovery: bool = True
    """Tell too when a trouble is over."""


class ProbeTargetSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is different about probing one target; a name that no other record has is probed too."""

    name: DomainName
    """A partner's domain, a provider's Access Edge, or any host to probe besides."""
    kind: ProbeKind | None = None
    """Which protocol, where a name has several or is in no other record; absent: `sip`."""
    access_edge: HostPort | None = None
    """The server of a name that is in no other record; absent: found by SRV."""
    skip: bool = False
    """Never probe it by itself."""
    expect: Expectation = Expectation.WORKS
    """What is right for it: a partner that is to refuse us is well when it does."""
    options: bool = True
    """Whether SIP OPTIONS may be sent to it; without, a run ends after the TLS handshake."""
    pins: tuple[str, ...] = ()
    """SHA-256 fingerprints, in hex, one of which its certificate must have."""
    canary: bool = False
    """It tells whether it is us: while all canaries fail, nothing is believed of the others."""
