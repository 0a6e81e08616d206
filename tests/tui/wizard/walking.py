"""An edge in memory that answers probes, and the console walking through a set-up on it."""

from collections.abc import AsyncIterator, Sequence

from textual.pilot import Pilot

from edgeconsole.model.errors import Unsupported
from edgeconsole.model.probe import Finding, ProbeKind, ProbeResult, Severity, Stage, StageResult, StageState
from edgeconsole.model.probing import ProbeDone, ProbeNote, ProbeProgress
from edgeconsole.model.text import clean
from tests.tui.console_world import NOW, EdgeInMemory, text_of

LADDER = (Stage.DNS, Stage.ADDRESS, Stage.TCP, Stage.TLS, Stage.CERTIFICATE, Stage.NAME, Stage.APPLICATION)


_MISSING = Finding(
    code="srv.missing",
    severity=Severity.CRITICAL,
    stage=Stage.DNS,
    what=clean("no SRV record"),
    fix=clean("Publish it"),
)


class ProbingEdge(EdgeInMemory):
    """An edge whose probes find what a test says."""

    targets: dict[str, str]
    """SRV target by domain; an empty one means there is no record."""
    unable = ""
    """Why it cannot probe."""

    def __init__(self, *given: object, targets: dict[str, str] | None = None) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.targets = targets or {}
        self.probed: list[str] = []

    async def probe(
        self, targets: Sequence[str] = (), *, everything: bool = False, failing: bool = False
    ) -> AsyncIterator[ProbeNote]:
        del everything, failing
        if self.unable:
            raise Unsupported(self.unable)
        for text in targets:
            self.probed.append(text)
            scheme, _, name = text.partition(":")
            kind = ProbeKind(scheme)
            for stage in LADDER:
                yield ProbeProgress(target=name, kind=kind, stage=stage, state=StageState.OK)
            yield ProbeDone(result=self.result(name, kind))

    def result(self, name: str, kind: ProbeKind) -> ProbeResult:
        target = self.targets.get(name, f"sip.{name}")
        found = {"srv": clean(f"0 0 5061 {target}")} if target else {}
        dns = StageResult(
            stage=Stage.DNS, state=StageState.OK if target else StageState.FAILED, milliseconds=12.0, facts=found,
            why=clean(f"{target}:5061" if target else "no _sipfederationtls._tcp record"),
        )  # fmt: skip
        state = StageState.OK if target else StageState.SKIPPED
        rest = tuple(StageResult(stage=each, state=state, milliseconds=3.0) for each in LADDER[1:])
        return ProbeResult(
            run="1", target=name, kind=kind, vantage="edge", started=NOW, seconds=0.1,
            severity=Severity.OK if target else Severity.CRITICAL, summary=clean(""), stages=(dns, *rest),
            findings=() if target else (_MISSING,),
        )  # fmt: skip


NAMES = {
    ".": "full_stop",
    "-": "minus",
    " ": "space",
    ":": "colon",
    "/": "slash",
    "?": "question_mark",
    "<": "less_than_sign",
}


async def write(pilot: Pilot[int], text: str) -> None:
    """Type a text, a key a character."""
    for character in text:
        await pilot.press(NAMES.get(character, character))


def lines(pilot: Pilot[int]) -> str:
    return text_of(pilot.app)  # type: ignore[arg-type]
