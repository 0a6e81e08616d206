"""An edge in memory behind the Backend interface, and the console on it: what the console's tests are written with."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edgeconsole.backends.base import Saved
from edgeconsole.config.edit import apply_changes, differences, turned
from edgeconsole.model.audit import AuditAct, AuditProblem, AuditRecord, AuditVerification
from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import AccessEdge, Action, Configuration, Edge, FederatedDomain, SipDomain
from edgeconsole.model.errors import BadInput, ConfirmRequired, Conflict, Problem, Unreachable
from edgeconsole.model.names import DomainName, HostPort, parse_domain
from edgeconsole.model.observed import (
    DiscoveredPartner,
    Event,
    EventKind,
    Failure,
    Health,
    Listener,
    PartnerCounters,
    Plane,
    PlaneState,
    Session,
)
from edgeconsole.model.plan import ApplyResult, Impact, PendingConfirm, Plan
from edgeconsole.model.revision import Author, Origin, RestorePoint, Revision, RevisionRecord, WriteOutcome
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import (
    CheckId,
    Direction,
    Explanation,
    PartnerClass,
    Question,
    Step,
    StepResult,
    VerdictKind,
)
from edgeconsole.rules.impact import impact
from edgeconsole.rules.index import RuleIndex
from edgeconsole.store.autosave import DraftFiles
from edgeconsole.store.calls import CallLog
from edgeconsole.store.drafts import DraftBox
from edgeconsole.store.store import Store
from edgeconsole.tui import themes
from edgeconsole.tui.app import ConsoleApp
from edgeconsole.tui.keys import KeyMap
from edgeconsole.wire.messages import Presence, PresenceNote

if TYPE_CHECKING:
    from textual.pilot import Pilot

NOW = datetime(2026, 11, 20, 12, 4, 30, tzinfo=UTC)

ALL = Capabilities(frozenset(Capability))
ALICE = Author("alice", "console")


def ago(**parts: float) -> datetime:
    """Return a moment before the tests' now."""
    return NOW - timedelta(**parts)


def name(text: str) -> DomainName:
    return parse_domain(text)


def configuration(*, discovery: bool = False, domains: Sequence[FederatedDomain] | None = None) -> Configuration:
    """Return a small edge: two allowed, one pinned, one blocked."""
    listed = (
        FederatedDomain(name=name("fabrikam.example"), action=Action.ALLOW, comment="Supplier, contract 4411"),
        FederatedDomain(
            name=name("northwind.example"), action=Action.ALLOW, access_edge=HostPort("sip.northwind.example", 5061)
        ),
        FederatedDomain(name=name("litware.example"), action=Action.BLOCK),
        FederatedDomain(name=name("tailspin.example"), action=Action.ALLOW),
    )
    return Configuration(
        edge=Edge(fqdn=name("sip.contoso.example"), next_hop=HostPort("pool.int.contoso.example")),
        access_edge=AccessEdge(federation=True, partner_discovery=discovery),
        sip_domains=(SipDomain(name=name("contoso.example")),),
        domains=listed if domains is None else tuple(domains),
    )


def busy() -> dict[str, object]:
    """Return the observations of an edge with traffic, one failing partner and one stranger."""
    return {
        "sessions": (
            Session(
                id="s1", plane=Plane.SIP, direction=Direction.INBOUND, peer="192.0.2.7:40112",
                names=(clean("sip.fabrikam.example"),), domains=("fabrikam.example",), since=ago(minutes=9),
                tls="TLSv1.3 AES256", messages=412,
            ),
        ),
        "counters": (
            PartnerCounters(
                domain="fabrikam.example", received=310, relayed_in=308, sent=102, relayed_out=102, denied_in=2,
                last_seen=ago(minutes=3),
            ),
            PartnerCounters(
                domain="tailspin.example", received=4, relayed_in=4, sent=9, failed=3, last_seen=ago(hours=2)
            ),
            PartnerCounters(domain="litware.example", received=7, denied_in=7, last_seen=ago(minutes=40)),
        ),
        "discovered": (
            DiscoveredPartner(
                domain="adatum.example", first_seen=ago(hours=5), last_seen=ago(minutes=4), messages=12, allowed=False,
                outcome="not-listed", edge=clean("sip.adatum.example"), names=(clean("sip.adatum.example"),),
            ),
        ),
        "failures": (
            Failure(
                at=ago(minutes=4), direction=Direction.OUTBOUND, domain="tailspin.example", peer="192.0.2.99:5061",
                stage="tls", code=504, diagnostics=1010, text=clean("certificate has expired"),
            ),
        ),
    }  # fmt: skip


