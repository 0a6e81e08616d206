"""The ladder of one address: stages end one after another, and one that failed makes the later ones skipped."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from edgeconsole.model.probe import Endpoint, Finding, PeerCertificate, Stage, StageResult
from edgeconsole.rules.probing.speaker import Speaker, result_of, skipped, stops

Progress = Callable[[StageResult, str], None]
"""Called as each stage ends, with the address's id, empty for what concerns the whole target."""


class Place(NamedTuple):
    """One address of one host to look at."""

    host: str
    port: int
    address: str
    priority: int = 0
    weight: int = 0
    direct: bool = False
    """XMPP with TLS from the first byte (XEP-0368)."""

    @property
    def id(self) -> str:
        """`host:port/address`."""
        return f"{self.host}:{self.port}/{self.address}"

    def words(self) -> dict[str, object]:
        """Return what sentences call it."""
        literal = f"[{self.address}]" if ":" in self.address else self.address
        return {
            "host": self.host,
            "port": self.port,
            "address": self.address,
            "where": self.id,
            "connect": f"{literal}:{self.port}",
            "family": "IPv6" if ":" in self.address else "IPv4",
        }


class Ladder:
    """Collects the stages of one address."""

    def __init__(self, place: Place, stages: Sequence[Stage], speaker: Speaker, progress: Progress | None) -> None:
        self.place = place
        self.speaker = speaker.at(place.id, **place.words())
        self.findings: list[Finding] = []
        self.chain: tuple[PeerCertificate, ...] = ()
        self._stages = stages
        self._results: dict[Stage, StageResult] = {}
        self._progress = progress

    def end(
        self,
        stage: Stage,
        findings: Sequence[Finding] = (),
        *,
        milliseconds: float | None = None,
        why: str = "",
        facts: Mapping[str, object] | None = None,
    ) -> bool:
        """Note how a stage ended; returns whether the next may be looked at."""
        self.findings.extend(findings)
        self._note(result_of(stage, findings, milliseconds=milliseconds, why=why, facts=facts))
        return not stops(findings)

    def leave(self, why: str = "") -> None:
        """Skip whatever was not run."""
        because = why or next(
            (f"because of {each.code}" for each in self._results.values() if each.code), "not reached"
        )
        failed = next((each for each in self.findings if stops((each,))), None)
        if failed is not None and not why:
            because = f"because of {failed.code}"
        for stage in self._stages:
            if stage not in self._results:
                self._note(skipped(stage, because))

    def cut_off(self, finding: Finding) -> None:
        """Note that time was up at the first stage that was not run; the later ones are skipped."""
        waiting = next((stage for stage in self._stages if stage not in self._results), None)
        self.findings.append(finding)
        if waiting is not None:
            self._note(result_of(waiting, (finding,)))
        self.leave(f"because of {finding.code}")

    def _note(self, result: StageResult) -> None:
        self._results[result.stage] = result
        if self._progress is not None:
            self._progress(result, self.place.id)

    def endpoint(self) -> Endpoint:
        """Return what was found, in the order of the stages."""
        return Endpoint(
            id=self.place.id,
            host=self.place.host,
            port=self.place.port,
            address=self.place.address,
            priority=self.place.priority,
            weight=self.place.weight,
            stages=tuple(self._results[stage] for stage in self._stages if stage in self._results),
            chain=self.chain,
        )
