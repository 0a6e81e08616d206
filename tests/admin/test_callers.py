"""Which role a system user has: root and the proxy's own user, users by name and number, groups of a process."""

import grp
import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edgeconsole.model.configuration import Proxy
from edgeconsole.proxy.admin.callers import Peer, caller_by_user, peer_of, role_of_user
from edgeconsole.wire.roles import Role

NOBODY = 54_321
"""A number without a name."""
GROUP = grp.getgrall()[-1]


def role(*, uid: int = NOBODY, groups: tuple[int, ...] = (), **entries: tuple[str, ...]) -> Role | None:
    return role_of_user(uid, frozenset(groups), Proxy(**entries))


def test_a_member_of_a_listed_group_has_its_role_and_nobody_else() -> None:
    listed = (f"@{GROUP.gr_name}",)
    assert role(groups=(1, GROUP.gr_gid), operators=listed) is Role.OPERATOR
    assert role(groups=(GROUP.gr_gid + 1,), operators=listed) is None
    assert role(operators=listed) is None


def test_a_group_is_listed_by_its_name_with_the_sign_alone() -> None:
    assert role(groups=(GROUP.gr_gid,), operators=(GROUP.gr_name, f"@{GROUP.gr_gid}")) is None


def test_a_group_the_host_does_not_know_is_passed_over() -> None:
    assert role(groups=(GROUP.gr_gid,), viewers=("@no-such-group", f"@{GROUP.gr_name}")) is Role.VIEWER
    assert role(groups=(GROUP.gr_gid,), viewers=("@no-such-group",)) is None


def test_a_user_is_listed_by_name_or_by_number() -> None:
    someone = next(each for each in pwd.getpwall() if each.pw_uid not in (0, os.geteuid()))
    assert role(uid=someone.pw_uid, viewers=(someone.pw_name,)) is Role.VIEWER
    assert role(uid=someone.pw_uid, viewers=(str(someone.pw_uid),)) is Role.VIEWER
    assert role(uid=someone.pw_uid, viewers=("no-such-user",)) is None


def test_of_several_roles_the_highest_counts() -> None:
    by_number, by_group = (str(NOBODY),), (f"@{GROUP.gr_name}",)
    assert role(groups=(GROUP.gr_gid,), viewers=by_number, operators=by_group) is Role.OPERATOR
    assert role(groups=(GROUP.gr_gid,), admins=by_number, operators=by_group) is Role.ADMIN


def test_root_and_the_proxys_own_user_may_do_everything_and_the_next_numbers_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    assert [role(uid=uid) for uid in (0, NOBODY, 1, NOBODY + 1)] == [Role.ADMIN, Role.ADMIN, None, None]


def test_a_caller_without_a_name_on_the_host_is_shown_by_number() -> None:
    peer = Peer(NOBODY, frozenset())
    caller = caller_by_user(peer, Proxy(viewers=(str(NOBODY),)))
    assert caller is not None
    assert (caller.name, caller.uid, caller.subject) == (f"uid {NOBODY}", NOBODY, f"uid:{NOBODY}")
    assert caller_by_user(peer, Proxy()) is None


def test_the_kernel_says_who_connected_with_every_group_of_the_process() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer_of(ours) == Peer(os.getuid(), frozenset({os.getgid(), *os.getgroups()}))
        status = Path("/proc/self/status").read_text()
    assert {str(each) for each in os.getgroups()} == set(status.partition("\nGroups:")[2].partition("\n")[0].split())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a process other groups")
def test_the_groups_of_another_process_are_the_peers_and_not_ours(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(1)
        connecting = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({path!r}); s.recv(1)"
        with subprocess.Popen((sys.executable, "-S", "-c", connecting), extra_groups=(41, 42, 43)) as other:
            accepted, _ = listening.accept()
            with accepted:
                assert peer_of(accepted).groups == {os.getgid(), 41, 42, 43}
                accepted.send(b"x")
        assert other.returncode == 0