class EdgeInMemory:
    """A backend that keeps its revisions in a list and decides with the real rules."""

    def __init__(self, saved: Configuration | None = None, seen: dict[str, object] | None = None) -> None:
        self.saved: list[Configuration] = [saved or configuration()]
        self.seen = Snapshot(**{"connection": Connection.LIVE, **(busy() if seen is None else seen)})  # type: ignore[arg-type]
        self.records: list[RevisionRecord] = [self._record(Origin.CREATED, ())]
        self.offered: dict[str, tuple[Plan, Configuration, int | None]] = {}
        self.applied: list[Plan] = []
        self.down: str | None = None
        self.origin = Origin.APPLIED
        self.able = ALL
        self.closed = False
        self.gate: asyncio.Event | None = None
        """While set and not passed, plans do not come back: a slow edge."""
        self.apply_gate: asyncio.Event | None = None
        self.waiting: PendingConfirm | None = None
        self.guard: tuple[str, ...] = ()
        """Why every plan must be kept by hand."""
        self.points: list[RestorePoint] = []
        self.acts: list[AuditRecord] = [
            AuditRecord(
                seq=1, at=ago(hours=1), by=Author("alice", "console"), act=AuditAct.REVISION, revision=1,
                origin=Origin.CREATED, outcome=WriteOutcome.COMMITTED,
            )
        ]  # fmt: skip
        self.tampered: tuple[AuditProblem, ...] = ()
        self.here: tuple[Presence, ...] = ()
        self.notes: list[PresenceNote] = []
        self.running: Revision | None = None
        """Set while the saved file was edited by hand and is not in force."""
        self.problems: tuple[Problem, ...] = ()
        self._changed = asyncio.Event()
        self._end: str | None = None

    @property
    def now(self) -> Configuration:
        return self.saved[-1]

    @property
    def revision(self) -> Revision:
        return Revision("l1", len(self.saved), f"etag{len(self.saved)}")

    def _record(
        self,
        origin: Origin,
        differences: tuple[Difference, ...],
        undoes: int | None = None,
        why: str = "",
        by: Author = ALICE,
    ) -> RevisionRecord:
        return RevisionRecord(
            revision=self.revision, at=ago(hours=1), by=by, origin=origin, differences=differences, undoes=undoes,
            why=why,
        )  # fmt: skip

    def happen(self) -> None:
        """Let an event arrive: the store reads again."""
        self._changed.set()

    def fail(self, why: str) -> None:
        """Go away."""
        self.down = why
        self.happen()

    def _alive(self) -> None:
        if self.down is not None:
            raise Unreachable(self.down, remedy="Start it: systemctl start edgeconsole-proxy")

    async def capabilities(self) -> Capabilities:
        self._alive()
        return self.able

    async def health(self) -> Health:
        self._alive()
        return Health(
            version="0.1", backend="local", enforcing=True, instance="i1", started=ago(days=2), saved=self.revision,
            running=self.running or self.revision, problems=self.problems,
            configuration_path="/etc/edgeconsole/federation.toml", pending=self.waiting,
            audit_head=f"{len(self.acts)}:9f3c",
            listeners=(
                Listener(name="sip", address="0.0.0.0:5061", state=PlaneState.UP),
                Listener(name="internal", address="10.0.0.5:5061", state=PlaneState.UP),
            ),
        )  # fmt: skip

    async def read(self) -> Saved:
        self._alive()
        return Saved(self.now, self.revision)

    async def plan(self, changes: Sequence[Change], *, base: Revision | None = None) -> Plan:
        if base is not None and base.etag != self.revision.etag:
            raise Conflict(f"{self.revision} is saved now, by bob at 12:03", remedy="Plan again")
        return await self._offer(apply_changes(self.now, changes), tuple(changes), None)

    async def plan_undo(self, number: int | None = None) -> Plan:
        before = self.saved[-2] if len(self.saved) > 1 else self.now
        return await self._offer(before, turned(differences(self.now, before)), number or len(self.saved))

    async def plan_rollback(self, target: int | str | None = None) -> Plan:
        named = next((point.revision.number for point in self.points if point.name == target), target)
        assert isinstance(named, int)
        after = self.saved[named - 1]
        plan = await self._offer(after, turned(differences(self.now, after)), None)
        self.origin = Origin.ROLLED_BACK
        return plan

    async def _offer(self, after: Configuration, changes: tuple[Change, ...], undoes: int | None) -> Plan:
        if self.gate is not None:
            await self.gate.wait()
        self._alive()
        known = [record.name for record in (*self.now.domains, *after.domains)]
        known += [seen.domain for seen in self.seen.discovered]
        plan = Plan(
            plan_id=f"p{len(self.offered)}", base=self.revision, changes=changes,
            differences=differences(self.now, after), toml_diff=toml(differences(self.now, after)), guard=self.guard,
            impact=impact(RuleIndex.compile(self.now), RuleIndex.compile(after), known, self.seen.sessions),
            expires=NOW + timedelta(minutes=5),
        )  # fmt: skip
        self.offered[plan.plan_id] = (plan, after, undoes)
        return plan

    async def apply(self, plan_id: str, *, why: str = "", confirm: timedelta | None = None) -> ApplyResult:
        if self.apply_gate is not None:
            await self.apply_gate.wait()
        self._alive()
        plan, after, undoes = self.offered.pop(plan_id)
        if plan.guard and confirm is None:
            raise ConfirmRequired("this must be kept by hand")
        before = self.revision
        self.applied.append(plan)
        self.saved.append(after)
        origin, self.origin = (self.origin if undoes is None else Origin.UNDONE), Origin.APPLIED
        self.records.insert(0, self._record(origin, plan.differences, undoes, why))
        if confirm is not None:
            self.waiting = PendingConfirm(
                token="t1", by=Author("alice", "console"), why=why, before=before, after=self.revision,
                timeout=confirm.total_seconds(), seconds_left=confirm.total_seconds(), deadline=NOW + confirm,
            )  # fmt: skip
        return ApplyResult(
            outcome=WriteOutcome.COMMITTED, revision=self.revision, running=self.revision,
            closed_sessions=plan.impact.sessions, differences=plan.differences, pending=self.waiting,
        )  # fmt: skip

    async def confirm(self, token: str) -> Revision:
        assert self.waiting is not None
        assert token == self.waiting.token
        self.waiting = None
        return self.revision

    async def take_back(self, token: str, by: Author = ALICE) -> ApplyResult:
        assert self.waiting is not None
        assert token == self.waiting.token
        before = self.saved[self.waiting.before.number - 1]
        steps = differences(self.now, before)
        self.saved.append(before)
        self.waiting = None
        self.records.insert(0, self._record(Origin.ROLLED_BACK, steps, by=by))
        return ApplyResult(outcome=WriteOutcome.COMMITTED, revision=self.revision, running=self.revision)

    async def revert(self) -> None:
        """Let the time of what waits be over."""
        await self.take_back("t1", Author("edgeconsole", "timer"))
        self.happen()

    async def somebody(self, *changes: Change, by: str = "bob") -> None:
        """Let somebody else save something."""
        after = apply_changes(self.now, changes)
        steps = differences(self.now, after)
        self.saved.append(after)
        self.records.insert(0, self._record(Origin.APPLIED, steps, by=Author(by, "command")))
        self.happen()

    async def restore_points(self) -> tuple[RestorePoint, ...]:
        return tuple(self.points)

    async def add_restore_point(self, name: str, number: int | None = None, *, why: str = "") -> RestorePoint:
        assert number is not None
        record = next(record for record in self.records if record.revision.number == number)
        self.points.append(RestorePoint(name=name, revision=record.revision, at=NOW, by=Author("alice"), why=why))
        return self.points[-1]

    async def remove_restore_point(self, name: str) -> RestorePoint:
        gone = next(point for point in self.points if point.name == name)
        self.points.remove(gone)
        return gone

    async def audit(self, limit: int = 50) -> tuple[AuditRecord, ...]:
        return tuple(reversed(self.acts))[:limit]

    async def verify_audit(self, head: str | None = None) -> AuditVerification:
        return AuditVerification(lines=len(self.acts), head=f"{len(self.acts)}:9f3c", problems=self.tampered)

    async def probes(self, after: int | None = None) -> object:
        from edgeconsole.model.probing import Probes

        return Probes()

    async def note_presence(self, note: PresenceNote) -> tuple[Presence, ...]:
        self._alive()
        self.notes.append(note)
        return self.here

    async def by_hand(self, *changes: Change) -> None:
        """Let somebody edit the file."""
        before, self.running = self.now, self.revision
        self.saved.append(apply_changes(before, changes))
        steps = differences(before, self.now)
        self.records.insert(0, self._record(Origin.EXTERNAL, steps, by=Author("external")))
        self.happen()

    async def plan_reload(self) -> Plan:
        self._alive()
        before = self.now if self.running is None else self.saved[self.running.number - 1]
        return Plan(
            plan_id="", base=self.revision, changes=(), differences=differences(before, self.now), toml_diff="",
            impact=impact(RuleIndex.compile(before), RuleIndex.compile(self.now), (), ()), expires=NOW,
        )  # fmt: skip

    async def reload(
        self, *, base: Revision | None = None, why: str = "", confirm: timedelta | None = None
    ) -> ApplyResult:
        assert base == self.revision
        self.running = None
        return ApplyResult(outcome=WriteOutcome.COMMITTED, revision=self.revision, running=self.revision)

    async def impact(self, changes: Sequence[Change]) -> Impact:
        return (await self.plan(changes)).impact

    async def history(self, limit: int = 50) -> tuple[RevisionRecord, ...]:
        self._alive()
        return tuple(self.records[:limit])

    async def text(self, number: int | None = None) -> str:
        raise BadInput(f"the text of revision #{number} is not kept any more")

    async def explain(self, question: Question) -> Explanation:
        self._alive()
        assert question.direction is not None
        partner = question.sender if question.direction is Direction.INBOUND else question.recipient
        return explanation(question, blocked=not is_open(self.now, partner))

    async def sessions(self) -> tuple[Session, ...]:
        return self.seen.sessions

    async def close_sessions(self, domain: str) -> int:
        return 0

    async def counters(self) -> tuple[PartnerCounters, ...]:
        return self.seen.counters

    async def discovered(self) -> tuple[DiscoveredPartner, ...]:
        return self.seen.discovered

    async def dismiss(self, domain: str) -> bool:
        self._alive()
        kept = tuple(each for each in self.seen.discovered if each.domain != domain)
        known = len(kept) < len(self.seen.discovered)
        self.seen = msgspec.structs.replace(self.seen, discovered=kept)
        self.happen()
        return known

    async def failures(self) -> tuple[Failure, ...]:
        return self.seen.failures

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._alive()
            yield Event(id=1, at=NOW, kind=EventKind.RESET)

    async def aclose(self) -> None:
        self.closed = True


