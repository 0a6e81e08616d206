"""Lint of 100,000 domains against `tomllib` reading the same file, in the same run."""

import time
import tomllib
from datetime import UTC, datetime

import pytest

from edgeconsole.config.read import parse
from edgeconsole.rules.lint import RULES, lint
from tests.bench.ledger import note_scale

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def federation(domains: int, *, bad: bool) -> str:
    """Domains without a fault, or with a pin that is a provider's, an end that has passed and a broader record."""
    head = "version = 1\n[access_edge]\nfederation = true\n"
    lines = (
        ['expires = 2026-01-01T00:00:00Z\naccess_edge = "edge.hoster.example"', 'comment = "covered"'] if bad else [""]
    )
    tail = '[[hosting_provider]]\nname = "H"\nproxy_fqdn = "edge.hoster.example"\nverification = "use-source"\n'
    return (
        head
        + "".join(
            f'[[domain]]\nname = "{"sub." if bad else ""}partner{number}.example"\naction = "allow"\n'
            f"{lines[number % len(lines)]}\n\n"
            + (f'[[domain]]\nname = "partner{number}.example"\naction = "allow"\n\n' if bad and number % 2 else "")
            for number in range(domains)
        )
        + tail
    )


def quickest(work, times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.parametrize("bad", [False, True], ids=["clean", "faulty"])
def test_lint_of_a_long_list_against_tomllib(bad: bool, capsys) -> None:
    lines = ["", f"{'domains':>8} {'tomllib':>8} {'lint':>7} {'ratio':>6} {'findings':>9}"]
    ratios: dict[int, float] = {}
    for size in (1_000, 10_000, 100_000):
        text = federation(size, bad=bad)
        loaded = parse(text, "federation.toml")
        read = quickest(lambda text=text: tomllib.loads(text), 2)
        found = lint(loaded.configuration, now=NOW, places=loaded.places)
        linted = quickest(lambda loaded=loaded: lint(loaded.configuration, now=NOW, places=loaded.places), 3)
        ratios[size] = linted / read
        note_scale(f"lint of a {'faulty' if bad else 'clean'} file, of `tomllib`", size, ratios[size])
        lines.append(f"{size:>8} {read:>7.2f}s {linted:>6.2f}s {ratios[size]:>6.2f} {len(found):>9,}")
    with capsys.disabled():
        print("\n".join(lines))


def test_the_dearest_rules(capsys) -> None:
    from edgeconsole.rules.lint import Inspection, LintFacts

    loaded = parse(federation(100_000, bad=False), "federation.toml")
    view = Inspection(loaded.configuration, NOW, LintFacts())
    costs = sorted(((quickest(lambda rule=rule: list(rule.check(view)), 2), rule.code) for rule in RULES), reverse=True)
    with capsys.disabled():
        print("\n" + ", ".join(f"{code} {seconds * 1000:.0f} ms" for seconds, code in costs[:8]))
