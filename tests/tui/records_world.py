"""An edge with partners of every kind, policies and grants, and a DNS that answers; how scenarios press their keys."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from edgeconsole.model.configuration import (
    Configuration,
    FederatedDomain,
    HostingProvider,
    Policy,
    PolicyGrant,
    PublicProvider,
    Site,
    XmppPartner,
)
from edgeconsole.model.names import HostPort
from edgeconsole.model.observed import PartnerCounters, Plane, Session
from edgeconsole.model.probe import (
    Certainty,
    ProbeKind,
    ProbeResult,
    Severity,
    Stage,
    StageResult,
    StageState,
    TargetStatus,
)
from edgeconsole.model.probing import ProbeDone, ProbeNote, Probes
from edgeconsole.model.terms import Negotiation, Verification
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Direction
from edgeconsole.tui.app import ConsoleApp
from edgeconsole.tui.prompt import Mode
from tests.tui.console_world import NOW, EdgeInMemory, ago, busy, configuration, name, text_of, until

if TYPE_CHECKING:
    from textual.pilot import Pilot


def full(domains: Sequence[FederatedDomain] | None = None) -> Configuration:
    """Return an edge with something of everything."""
    return msgspec.structs.replace(
        configuration(domains=domains),
        xmpp_partners=(
            XmppPartner(name=name("jabber.example"), tls=Negotiation.OPTIONAL, comment="Trial until spring"),
            XmppPartner(name=name("im.example"), dialback=False, proxy_fqdn=HostPort("xmpp.im.example", 5269)),
        ),
        hosting_providers=(
            HostingProvider(
                name="Microsoft 365", proxy_fqdn=HostPort("sipfed.online.lync.com"), enabled=True,
                verification=Verification.USE_SOURCE,
            ),
        ),
        public_providers=(
            PublicProvider(
                name="AOL", proxy_fqdn=HostPort("sip.oscar.aol.com"), verification=Verification.ALWAYS_UNVERIFIABLE
            ),
        ),
        policies=(
            Policy(id="global", federation=True),
            Policy(id="site:Redmond", federation=True, outside=True),
            Policy(id="user:Sales", federation=True, xmpp=True),
            Policy(id="user:Legal"),
        ),
        policy_grants=(PolicyGrant(user="bob@contoso.example", policy="user:Legal"),),
        sites=(Site(name="Redmond", users=("rita@contoso.example",)),),
    )  # fmt: skip


def seen() -> dict[str, object]:
    """Return traffic with an XMPP partner and a provider as well, and a probe of one."""
    known = busy()
    return known | {
        "sessions": (
            *known["sessions"],  # type: ignore[misc]
            Session(
                id="x1", plane=Plane.XMPP, direction=Direction.INBOUND, peer="192.0.2.40:5269",
                names=(clean("jabber.example"),), domains=("jabber.example",), since=ago(minutes=9), tls="TLSv1.3",
                messages=12,
            ),
        ),
        "counters": (
            *known["counters"],  # type: ignore[misc]
            PartnerCounters(domain="jabber.example", received=40, sent=12, denied_in=1, last_seen=ago(minutes=2)),
        ),
        "probes": Probes(
            targets=(
                TargetStatus(
                    target="jabber.example", kind=ProbeKind.XMPP, severity=Severity.WARNING,
                    certainty=Certainty.HARD, since=ago(hours=1),
                ),
            )
        ),
    }  # fmt: skip


class EdgeWithDns(EdgeInMemory):
    """An edge whose DNS knows the SRV record of every domain, unless told otherwise."""

    srv = True
    silent = False
    """Whether no answer ever comes."""

    async def probes(self, after: int | None = None) -> Probes:
        del after
        return self.seen.probes

    async def probe(
        self, targets: Sequence[str] = (), *, everything: bool = False, failing: bool = False
    ) -> AsyncIterator[ProbeNote]:
        del everything, failing
        if self.silent:
            raise TimeoutError
        domain = targets[0].partition(":")[2]
        facts = {"srv": clean(f"0 0 5061 sip.{domain}")} if self.srv else {}
        why = clean("" if self.srv else f"_sipfederationtls._tcp.{domain} does not exist")
        stage = StageResult(
            stage=Stage.DNS, state=StageState.OK if self.srv else StageState.FAILED, facts=facts, why=why
        )
        yield ProbeDone(
            result=ProbeResult(
                run="r1", target=domain, kind=ProbeKind.SIP, vantage="edge", started=NOW, seconds=0.1,
                severity=Severity.OK, summary=clean("ok"), stages=(stage,),
            )
        )  # fmt: skip


async def press(pilot: "Pilot[int]", *keys: str) -> None:
    """Press keys as somebody does who reads: each once the console waits for it."""
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    for key in keys:
        await pilot.press(key)
        await until(pilot, lambda: _waits_for_a_key(app), rounds=2000)


def _waits_for_a_key(app: ConsoleApp) -> bool:
    prompt = app.prompt
    return prompt.mode is not Mode.WAITING and (prompt.mode is not Mode.QUESTION or prompt._armed)


def typed(text: str) -> tuple[str, ...]:
    """Return a text as keys."""
    return tuple({".": "full_stop", "@": "at", "-": "minus", ":": "colon"}.get(each, each) for each in text)


def lines_with(app: ConsoleApp, text: str) -> list[str]:
    """Return the lines of the screen that have a text."""
    return [line for line in text_of(app).split("\n") if text in line]