def toml(steps: Sequence[Difference]) -> str:
    """Return something like the diff of the file."""
    lines = [f"-{step.field} = {step.before}\n+{step.field} = {step.after}\n" for step in steps]
    return "--- federation.toml\n+++ federation.toml\n@@ -12,3 +12,3 @@\n [[domain]]\n" + "".join(lines)


def is_open(configuration: Configuration, domain: str) -> bool:
    return any(record.name == domain and record.action is Action.ALLOW for record in configuration.domains)


def explanation(question: Question, *, blocked: bool) -> Explanation:
    """Return an explanation whose words are the tests' own; what the rules say is tested with the rules."""
    assert question.direction is not None
    steps = [
        Step(
            check=CheckId.FEDERATION, result=StepResult.PASS, rule="federation is on", why="federation is on",
            where="federation.toml:7",
        ),
        Step(check=CheckId.SENDER, result=StepResult.PASS, rule="the sender's side", why=f"{question.sender} is known"),
    ]  # fmt: skip
    last = Step(
        check=CheckId.SRV, result=StepResult.NOT_RUN, rule="SRV", why="DNS was not asked for _sipfederationtls._tcp"
    )
    if blocked:
        last = Step(
            check=CheckId.BLOCKED, result=StepResult.DENY, rule="not blocked", why="a block rule covers the domain",
            where="federation.toml:31", code=1008,
        )  # fmt: skip
    return Explanation(
        verdict=VerdictKind.DENIED if blocked else VerdictKind.ALLOWED,
        partner_class=PartnerClass.BLOCKED if blocked else PartnerClass.ALLOWED_DOMAIN,
        decided_by=last.check, direction=question.direction, sender=question.sender, recipient=question.recipient,
        steps=(*steps, last, *[steps[1]] * 9), complete=blocked,
    )  # fmt: skip


