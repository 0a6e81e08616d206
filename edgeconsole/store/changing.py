"""What a console may change and how carefully: planned on the revision that was seen, by the rules of its context."""

from collections.abc import Sequence
from datetime import timedelta

from edgeconsole.backends.base import Backend
from edgeconsole.model.change import Change
from edgeconsole.model.errors import NotPermitted
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import Revision


class Changing:
    """The changing half of the store."""

    def __init__(
        self, backend: Backend, *, readonly: bool = False, readonly_by: str = "", confirm: timedelta | None = None
    ) -> None:
        self.readonly = readonly
        self.confirm = confirm
        """How long a change waits to be confirmed where nobody says otherwise: what the context asks for."""
        self.rewrite = False
        """Whether a change may cost the file its comments where it cannot be made without."""
        self._readonly_by = readonly_by
        """The context that makes it read-only; empty where the command line does."""
        self._backend = backend

    @property
    def backend(self) -> Backend:
        """The backend itself, for commands that read one thing and keep no snapshot."""
        return self._backend

    async def plan(self, changes: Sequence[Change], *, base: Revision | None = None) -> Plan:
        """Plan a change on the revision it was made on, so that nobody else's change is overwritten unseen.

        Without a base that is the revision on screen.
        """
        self.require_edit()
        on = self._on_screen if base is None else base
        if self.rewrite:
            return await self._backend.plan(changes, base=on, rewrite=True)
        return await self._backend.plan(changes, base=on)

    async def plan_undo(self, number: int | None = None) -> Plan:
        """Plan the reverse of a revision; None is the last one that is not undone yet."""
        self.require_edit()
        if self.rewrite:
            return await self._backend.plan_undo(number, rewrite=True)
        return await self._backend.plan_undo(number)

    async def plan_rollback(self, target: int | str | None = None) -> Plan:
        """Plan the whole file of a revision or a restore point; None is the revision before the last."""
        self.require_edit()
        return await self._backend.plan_rollback(target)

    async def apply(
        self, plan: Plan, why: str = "", *, confirm: timedelta | None = None, emergency: bool = False
    ) -> ApplyResult:
        """Apply a plan; where a snapshot is kept, read back what became of it.

        With `confirm`, or where the context asks for it, the edge takes it back after that time unless somebody
        confirms it: `backend.confirm(token)`. An emergency block stays, whatever the context asks for.
        """
        self.require_edit()
        if emergency:
            result = await self._backend.apply(plan.plan_id, why=why, confirm=confirm, emergency=True)
        elif (length := confirm or self.confirm) is None:
            result = await self._backend.apply(plan.plan_id, why=why)
        else:
            result = await self._backend.apply(plan.plan_id, why=why, confirm=length)
        await self._changed()
        return result

    async def close_sessions(self, domain: str = "", *, session: str = "", peer: str = "") -> int:
        """Close the sessions that serve a domain, that are with a peer, or the one of that id; return how many."""
        self.require_edit()
        if domain:
            return await self._backend.close_sessions(domain)
        return await self._backend.close_sessions(session=session, peer=peer)

    async def dismiss(self, domain: str) -> bool:
        """Take a domain off the list of those seen until it is seen again; return whether it was on it."""
        self.require_edit()
        return await self._backend.dismiss(domain)

    async def plan_reload(self) -> Plan:
        """Return what enforcing the saved file would change."""
        self.require_edit()
        return await self._backend.plan_reload()

    async def reload(self, plan: Plan, why: str = "", *, confirm: timedelta | None = None) -> ApplyResult:
        """Let the backend enforce the saved file as it was planned; with `confirm` as for `apply`."""
        self.require_edit()
        return await self._backend.reload(base=plan.base, why=why, confirm=confirm or self.confirm)

    def require_edit(self) -> None:
        """Raise NotPermitted where nothing is to be changed, saying by whose wish and how to lift it."""
        if self.readonly:
            reason, remedy = self._read_only()
            raise NotPermitted(reason, remedy=remedy)

    def _read_only(self) -> tuple[str, str]:
        if self._readonly_by:
            remedy = "--no-readonly lifts that for one command, or for one console"
            return f"the context {self._readonly_by} is read-only", remedy
        return "this console is read-only", "Say it without --readonly to change anything"

    @property
    def _on_screen(self) -> Revision | None:
        """The revision a change is made on where none is named."""
        raise NotImplementedError

    async def _changed(self) -> None:
        """Read back what became of a change."""
        raise NotImplementedError
