"""Change scripts for Lync Server and Skype for Business Server: preconditions, change, replication, verification.

allow -> block is two steps, since no cmdlet does both: Remove before New, or New fails. A `for` loop waits for
replication, since `break` in a pipeline would end the whole script.
"""

from collections.abc import Callable, Iterable

from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.durations import parse_duration
from edgeconsole.model.names import SIP_TLS_PORT, XMPP_PORT
from edgeconsole.model.terms import Platform
from edgeconsole.transfer import powershell, records
from edgeconsole.transfer.export.powershell_text import (
    NO_HEADING,
    Heading,
    Script,
    Step,
    comment,
    framed,
    literal,
    refuse_if,
    refuse_unless,
)
from edgeconsole.transfer.powershell import Noun, Property
from edgeconsole.transfer.records import Changed, Raw

_NO_ALLOWED_LEVEL = frozenset({Platform.OCS2007, Platform.OCS2007R2, Platform.LYNC2010, Platform.LYNC2013})
"""VerificationLevel of an allowed domain came with Skype for Business Server 2015."""

_NO_XMPP = frozenset({Platform.SFB2019, Platform.SFBSE})
"""The cmdlet pages remain, the gateway does not (SFB-XMPP19)."""

_DNS_ONLY = frozenset({"partner_discovery", "discovered_verification", "clearing_house"})
_ROUTE_ONLY = frozenset({"default_route", "default_route_verification", "default_route_public"})

_NOUNS = {
    Table.HOSTING_PROVIDER: powershell.HOSTING_PROVIDER,
    Table.PUBLIC_PROVIDER: powershell.PUBLIC_PROVIDER,
    Table.XMPP_PARTNER: powershell.XMPP_PARTNER,
    Table.POLICY: powershell.POLICY,
}
_DOMAIN_NOUNS = {"allow": powershell.ALLOWED_DOMAIN, "block": powershell.BLOCKED_DOMAIN}

CLOSE, REVOKE, REMOVE, SET, GRANT, OPEN = range(6)
"""Phases: what closes the edge comes first, what opens it last, so that nothing is open in between for longer."""


def script(
    before: Configuration, after: Configuration, *, target: Platform = Platform.LYNC2013, heading: Heading = NO_HEADING
) -> Script:
    """Return the script from one configuration to another, and the one back.

    The whole state of a configuration is the script from an empty `Configuration()`.
    """
    there, back = _Writing(before, after, target), _Writing(after, before, target)
    return Script(there.text(heading, "change"), back.text(heading, "revert"), tuple(there.omitted))


