"""The file backend: plan, explain and edit federation.toml alone, where no proxy runs; nothing is enforced."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from edgeconsole import __version__
from edgeconsole.backends.base import Saved
from edgeconsole.config.edit import apply_changes
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.audit import AuditRecord, AuditVerification
from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.model.change import Change
from edgeconsole.model.errors import Conflict, EdgeconsoleError, Unsupported
from edgeconsole.model.evidence import Evidence
from edgeconsole.model.observed import DiscoveredPartner, Event, Failure, Health, PartnerCounters, Session
from edgeconsole.model.plan import ApplyResult, Impact, Plan
from edgeconsole.model.probing import CertificateRow, ProbeHistory, ProbeNote, Probes
from edgeconsole.model.revision import Author, RestorePoint, Revision, RevisionRecord
from edgeconsole.model.verdict import Explanation, Question
from edgeconsole.rules.impact import changed_domains, impact
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.questions import answer, shown_names
from edgeconsole.rules.requirements.certificates import certificate_requirements

_MOST_PROBLEMS = 20
"""As many as a running edge tells of a broken file."""
_NO_PAST = "no proxy runs that would keep what probes find: `edgeconsole probe` looks now, from this host"
_NO_PROXY = "no proxy runs behind this console: it works on the file alone"


class FileBackend:
    """federation.toml by itself; opened for writing at the first change, and then locked until closed."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime], new_id: Callable[[], str], via: str = "") -> None:
        self._path = path
        self._clock = clock
        self._new_id = new_id
        self._via = via
        self._reader = Revisions.open(path, clock=clock, new_id=new_id, writer=False)
        self._writer: Revisions | None = None

    @property
    def _revisions(self) -> Revisions:
        return self._writer or self._reader

    def _open_for_writing(self) -> Revisions:
        if self._writer is None:
            try:
                self._writer = Revisions.open(self._path, clock=self._clock, new_id=self._new_id)
            except Conflict as error:
                raise Conflict(
                    error.message,
                    remedy=f"Change the running edge instead: edgeconsole --socket {self._socket()} …",
                ) from None
        return self._writer

    def _socket(self) -> str:
        return self._reader.loaded.configuration.proxy.admin_socket

    async def capabilities(self) -> Capabilities:
        """Return that the file can be edited and nothing be observed."""
        others = [item for item in Capability if item is not Capability.EDIT]
        return Capabilities(supported=frozenset({Capability.EDIT}), missing=dict.fromkeys(others, _NO_PROXY))

    async def health(self) -> Health:
        """Return which file this is; `enforcing` is False."""
        await asyncio.to_thread(self._revisions.refresh)
        return Health(
            version=__version__,
            backend="file",
            enforcing=False,
            saved=self._revisions.head,
            configuration_path=str(self._path),
            warnings=("nothing is enforced: this is the file alone",),
            problems=self._revisions.problems[:_MOST_PROBLEMS],
            pending=await asyncio.to_thread(self._revisions.confirming.told),
        )

    async def read(self) -> Saved:
        """Return the configuration in the file."""
        return Saved(self._revisions.loaded.configuration, self._revisions.head)

    async def plan(self, changes: Sequence[Change], *, base: Revision | None = None, rewrite: bool = False) -> Plan:
        """Plan changes; takes the file's lock."""
        return await asyncio.to_thread(lambda: _unguarded(self._plan(changes, base, rewrite)))

    def _plan(self, changes: Sequence[Change], base: Revision | None, rewrite: bool) -> Plan:
        writer = self._open_for_writing()
        writer.refresh()
        # A file that was never written through a console has no lineage until now: the same text is the same revision.
        first_seen = base is not None and not base.lineage and base.etag == writer.head.etag
        return writer.plan(changes, base=None if first_seen else base, rewrite=rewrite)

    async def plan_undo(self, number: int | None = None, *, rewrite: bool = False) -> Plan:
        """Plan the reverse of a revision; takes the file's lock."""

        def planned() -> Plan:
            writer = self._open_for_writing()
            writer.refresh()
            return _owned(_unguarded(writer.plan_undo(number, rewrite=rewrite)))

        return await asyncio.to_thread(planned)

    async def plan_rollback(self, target: int | str | None = None) -> Plan:
        """Plan the whole file of a revision or a restore point; takes the file's lock."""

        def planned() -> Plan:
            writer = self._open_for_writing()
            writer.refresh()
            return _owned(_unguarded(writer.plan_rollback(target)))

        return await asyncio.to_thread(planned)

    async def apply(
        self, plan_id: str, *, why: str = "", confirm: timedelta | None = None, emergency: bool = False
    ) -> ApplyResult:
        """Save a planned change; `running` stays empty, since nothing enforces it. Nothing here would take it back."""
        if confirm is not None:
            raise Unsupported(
                f"there is no automatic rollback here: {_NO_PROXY}",
                remedy="Apply without --confirm; edgeconsole undo takes a change back",
            )
        author = self._author()

        def committed() -> ApplyResult:
            done = self._open_for_writing().commit(plan_id, author=author, why=why, emergency=emergency)
            return ApplyResult(
                outcome=done.outcome,
                revision=self._revisions.head,
                running=None,
                differences=done.record.differences,
            )

        return await asyncio.to_thread(committed)

    def _author(self) -> Author:
        return Author(getpass.getuser(), self._via)

    async def confirm(self, token: str) -> Revision:
        """Keep the change that a proxy left waiting; takes the file's lock. Raises Conflict once its time is over."""

        def confirmed() -> Revision:
            confirming = self._open_for_writing().confirming
            confirming.match(token)
            if confirming.remaining() <= 0:
                raise Conflict(
                    "its time is over, and no proxy runs that would have taken it back",
                    remedy="edgeconsole rollback takes it back now, as the next start of the proxy would",
                )
            return confirming.confirm(token, self._author()).to_rev

        return await asyncio.to_thread(confirmed)

    async def take_back(self, token: str) -> ApplyResult:
        """Take the change that a proxy left waiting back; takes the file's lock. Raises Conflict, NotSaved."""

        def taken_back() -> ApplyResult:
            writer = self._open_for_writing()
            pending = writer.confirming.match(token)
            author = self._author()
            why = f"{pending.to_rev} taken back by {author.name} with no proxy running"
            outcome = writer.confirming.roll_back(author, why)
            return ApplyResult(outcome=outcome, revision=writer.head, running=None, detail=why)

        return await asyncio.to_thread(taken_back)

    async def plan_reload(self) -> Plan:
        """Refuse: no proxy runs."""
        raise self._unsupported("nothing can be reloaded")

    async def reload(
        self, *, base: Revision | None = None, why: str = "", confirm: timedelta | None = None
    ) -> ApplyResult:
        """Refuse: no proxy runs."""
        del base, why, confirm
        raise self._unsupported("nothing can be reloaded")

    async def impact(self, changes: Sequence[Change]) -> Impact:
        """Return what changes would open and close among the domains they name."""
        before = self._revisions.loaded.configuration
        after = await asyncio.to_thread(apply_changes, before, changes)
        return impact(RuleIndex.compile(before), RuleIndex.compile(after), changed_domains(before, after))

    async def text(self, number: int | None = None) -> str:
        """Return the file as it stands, or as it was at a revision whose text is kept."""
        if number is None:
            return self._revisions.loaded.text
        points = self._revisions.points
        return (await asyncio.to_thread(lambda: points.text_at(points.numbered(number)))).text

    async def history(self, limit: int = 50) -> tuple[RevisionRecord, ...]:
        """Return the latest revisions, newest first."""
        return await asyncio.to_thread(self._revisions.history, limit)

    async def audit(self, limit: int = 50) -> tuple[AuditRecord, ...]:
        """Return what was done, newest first."""
        return await asyncio.to_thread(self._revisions.trail.records, limit)

    async def verify_audit(self, head: str | None = None) -> AuditVerification:
        """Check every line of the audit; needs to read its key."""
        return await asyncio.to_thread(self._revisions.trail.verify, head)

    async def restore_points(self) -> tuple[RestorePoint, ...]:
        """Return the revisions that have names."""
        return await asyncio.to_thread(self._revisions.points.all)

    async def add_restore_point(self, name: str, number: int | None = None, *, why: str = "") -> RestorePoint:
        """Name a revision, the saved one without a number; takes the file's lock."""

        def added() -> RestorePoint:
            writer = self._open_for_writing()
            return writer.points.add(name, number, author=self._author(), why=why)

        return await asyncio.to_thread(added)

    async def remove_restore_point(self, name: str) -> RestorePoint:
        """Take a name away; takes the file's lock."""
        return await asyncio.to_thread(lambda: self._open_for_writing().points.remove(name, author=self._author()))

    async def explain(self, question: Question) -> Explanation:
        """Explain from the configuration alone; DNS and certificate checks say `not run` unless given."""
        loaded = self._revisions.loaded
        moment = self._clock()
        index = RuleIndex.compile(loaded.configuration, moment)
        return answer(index, question, Evidence(peer_names=shown_names(question)), loaded.places, moment.date())

    async def sessions(self) -> tuple[Session, ...]:
        """Return nothing: no proxy runs."""
        return ()

    async def close_sessions(self, domain: str = "", *, session: str = "", peer: str = "") -> int:
        """Refuse: no proxy runs."""
        raise self._unsupported(f"sessions of {domain or session or peer} cannot be closed")

    async def counters(self) -> tuple[PartnerCounters, ...]:
        """Return nothing: no proxy runs."""
        return ()

    async def discovered(self) -> tuple[DiscoveredPartner, ...]:
        """Return nothing: no proxy runs."""
        return ()

    async def dismiss(self, domain: str) -> bool:
        """Refuse: no proxy runs that would have seen it."""
        raise self._unsupported(f"{domain} was not seen by this console")

    async def failures(self) -> tuple[Failure, ...]:
        """Return nothing: no proxy runs."""
        return ()

    async def probes(self, after: int | None = None) -> Probes:
        """Return nothing: no proxy runs that would keep it."""
        del after
        return Probes(problems=(_NO_PAST,))

    async def probe_history(self, target: str) -> ProbeHistory:
        """Refuse: no proxy runs that would keep it."""
        raise self._unsupported(f"nothing is kept of {target}")

    async def certificates(self) -> tuple[CertificateRow, ...]:
        """Return our own certificates from their files; what partners show takes a probe."""
        # Late: cryptography is needed by few commands.
        from edgeconsole.probes.certificate_rows import by_days, own_rows
        from edgeconsole.probes.own_certificates import check_certificates

        moment = self._clock()
        required = certificate_requirements(self._revisions.loaded.configuration, moment)
        checks = await asyncio.to_thread(check_certificates, required, self._path.absolute().parent, moment)
        return by_days(own_rows(checks))

    def probe(
        self, targets: Sequence[str] = (), *, everything: bool = False, failing: bool = False
    ) -> AsyncIterator[ProbeNote]:
        """Probe now from the host of this console."""
        # Late: it costs 100 ms that no other call on a file needs.
        from edgeconsole.backends.here import probe_here

        if failing:
            raise self._unsupported("which targets fail is not known here")
        configuration = self._revisions.loaded.configuration
        return probe_here(configuration, self._path.absolute().parent, None if everything else targets, self._clock)

    def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Refuse: a file has no event stream; the store polls."""
        del after
        raise self._unsupported("there are no events")

    async def aclose(self) -> None:
        """Release the lock."""
        if self._writer is not None:
            self._writer.close()
        self._reader.close()

    def _unsupported(self, what: str) -> EdgeconsoleError:
        return Unsupported(f"{what}: {_NO_PROXY}", remedy="edgeconsole proxy --config FILE starts one")


def _owned(plan: Plan) -> Plan:
    """Return a plan that says whether what it takes back is of who uses this console."""
    return plan.owned_by(getpass.getuser())


def _unguarded(plan: Plan) -> Plan:
    """Return a plan without the guard: nobody could confirm it, and it closes nothing until a proxy enforces it."""
    return msgspec.structs.replace(plan, guard=())
