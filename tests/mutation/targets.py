"""The modules whose mutants are counted, and the tests that are to notice them."""

from typing import NamedTuple


class Target(NamedTuple):
    """A module and its tests; of those only the ones that call what is changed are run."""

    module: str
    tests: tuple[str, ...]


_AUTHORISATION = ("tests/admin/test_authorisation.py", "tests/admin/test_tokens.py")
_AUDIT = ("tests/config/test_audit_chain.py", "tests/config/test_journal_room.py", "tests/config/test_journal.py")
_JOURNAL = (
    "tests/config/test_journal_room.py",
    "tests/config/test_journal.py",
    "tests/config/test_revisions.py",
    "tests/config/test_undo.py",
    "tests/config/test_atomic_save.py",
    "tests/reliability/test_failing_audit.py",
)
_CONFIRM = (
    "tests/config/test_confirming.py",
    "tests/reliability/test_failing_audit.py",
    "tests/reliability/test_confirmed.py",
    "tests/config/test_revisions.py",
)
_CONFIRM_EDGE = (
    "tests/reliability/test_confirmation_words.py",
    "tests/reliability/test_confirmation_timer.py",
    "tests/reliability/test_confirmation_turns.py",
    "tests/reliability/test_failing_audit.py",
    "tests/reliability/test_confirmed.py",
)
_STORE = ("tests/store", "tests/drafts")

TARGETS = {
    "framer": Target("edgeconsole.proxy.sip.framer", ("tests/proxy/test_framer.py",)),
    "sanitiser": Target("edgeconsole.model.text", ("tests/model/test_text.py",)),
    "roles": Target("edgeconsole.wire.roles", _AUTHORISATION),
    "callers": Target("edgeconsole.proxy.admin.callers", ("tests/admin/test_callers.py", *_AUTHORISATION)),
    "access": Target("edgeconsole.proxy.admin.access", ("tests/admin/test_tokens.py", "tests/admin/test_presence.py")),
    "journal": Target("edgeconsole.config.journal", _JOURNAL),
    "audit": Target("edgeconsole.config.audit", _AUDIT),
    "trail": Target("edgeconsole.config.trail", ("tests/config/test_trail.py",)),
    "confirm": Target("edgeconsole.config.confirm", _CONFIRM),
    "confirmation": Target("edgeconsole.proxy.confirmation", _CONFIRM_EDGE),
    "store": Target("edgeconsole.store.store", _STORE),
}