class _Writing:
    """One direction of a script."""

    def __init__(self, before: Configuration, after: Configuration, target: Platform) -> None:
        self._target = target
        self._from_nothing = before == Configuration()
        edge = after.edge or before.edge
        self._edge = edge.internal_fqdn if edge else None
        self.omitted: dict[str, None] = {}
        self._steps = [step for change in records.changed(before, after) for step in self._step(change)]

    def text(self, heading: Heading, kind: str) -> str:
        """Return the script."""
        replica = (
            f"[string]$Edge = {literal(self._edge)}" if self._edge else "[Parameter(Mandatory=$true)][string]$Edge"
        )
        checks = [line for step in self._steps for line in step.after]
        notes = [comment(f"not in this script: {text}") for text in self.omitted]
        return framed(heading, f"[switch]$WhatIf, {replica}", self._steps, [*notes, *_applied(checks)], kind)

    def _omit(self, text: str) -> None:
        self.omitted[text] = None

    def _step(self, change: Changed) -> Iterable[Step]:
        was = None if change.was is None else records.to_raw(change.table, change.was)
        now = None if change.now is None else records.to_raw(change.table, change.now)
        writers: dict[Table, Callable[[str, Raw | None, Raw | None], Iterable[Step]]] = {
            Table.DOMAIN: self._domain,
            Table.POLICY_GRANT: self._grant,
            Table.HOSTING_PROVIDER: lambda *args: self._record(powershell.HOSTING_PROVIDER, *args),
            Table.PUBLIC_PROVIDER: lambda *args: self._record(powershell.PUBLIC_PROVIDER, *args),
            Table.XMPP_PARTNER: lambda *args: self._record(powershell.XMPP_PARTNER, *args),
            Table.POLICY: lambda *args: self._record(powershell.POLICY, *args),
            Table.ACCESS_EDGE: self._access_edge,
            Table.XMPP_GATEWAY: self._gateway,
        }
        writer = writers.get(change.table)
        if writer is None:
            self._omit(f"{change.table.value} {change.key}, which is part of the topology")
            return ()
        if change.table in (Table.XMPP_PARTNER, Table.XMPP_GATEWAY) and self._target in _NO_XMPP:
            self._omit(f"{change.table.value} {change.key}: {self._target.value} has no XMPP gateway")
            return ()
        return writer(change.key, was, now)

    def _domain(self, key: str, was: Raw | None, now: Raw | None) -> Iterable[Step]:
        if was and now and was["action"] != now["action"]:
            old, new = _DOMAIN_NOUNS[was["action"]], _DOMAIN_NOUNS[now["action"]]
            yield Step(
                SET,
                self._as_it_was(old, key, was),
                (self._remove(old, key), self._new(new, key, now)),
                (_there(new, key),),
            )
            return
        action = (now or was or {})["action"]
        if was is None and now is not None:
            noun = _DOMAIN_NOUNS[action]
            absent = [
                f"Get-{other.noun} -Identity {literal(key)} -ErrorAction SilentlyContinue"
                for other in _DOMAIN_NOUNS.values()
            ]
            yield Step(
                SET,
                tuple(refuse_if(query, f"{key} is listed already") for query in absent),
                (self._new(noun, key, now),),
                (_there(noun, key),),
            )
            return
        yield from self._record(_DOMAIN_NOUNS[action], key, was, now)

    def _record(self, noun: Noun, key: str, was: Raw | None, now: Raw | None) -> Iterable[Step]:
        identity = _identity(noun, key)
        is_global = noun is powershell.POLICY and key == "global"
        if now is None and was is not None:
            yield Step(
                REMOVE,
                self._as_it_was(noun, key, was),
                (self._remove(noun, key),),
                () if is_global else (_gone(noun, key),),
            )
        elif was is None and now is not None and not is_global:
            query = f"Get-{noun.noun} -Identity {literal(identity)} -ErrorAction SilentlyContinue"
            yield Step(
                SET, (refuse_if(query, f"{key} exists already"),), (self._new(noun, key, now),), (_there(noun, key),)
            )
        elif (
            now is not None
            and was is not None
            and was.get("proxy_fqdn") != now.get("proxy_fqdn")
            and _fixed_proxy(noun)
        ):
            # A provider's ProxyFqdn cannot be changed: remove and create.
            run = (self._remove(noun, key), self._new(noun, key, now))
            yield Step(SET, self._as_it_was(noun, key, was), run, (_there(noun, key),))
        elif now is not None:
            old = was or records.filled(Table.POLICY, {})
            names = [prop.field for prop in noun.properties if old[prop.field] != now[prop.field]]
            given = self._parameters(noun, key, now, names, was=old)
            self._omit_unsaid(noun, key, now, was)
            if given:
                known = self._as_it_was(noun, key, was, names) if was else ()
                yield Step(SET, known, (f"Set-{noun.noun} -Identity {literal(identity)} {given} -WhatIf:$WhatIf",))

    def _new(self, noun: Noun, key: str, now: Raw) -> str:
        fields = records.fields_of(noun.table)
        names = [
            prop.field
            for prop in noun.properties
            if now[prop.field] is not None
            and now[prop.field] != []
            and (
                fields[prop.field].required
                or now[prop.field] != fields[prop.field].default
                or _always_written(noun, prop)
            )
        ]
        self._omit_unsaid(noun, key, now, None)
        given = self._parameters(noun, key, now, names)
        return f"New-{noun.noun} -Identity {literal(_identity(noun, key))} {given}".rstrip() + " -WhatIf:$WhatIf"

    def _remove(self, noun: Noun, key: str) -> str:
        return f"Remove-{noun.noun} -Identity {literal(_identity(noun, key))} -WhatIf:$WhatIf"

    def _parameters(self, noun: Noun, key: str, now: Raw, names: Iterable[str], was: Raw | None = None) -> str:
        """Return the parameters of a cmdlet for some fields."""
        wanted = set(names)
        parts: list[str] = []
        for prop in noun.properties:
            if prop.field not in wanted or not self._takes(noun, prop, key, now):
                continue
            if prop.field in ("additional_domains", "name_decoration_excluded"):
                parts.append(_list_parameter(prop, now[prop.field], was[prop.field] if was else []))
            else:
                parts.append(f"-{prop.name} {literal(self._value(prop, noun.table, key, now[prop.field]))}")
        return " ".join(parts)

    def _takes(self, noun: Noun, prop: Property, key: str, now: Raw) -> bool:
        """Return whether the target has the parameter; what it would have said is told where it does not."""
        if noun is powershell.ALLOWED_DOMAIN and prop.field == "verification" and self._target in _NO_ALLOWED_LEVEL:
            if now["verification"] != "use-source":
                self._omit(f"{key}: {self._target.value} has no VerificationLevel of allowed domains")
            return False
        return True

    def _value(self, prop: Property, table: Table, key: str, value: object) -> object:
        """Return a raw value in PowerShell's words."""
        if value is None:
            return None
        if prop.words is not None:
            return next(word for word, ours in prop.words.items() if ours == value)
        if prop.unit:
            seconds = int(parse_duration(str(value)).total_seconds())
            return seconds // (60 if prop.unit == "m" else 1)
        if prop.field in ("access_edge", "proxy_fqdn", "default_route"):
            host, _, port = str(value).partition(":")
            default = XMPP_PORT if table is Table.XMPP_PARTNER else SIP_TLS_PORT
            if port and int(port) != default:
                self._omit(f"{key or table.value}: port {port}, since {prop.name} carries none")
            return host
        return value

    def _omit_unsaid(self, noun: Noun, key: str, now: Raw, was: Raw | None) -> None:
        """Tell the fields that PowerShell has no property for."""
        fields = records.fields_of(noun.table)
        said = {prop.field for prop in noun.properties} | {records.KEPT[noun.table].key, "action", "platform"}
        base = was or {name: field.default for name, field in fields.items()}
        unsaid = [name for name in fields if name not in said and now[name] != base[name]]
        if unsaid:
            self._omit(f"{key}: {', '.join(unsaid)}, which PowerShell has no property for")

    def _as_it_was(self, noun: Noun, key: str, was: Raw, names: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return the lines that stop the script where a record is not as the plan saw it."""
        identity = literal(_identity(noun, key))
        wanted = {"access_edge", "proxy_fqdn", "enabled"} if names is None else set(names)
        lines = [
            f"$found = Get-{noun.noun} -Identity {identity} -ErrorAction SilentlyContinue",
            refuse_unless("$found", f"{key} is gone"),
        ]
        for prop in noun.properties:
            if prop.field in wanted and self._takes(noun, prop, key, was) and not isinstance(was[prop.field], list):
                lines.append(self._unchanged(prop, noun.table, key, was[prop.field]))
        return tuple(lines)

    def _unchanged(self, prop: Property, table: Table, key: str, value: object) -> str:
        expected = self._value(prop, table, key, value)
        if isinstance(expected, bool):
            condition = f"[bool]$found.{prop.name} -ne {literal(expected)}"
        else:
            condition = f"[string]$found.{prop.name} -ne {literal('' if expected is None else str(expected))}"
        return refuse_if(condition, f"{prop.name} of {key or table.value} changed")

    def _grant(self, user: str, was: Raw | None, now: Raw | None) -> Iterable[Step]:
        identity = literal(f"sip:{user}")
        old = (was["policy"] if was else "").partition(":")[2]
        new = now["policy"].partition(":")[2] if now else None
        before = (
            f"$found = Get-CsUser -Identity {identity} -ErrorAction SilentlyContinue",
            refuse_unless("$found", f"{user} is gone"),
            refuse_if(f"[string]$found.ExternalAccessPolicy -ne {literal(old)}", f"the policy of {user} changed"),
        )
        run = f"Grant-CsExternalAccessPolicy -Identity {identity} -PolicyName {literal(new)} -WhatIf:$WhatIf"
        yield Step(GRANT if now else REVOKE, before, (run,))

    def _access_edge(self, _: str, was: Raw | None, now: Raw | None) -> Iterable[Step]:
        assert was is not None
        assert now is not None
        noun = powershell.ACCESS_EDGE
        names = {prop.field for prop in noun.properties if was[prop.field] != now[prop.field]}
        self._omit_unsaid(noun, "access_edge", now, was)
        dns = now["routing"] == "dns-srv"
        foreign = names & (_ROUTE_ONLY if dns else _DNS_ONLY)
        if foreign:
            self._omit(f"access_edge: {', '.join(sorted(foreign))}, which routing = {now['routing']} does not have")
        kept = names - foreign - {"routing"}
        switch = ""
        if "routing" in names or kept & (_DNS_ONLY | _ROUTE_ONLY):
            switch = "-UseDnsSrvRouting " if dns else "-UseDefaultRouting "
            kept |= {"partner_discovery"} if dns else {"default_route"}
        if not kept:
            return
        before = [] if self._from_nothing else ["$found = Get-CsAccessEdgeConfiguration"]
        if before:
            before += [
                self._unchanged(prop, noun.table, "", was[prop.field])
                for prop in noun.properties
                if prop.field in names - foreign
            ]
        given = self._parameters(noun, "", now, kept)
        opens = (now["federation"], now["partner_discovery"]) > (was["federation"], was["partner_discovery"])
        yield Step(OPEN if opens else CLOSE, tuple(before), (f"Set-{noun.noun} {switch}{given} -WhatIf:$WhatIf",))

    def _gateway(self, _: str, was: Raw | None, now: Raw | None) -> Iterable[Step]:
        assert was is not None
        assert now is not None
        noun = powershell.XMPP_GATEWAY
        names = [prop.field for prop in noun.properties if was[prop.field] != now[prop.field]]
        if was["dialback_secret"] != now["dialback_secret"]:
            self._omit("the dialback passphrase: set it by hand, no secret stands in a script")
        if names:
            found = () if self._from_nothing else ("$found = Get-CsXmppGatewayConfiguration",)
            checks = tuple(
                self._unchanged(prop, noun.table, "", was[prop.field])
                for prop in noun.properties
                if found and prop.field in names
            )
            given = self._parameters(noun, "", now, names)
            yield Step(SET, found + checks, (f"Set-{noun.noun} {given} -WhatIf:$WhatIf",))


def _fixed_proxy(noun: Noun) -> bool:
    return noun in (powershell.HOSTING_PROVIDER, powershell.PUBLIC_PROVIDER)


def _always_written(noun: Noun, prop: Property) -> bool:
    """Providers' switches are mandatory parameters; the trust class of a partner and its rights are always said."""
    if _fixed_proxy(noun):
        return prop.field in ("enabled", "shared_address_space", "hosts_ocs_users")
    return noun is powershell.POLICY and prop.field != "comment"


def _identity(noun: Noun, key: str) -> str:
    """Return the identity PowerShell knows a record by; our `user:Sales` is its `Sales`."""
    return key.removeprefix("user:") if noun is powershell.POLICY else key


def _list_parameter(prop: Property, now: list[str], was: list[str]) -> str:
    if prop.field == "name_decoration_excluded":
        return f"-{prop.name} {literal(','.join(now))}"
    added, removed = [name for name in now if name not in was], [name for name in was if name not in now]
    parts = [f"{word}={literal(names)}" for word, names in (("Add", added), ("Remove", removed)) if names]
    return f"-{prop.name} @{{{';'.join(parts)}}}"


def _there(noun: Noun, key: str) -> str:
    query = f"Get-{noun.noun} -Identity {literal(_identity(noun, key))} -ErrorAction SilentlyContinue"
    return f"  if (-not ({query})) {{ throw {literal(f'not saved: {key}')} }}"


def _gone(noun: Noun, key: str) -> str:
    query = f"Get-{noun.noun} -Identity {literal(_identity(noun, key))} -ErrorAction SilentlyContinue"
    return f"  if ({query}) {{ throw {literal(f'not removed: {key}')} }}"


def _applied(checks: Iterable[str]) -> list[str]:
    """Return the lines that bring the change to the Edge and look whether it arrived."""
    return [
        "# 3 apply and verify",
        "if (-not $WhatIf) {",
        "  Invoke-CsManagementStoreReplication -ReplicaFqdn $Edge",
        "  $ok = $false",
        "  for ($i = 0; $i -lt 30 -and -not $ok; $i++) {",
        "    $ok = (Get-CsManagementStoreReplicationStatus -ReplicaFqdn $Edge).UpToDate",
        "    if (-not $ok) { Start-Sleep -Seconds 5 }",
        "  }",
        "  if (-not $ok) { throw 'saved, but not applied on the Edge yet' }",
        *checks,
        "}",
    ]
