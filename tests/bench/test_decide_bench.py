"""Decisions a second, and what an explanation costs, with 100 domains and with 100,000."""

import time
from functools import partial

import pytest

from edgeconsole.model.configuration import AccessEdge, Action, Configuration, Edge, FederatedDomain, SipDomain
from edgeconsole.model.evidence import Evidence, SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.verdict import Direction
from edgeconsole.rules.decide import decide
from edgeconsole.rules.explain import explain
from edgeconsole.rules.index import RuleIndex
from tests.bench.ledger import note, note_scale

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

SIZES = (100, 1_000, 10_000, 100_000)
OURS = "contoso.example"


def index_of(size: int) -> RuleIndex:
    return RuleIndex.compile(
        Configuration(
            edge=Edge(fqdn=DomainName("sip.contoso.example"), next_hop=HostPort("pool.int.contoso.example")),
            access_edge=AccessEdge(federation=True),
            sip_domains=(SipDomain(name=DomainName(OURS)),),
            domains=tuple(
                FederatedDomain(name=DomainName(f"partner{number}.example"), action=Action.ALLOW)
                for number in range(size)
            ),
        )
    )


def cases(size: int, count: int) -> list[tuple[str, Evidence]]:
    """Domains spread over the whole list, each with its own evidence."""
    made = []
    for number in range(0, size, max(size // count, 1)):
        target = f"sip.partner{number}.example"
        answer = SrvAnswer(status=SrvStatus.FOUND, records=(SrvRecord(target=target),))
        made.append((f"partner{number}.example", Evidence(srv=answer, peer_names=frozenset({target}))))
    return made


def rates_of(run, count: int, repeats: int = 5) -> list[float]:
    """Runs a second of CPU time, several times, since the machine may be shared."""
    rates = []
    for _ in range(repeats):
        began = time.process_time()
        run()
        rates.append(count / (time.process_time() - began))
    return rates


def decisions(index: RuleIndex, asked: list[tuple[str, Evidence]], direction: Direction) -> None:
    inward = direction is Direction.INBOUND
    for name, facts in asked:
        decide(index, direction, name if inward else OURS, OURS if inward else name, facts)


def explanations(index: RuleIndex, asked: list[tuple[str, Evidence]]) -> None:
    for name, facts in asked:
        explain(index, Direction.INBOUND, name, OURS, facts, lambda *_: "")


def test_decisions_and_explanations_do_not_depend_on_the_length_of_the_list(capsys) -> None:
    lines = ["", f"{'domains':>8} {'decide in/s':>12} {'decide out/s':>13} {'explain/s':>10}"]
    explained: dict[int, float] = {}
    for size in SIZES:
        index, asked = index_of(size), cases(size, 100) * 100
        inward = rates_of(partial(decisions, index, asked, Direction.INBOUND), len(asked))
        outward = rates_of(partial(decisions, index, asked, Direction.OUTBOUND), len(asked))
        explained[size] = max(rates_of(partial(explanations, index, asked[:2000]), 2000))
        note_scale("decisions inbound, thousands a second", size, max(inward) / 1e3)
        note_scale("decisions outbound, thousands a second", size, max(outward) / 1e3)
        lines.append(f"{size:>8} {max(inward):>12,.0f} {max(outward):>13,.0f} {explained[size]:>10,.0f}")
    note("decide in", inward)
    note("decide out", outward)
    lines.append("budget: 200,000 decisions a second; explain at 100,000 at most twice its time at 100")
    lines.append(f"explain, 100,000 against 100: {explained[100] / explained[100_000]:.2f} times the time")
    with capsys.disabled():
        print("\n".join(lines))
