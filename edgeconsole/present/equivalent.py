"""The plain command that does what the console did: for the log, for a ticket, for a script."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import timedelta

from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.durations import write_duration
from edgeconsole.model.verdict import Direction, Question

PRODUCT = "edgeconsole"
_KINDS = {Table.XMPP_PARTNER: "xmpp", Table.HOSTING_PROVIDER: "hosting", Table.PUBLIC_PROVIDER: "public"}
_ONCE = {Table.EDGE, Table.PROXY, Table.ACCESS_EDGE, Table.XMPP_GATEWAY, Table.PROBE}
_NAMED = {Table.SIP_DOMAIN: "sip-domains", Table.SITE: "sites", Table.POLICY: "policies"}
_RECORD_OPTIONS = ("comment", "owner", "ticket", "expires")
_PLAIN = {
    "capabilities": "info", "health": "info", "read": "export", "sessions": "sessions list", "counters": "status",
    "discovered": "discovered list", "restore_points": "restore-point list", "certificates": "certificates",
    "verify_audit": "audit verify", "confirm": "confirm", "take_back": "rollback", "note_presence": "presence",
    "failures": "status", "history": "history", "audit": "audit",
}  # fmt: skip
"""Calls whose command needs none of their arguments."""
_SECRET = ("token", "secret", "password")


def command(
    name: str, arguments: Sequence[object], options: Mapping[str, object], planned: "tuple[str, ...]" = ()
) -> tuple[str, ...]:
    """Return the commands that do the same as a call, without the product's name; empty where none does.

    `planned` is what the plan that is applied was made by. A token that keeps a change is not among them: the command
    needs none.
    """
    first = arguments[0] if arguments else None
    if name in _PLAIN:
        return (_PLAIN[name],)
    match name:
        case "plan" | "impact" if isinstance(first, Sequence):
            return tuple(f"{each} --dry-run" for each in of_changes(tuple(first)))
        case "plan_undo":
            return (f"undo{_word(first)} --dry-run",)
        case "plan_rollback":
            return (f"rollback{_word(first)} --dry-run",)
        case "plan_reload":
            return ("reload --dry-run",)
        case "apply":
            return tuple(f"{each}{_how(options)}" for each in planned)
        case "reload":
            return (f"reload{_how(options)}",)
        case "explain" if isinstance(first, Question):
            way = {Direction.INBOUND: " --direction in", Direction.OUTBOUND: " --direction out", None: ""}
            return (f"explain {_quoted(first.sender)} {_quoted(first.recipient)}{way[first.direction]}",)
        case "close_sessions":
            named = [f" --{name} {_quoted(str(options[name]))}" for name in ("session", "peer") if options.get(name)]
            return (f"sessions close{_word(first)}{''.join(named)}",)
        case "dismiss":
            return (f"discovered dismiss{_word(first)}",)
        case "add_restore_point":
            return (f"restore-point add{_word(first)}{_word(arguments[1] if len(arguments) > 1 else None)}",)
        case "remove_restore_point":
            return (f"restore-point remove{_word(first)}",)
        case "probe":
            every = " --all" if options.get("everything") else " --failing" if options.get("failing") else ""
            targets = first if isinstance(first, Sequence) and not isinstance(first, str) else ()
            return (f"probe{every}{''.join(_word(each) for each in targets)}",)
        case _:
            return ()


def of_plan(name: str, arguments: Sequence[object]) -> tuple[str, ...]:
    """Return the commands that a planning call prepares."""
    return tuple(each.removesuffix(" --dry-run") for each in command(name, arguments, {}))


def of_changes(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return a command for each change that has one."""
    return tuple(found for change in changes if (found := of_change(change)))


def of_change(change: Change) -> str:
    """Return the command that makes a change, without the product's name; empty where there is none."""
    key, fields = _quoted(change.key), change.fields
    if change.table is Table.DOMAIN:
        return _domain(key, fields)
    if change.table in _KINDS:
        kind = f" --kind {_KINDS[change.table]}"
        return f"partners remove {key}{kind}" if fields is None else f"partners set {key}{_words(fields)}{kind}"
    if change.table is Table.POLICY_GRANT:
        policy = (fields or {}).get("policy")
        return f"policies revoke {key}" if policy is None else f"policies grant {key}{_word(policy)}"
    if change.table in _NAMED:
        verb = _NAMED[change.table]
        return f"{verb} remove {key}" if fields is None else f"{verb} set {key}{_words(fields)}"
    if change.table in _ONCE and fields is not None:
        if change.table is Table.ACCESS_EDGE and list(fields) == ["partner_discovery"]:
            return f"discovery {'on' if fields['partner_discovery'] else 'off'}"
        return f"settings set {change.table.value.replace('_', '-')}{_words(fields)}"
    return ""


def _domain(key: str, fields: Mapping[str, FieldValue] | None) -> str:
    if fields is None:
        return f"domains remove {key}"
    rest = dict(fields)
    action, edge = rest.pop("action", None), rest.pop("access_edge", None)
    if action not in ("allow", "block"):
        # Neither verb leaves a record's action alone.
        return ""
    said = f"domains {action} {key}" + (f" --access-edge{_word(edge)}" if edge else "")
    for name, value in rest.items():
        as_option = name in _RECORD_OPTIONS and value is not None
        said += f" --{name}{_word(value)}" if as_option else f" --set {_quoted(f'{name}={_text(name, value)}')}"
    return said


def _how(options: Mapping[str, object]) -> str:
    confirm, why = options.get("confirm"), options.get("why")
    timed = f" --confirm {write_duration(confirm)}" if isinstance(confirm, timedelta) else ""
    return timed + (f" --why{_word(why)}" if why else "")


def _words(fields: Mapping[str, FieldValue]) -> str:
    return "".join(f" {_quoted(f'{name}={_text(name, value)}')}" for name, value in fields.items())


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if any(word in name for word in _SECRET) and not str(value).startswith(("env:", "file:", "cred:")):
        return "…"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(str(each) for each in value)
    return str(value)


def _word(value: object) -> str:
    return "" if value is None else f" {_quoted(str(value))}"


def _quoted(text: str) -> str:
    return shlex.quote(text)