async def never(_seconds: float) -> None:
    """A pause between attempts that does not end by itself: a test says when to go on."""
    await asyncio.Event().wait()


def draft_box(files: DraftFiles | None = None, name: str = "d1") -> DraftBox:
    """Return an empty draft, kept in memory unless files are given."""
    return DraftBox("test", clock=lambda: NOW, new_id=lambda: name, files=files)


class Clock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def console(
    edge: EdgeInMemory,
    *,
    readonly: bool = False,
    theme: str = themes.DEFAULT,
    notice: str = "",
    drafts: DraftBox | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    keys: KeyMap | None = None,
    directory: Path | None = None,
) -> ConsoleApp:
    """Return the console on an edge, its clock stopped unless the test moves it, what is unfinished kept in memory
    unless a directory is given."""
    calls = CallLog(clock, lambda: 0.0)
    calls.note(edge)
    store = Store(edge, clock=clock, readonly=readonly, pause=never, drafts=drafts, calls=calls)
    return ConsoleApp(
        store,
        themes.load(theme),
        clock=clock,
        notice=notice,
        keys=keys,
        pause=never,
        directory=(lambda: directory) if directory is not None else None,
    )


def text_of(app: ConsoleApp) -> str:
    """Return what stands on the screen, a line a row, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def until(pilot: "Pilot[int]", condition: Callable[[], bool], rounds: int = 200) -> None:
    """Let the console work until something is true."""
    for _ in range(rounds):
        if condition():
            await pilot.pause()
            return
        await pilot.pause()
    raise AssertionError(f"never came to be; the screen says\n{text_of(pilot.app)}")  # type: ignore[arg-type]


async def shows(pilot: "Pilot[int]", text: str) -> None:
    """Wait until a text stands on the screen."""
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    await until(pilot, lambda: text in text_of(app))
