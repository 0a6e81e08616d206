"""Every verb of the command line with its arguments and its help, as one table."""

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

Arguments = Callable[[argparse.ArgumentParser], None]


class Verb(NamedTuple):
    """One command: the words that name it, its help, and what it takes."""

    words: tuple[str, ...]
    help: str
    takes: tuple[Arguments, ...] = ()


def _argument(*names: str, **options: Any) -> Arguments:
    return lambda parser: (parser.add_argument(*names, **options), None)[1]


def _revision(text: str) -> int:
    number = text.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise argparse.ArgumentTypeError(f"{text!r} is no revision; it is a number, as edgeconsole history lists it")
    return int(number)


_WHY = _argument("--why", metavar="TEXT", help="reason, kept in the history")
_DRY = _argument("--dry-run", action="store_true", help="show the plan and change nothing")
_CONFIRM = _argument(
    "--confirm",
    metavar="TIME",
    help="roll back after that time, as 2m, unless somebody confirms; no: against a context",
)
_REWRITE = _argument(
    "--rewrite", action="store_true", help="write the file anew, comments lost, where it cannot be changed otherwise"
)
_CHANGE = (_WHY, _DRY, _CONFIRM, _REWRITE)
"""What every verb takes that changes the configuration."""
_REV = _argument("number", nargs="?", type=_revision, metavar="REVISION", help="its number: 7 or #7")
_RECORD = (
    _argument("--comment", metavar="TEXT", help="note kept with the record"),
    _argument("--owner", metavar="TEXT", help="who answers for it"),
    _argument("--ticket", metavar="TEXT"),
    _argument("--expires", metavar="WHEN", help="stops counting then: 2h, 7d, or 2026-12-31T00:00:00Z"),
    _argument("--set", metavar="KEY=VALUE", action="append", default=[], help="any other key of the record"),
)
_WORDS = _argument(
    "words", nargs="*", metavar="WORD", help="only what matches: words, !without, owner:TEXT, tag:none, expires<30d"
)
_DOMAIN = _argument("domain", help="domain name; U-labels are converted")
_NAME = _argument("name", metavar="NAME")
_KIND = _argument("--kind", choices=("xmpp", "hosting", "public"), help="where several partners share the name")
_FIELDS = _argument("fields", nargs="*", metavar="KEY=VALUE", help="a key of federation.toml; lists as a,b,c")
_TABLES = ("edge", "proxy", "access-edge", "xmpp-gateway", "probe")
"""Tables of federation.toml that exist once."""
_TABLE = _argument("table", nargs="?", choices=_TABLES, metavar="TABLE", help=f"one of {', '.join(_TABLES)}")
_POLICY = _argument("policy", metavar="POLICY", help="global, site:NAME or user:NAME")
_USER = _argument("user", metavar="USER", help="SIP address")
_FILE_OR_DRAFT = (
    _argument("file", nargs="?", metavar="FILE", help="a whole federation.toml, or a JSON list of changes; - is stdin"),
    _argument("--draft", metavar="ID", help="without FILE: which draft, where there are several"),
)
_DRAFT = _argument("draft", nargs="?", metavar="ID", help="start of its id; default: the only orphan")

_IMPORTS = (
    *("toml", "json", "csv", "powershell-csv", "powershell-json", "clixml", "listing", "teams", "mastodon"),
    *("openfire", "prosody", "ejabberd", "plain", "plain-allow", "plain-block", "event-log"),
)
_EXPORTS = ("toml", "json", "csv", "plain", "mastodon", "powershell", "powershell-teams", "report")
_PROBE_FORMATS = ("text", "json", "openmetrics", "junit", "csv", "markdown")
_TARGETS = ("lync2010", "lync2013", "sfb2015", "sfb2019", "sfb-se")

VERBS: tuple[Verb, ...] = (
    Verb(("status",), "the fleet in numbers and what needs attention; exit 0 where all is well"),
    Verb(("presence",), "who looks at or edits what on this edge, as far as their consoles say"),
    Verb(("info",), "which edge this is: version, file, revisions, listeners, certificate"),
    Verb(
        ("check",),
        "would an edge start with this file, and what is wrong or risky in it; exit 1 with lint errors",
        (
            _argument("file", nargs="?", metavar="FILE", help="default: the edge that --config or --socket names"),
            _argument("--fix", action="store_true", help="make the safe fixes, as one change that undo reverses"),
            *_CHANGE,
        ),
    ),
    Verb(
        ("glossary",),
        "what a term means, by its new or its old name; without TERM, all of them",
        (_argument("term", nargs="*", metavar="TERM"),),
    ),
    Verb(("domains", "list"), "listed and seen domains", (_WORDS,)),
    Verb(("domains", "show"), "all that is known about one domain", (_DOMAIN,)),
    Verb(
        ("domains", "allow"),
        "allow a domain, found by SRV or pinned to its Access Edge",
        (_DOMAIN, _argument("--access-edge", metavar="HOST[:PORT]"), *_RECORD, *_CHANGE),
    ),
    Verb(
        ("domains", "block"),
        "block a domain and close its sessions",
        (
            _DOMAIN,
            _argument("--emergency", action="store_true", help="even where the audit cannot be written"),
            *_RECORD,
            *_CHANGE,
        ),
    ),
    Verb(("domains", "remove"), "remove the records of domains", (_argument("domain", nargs="+"), *_CHANGE)),
    Verb(("partners", "list"), "XMPP partners, hosting and public IM providers", (_WORDS,)),
    Verb(("partners", "show"), "all that is known about one partner", (_NAME, _KIND)),
    Verb(
        ("partners", "add"),
        "add a partner, for example: partners add xmpp jabber.example tls=required dialback=false",
        (_argument("kind", choices=("xmpp", "hosting", "public")), _NAME, _FIELDS, *_CHANGE),
    ),
    Verb(
        ("partners", "set"),
        "change fields of a partner; KEY= clears one",
        (_NAME, _FIELDS, _KIND, *_CHANGE),
    ),
    Verb(("partners", "remove"), "remove a partner", (_NAME, _KIND, *_CHANGE)),
    Verb(("policies", "list"), "external access policies and what they allow"),
    Verb(("policies", "show"), "one policy and who holds it", (_POLICY,)),
    Verb(
        ("policies", "set"),
        "change a policy or create it, for example: policies set user:Sales federation=true",
        (_POLICY, _FIELDS, *_CHANGE),
    ),
    Verb(("policies", "remove"), "remove a policy", (_POLICY, *_CHANGE)),
    Verb(("policies", "grant"), "give a person a user policy", (_USER, _POLICY, *_CHANGE)),
    Verb(("policies", "revoke"), "take a person's user policy away", (_USER, *_CHANGE)),
    Verb(("policies", "effective"), "which policy applies to a person, and which lost", (_USER,)),
    Verb(("settings", "show"), "what is set for the edge, its switches, the proxy, probes", (_TABLE,)),
    Verb(
        ("settings", "set"),
        "change them, for example: settings set access-edge federation=true; KEY= takes the default",
        (_argument("table", choices=_TABLES, metavar="TABLE", help=", ".join(_TABLES)), _FIELDS, *_CHANGE),
    ),
    Verb(("sip-domains", "list"), "the SIP domains that are ours"),
    Verb(("sip-domains", "set"), "add one of ours, or change it", (_NAME, _FIELDS, *_CHANGE)),
    Verb(("sip-domains", "remove"), "no longer one of ours", (_NAME, *_CHANGE)),
    Verb(("sites", "list"), "sites: who belongs to them, which edge carries their federation"),
    Verb(
        ("sites", "set"),
        "add a site or change it, for example: sites set Redmond users=*@contoso.example",
        (_NAME, _FIELDS, *_CHANGE),
    ),
    Verb(("sites", "remove"), "remove a site", (_NAME, *_CHANGE)),
    Verb(
        ("federate",),
        "set up a new federation step by step: sip, xmpp, hosting, push, public-im, edge (first run); or checklist",
        (
            _argument(
                "setup",
                choices=("sip", "xmpp", "hosting", "push", "public-im", "edge", "checklist"),
                metavar="SETUP",
                help="checklist DOMAIN probes both sides and says what is still missing; exit 0 nothing, 1 something",
            ),
            _argument("partner", nargs="?", metavar="DOMAIN", help="the partner's domain: sip, xmpp, checklist"),
            _argument("--answer", metavar="STEP=VALUE", action="append", default=[], help="answer a step beforehand"),
            _argument("--recommended", action="store_true", help="take what is recommended wherever nothing is given"),
            _argument("--no-look-up", action="store_true", help="do not probe the partner while asking"),
            _argument("--resume", action="store_true", help="go on where the last one was left"),
            _argument(
                "--out", metavar="FOLDER", help="write zone records, firewall rules and the partner's sheet there"
            ),
            _argument(
                "--key",
                choices=("rsa2048", "rsa3072", "rsa4096", "ec256"),
                help="with --out: make private keys and certificate requests of that kind",
            ),
            *_CHANGE,
        ),
    ),
    Verb(("schema",), "the JSON Schema of federation.toml, for editors"),
    Verb(("completion",), "completion for a shell", (_argument("shell", choices=("bash", "zsh", "fish")),)),
    Verb(("discovery", "on"), "let unlisted domains that publish SRV federate", _CHANGE),
    Verb(("discovery", "off"), "let only listed domains federate", _CHANGE),
    Verb(("discovery", "status"), "whether partner discovery is on; exit 0 on, 1 off"),
    Verb(("discovered", "list"), "unlisted domains seen in traffic"),
    Verb(("discovered", "watch-list"), "edges of discovered partners by certificate, and which limit holds them back"),
    Verb(
        ("discovered", "promote"),
        "allow a discovered domain; its limits are lifted at once",
        (_DOMAIN, _argument("--access-edge", metavar="HOST[:PORT]"), *_RECORD, *_CHANGE),
    ),
    Verb(("discovered", "block"), "block a discovered domain and close its sessions", (_DOMAIN, *_RECORD, *_CHANGE)),
    Verb(("discovered", "dismiss"), "forget a discovered domain until it is seen again", (_DOMAIN,)),
    Verb(("sessions", "list"), "live connections with partners"),
    Verb(
        ("sessions", "close"),
        "close the sessions of a domain, with a peer, or one by its id; what is allowed may connect again",
        (
            _argument("domain", nargs="?", help="domain name; U-labels are converted"),
            _argument("--session", metavar="ID", help="one session, as sessions list shows it"),
            _argument("--peer", metavar="ADDRESS[:PORT]", help="every session with this remote address"),
        ),
    ),
    Verb(
        ("explain",),
        "why FROM can or cannot reach TO, step by step; exit 0 allowed, 1 not",
        (
            _argument("sender", metavar="FROM", help="user@domain or domain"),
            _argument("recipient", metavar="TO", help="user@domain or domain"),
            _argument("--direction", choices=("in", "out"), help="default: out when FROM is ours"),
            _argument(
                "--modality",
                choices=("im", "presence", "audio", "video", "conference", "app-share", "file"),
                help="default: any",
            ),
            _argument("--parties", type=int, default=2, metavar="N", help="people in the conversation (default 2)"),
            _argument(
                "--certificate-name", action="append", metavar="NAME", help="a DNS name in the other side's certificate"
            ),
        ),
    ),
    Verb(
        ("requirements", "dns"),
        "the DNS records this configuration needs, why and for whom",
        (
            _argument("--check", action="store_true", help="ask DNS for each; exit 1 where one is missing or differs"),
            _argument("--format", choices=("table", "zone", "checklist", "json"), default="table"),
            _argument("--resolver", metavar="ADDRESS[:PORT]", help="ask this DNS server instead of proxy.resolver"),
        ),
    ),
    Verb(
        ("requirements", "ports"),
        "the firewall rules this configuration needs, why and for whom",
        (_argument("--format", choices=("table", "nftables", "tickets", "json"), default="table"),),
    ),
    Verb(
        ("requirements", "certificates"),
        "what each certificate must be, why and for whom",
        (_argument("--check", action="store_true", help="read the files too; exit 1 where one will not do"),),
    ),
    Verb(
        ("certificates",),
        "every certificate of partners and of ours, by days left; then ours with what is wrong with them",
        (_argument("--check", action="store_true", help="exit 1 where one of ours will not do"),),
    ),
    Verb(
        ("probe",),
        "look at partners now, from DNS to their answer; exit 0 nothing critical, 1 something, 6 not known",
        (
            _argument("target", nargs="*", metavar="TARGET", help="domain, host:port, or sip:, xmpp:, stun: before it"),
            _argument("--all", action="store_true", help="every partner of the configuration, and our own side"),
            _argument("--failing", action="store_true", help="those that failed when they were looked at last"),
            _argument("--here", action="store_true", help="from this host, not from the edge"),
            _argument("--format", choices=_PROBE_FORMATS, default="text"),
            _argument("--notes", action="store_true", help="tell in full what needs nothing done, too"),
            _argument("--strict", action="store_true", help="a warning fails too"),
            _argument(
                "--exit",
                choices=("plain", "nagios"),
                default="plain",
                help="nagios: 0 ok, 1 warning, 2 critical, 3 unknown, 64 usage",
            ),
            _argument("--compatible", action="store_true", help="of openmetrics: the names blackbox_exporter uses"),
            _argument("--watch", metavar="TIME", help="again and again, that long apart, as 30s"),
        ),
    ),
    Verb(
        ("plan",),
        "what FILE or the draft would change: fields, text, effect; exit 0 nothing, 1 something, 3 conflict",
        (*_FILE_OR_DRAFT, _REWRITE),
    ),
    Verb(
        ("diff",),
        "what differs: running and saved, REV and saved, REV and REV, saved and FILE; exit 0 nothing, 1 something",
        (
            _argument("first", nargs="?", metavar="REV|FILE", help="default: what is running"),
            _argument("second", nargs="?", metavar="REV", help="default: what is saved"),
        ),
    ),
    Verb(
        ("apply",),
        "plan FILE or the draft, ask, and make it so; the draft is emptied when it is saved",
        (
            *_FILE_OR_DRAFT,
            _CONFIRM,
            _REWRITE,
            _WHY,
            _argument("--yes", action="store_true", help="do not ask"),
        ),
    ),
    Verb(("draft", "list"), "drafts for this edge: of open consoles, and orphaned"),
    Verb(("draft", "show"), "what a draft changes, and what others changed meanwhile", (_DRAFT,)),
    Verb(("draft", "discard"), "throw an orphaned draft away", (_DRAFT,)),
    Verb(
        ("draft", "adopt"),
        "put an orphaned draft onto what is saved now; exit 3 while something both changed is not chosen",
        (
            _DRAFT,
            _argument("--mine", action="store_true", help="keep the draft's value where others changed it too"),
            _argument("--theirs", action="store_true", help="keep what is saved there"),
        ),
    ),
    Verb(
        ("history",),
        "who changed what, newest first; show prints one revision with all its fields",
        (
            _argument("what", nargs="?", choices=("show",)),
            _REV,
            _argument("--limit", type=int, default=20, metavar="N", help="revisions to list (default 20)"),
        ),
    ),
    Verb(
        ("undo",),
        "reverse the last change that is not undone, if it is yours, or the revision with a number",
        (_REV, *_CHANGE),
    ),
    Verb(
        ("rollback",),
        "the whole file as it was: take back what waits to be confirmed, else go back to a revision or restore point",
        (_argument("target", nargs="?", metavar="REVISION|NAME", help="default: the one before"), *_CHANGE),
    ),
    Verb(
        ("confirm",),
        "keep the change that goes back by itself otherwise",
        (_argument("token", nargs="?", metavar="TOKEN", help="default: of the change that waits"),),
    ),
    Verb(
        ("restore-point", "add"),
        "name a revision, the saved one by default; its text is kept however many come after it",
        (_NAME, _REV, _WHY),
    ),
    Verb(("restore-point", "list"), "the revisions that have names"),
    Verb(("restore-point", "remove"), "take a name away", (_NAME,)),
    Verb(
        ("audit",),
        "who did what; verify checks that nobody tampered with it, exit 1 where somebody did",
        (
            _argument("what", nargs="?", choices=("verify",)),
            _argument("--limit", type=int, default=20, metavar="N", help="records to show (default 20)"),
            _argument("--head", metavar="SEQ:HASH", help="of verify: a head that was noted, as the log has it"),
        ),
    ),
    Verb(("reload",), "let the proxy enforce the file as it stands, a hand edit included", (_WHY, _DRY, _CONFIRM)),
    Verb(
        ("import",),
        "review a file of rules; changes nothing without --apply; exit 1 where rows conflict or are invalid",
        (
            _argument("file", metavar="FILE", help="the file, whatever its name; - is standard input"),
            _argument("--as", dest="kind", metavar="KIND", choices=_IMPORTS, help=f"one of {', '.join(_IMPORTS)}"),
            _argument(
                "--conflict",
                choices=("keep-mine", "take-file", "strictest"),
                default="keep-mine",
                help="who is right where file and rules contradict each other (default keep-mine)",
            ),
            _argument("--take", metavar="KEY", action="append", default=[], help="take a row that is not selected"),
            _argument("--leave", metavar="KEY", action="append", default=[], help="leave a row out"),
            _argument("--skip-invalid", action="store_true", help="leave all invalid rows out"),
            _argument("--apply", action="store_true", help="make all selected rows one change"),
            *_CHANGE,
        ),
    ),
    Verb(
        ("export",),
        "write the rules, or the change since a revision",
        (
            _argument("--format", metavar="KIND", choices=_EXPORTS, default="toml", help=", ".join(_EXPORTS)),
            _argument("--since", metavar="REVISION", type=int, help="what changed after it: scripts and report"),
            _argument("--target", metavar="PLATFORM", choices=_TARGETS, help=f"of powershell: {', '.join(_TARGETS)}"),
            _argument("--revert", action="store_true", help="the script that takes the change back"),
            _argument("-o", "--output", metavar="FILE", help="write there; scripts get FILE.revert beside them"),
        ),
    ),
    Verb(
        ("handover",),
        "one file for who comes next: state, changes, faults, what waits, and scripts that can be run",
        (
            _argument(
                "path", nargs="?", metavar="PATH", help="default handover-EDGE-TIME.md in this folder; - prints it"
            ),
            _argument("--since", metavar="REVISION", type=int, help="tell what changed after it (default: a day)"),
            _argument("--replace", action="store_true", help="a file that is there may be replaced"),
        ),
    ),
    Verb(
        ("token", "create"),
        "make a bearer token for the remote admin API; it is printed once",
        (
            _NAME,
            _argument("--role", choices=("viewer", "operator", "admin"), required=True),
            _argument("--expires", metavar="LENGTH", required=True, help="how long it lives, for example 12h or 30d"),
        ),
    ),
    Verb(("token", "list"), "the tokens of the edge and when they were last used"),
    Verb(("token", "revoke"), "refuse a token from its next request on", (_argument("token", help="name or id"),)),
    Verb(
        ("context", "add"),
        "name an edge, for example: context add prod --address https://edge:8443 --token env:EDGE_TOKEN",
        (
            _NAME,
            _argument("--address", metavar="ADDRESS", required=True, help="https://host:port, a socket, or a file"),
            _argument("--backend", choices=("file", "local", "remote"), help="default: as the address says"),
            _argument("--token", metavar="REFERENCE", help="env:NAME or file:PATH, never the token itself"),
            _argument("--certificate", metavar="FILE", help="client certificate"),
            _argument("--private-key", metavar="FILE"),
            _argument("--ca", metavar="FILE", help="authorities to believe instead of the system's"),
            _argument("--pin", metavar="sha256:DIGEST", help="of the edge's certificate or public key"),
            _argument("--theme", metavar="NAME"),
            _argument("--confirm", metavar="LENGTH", help="changes go back after this long unless confirmed"),
        ),
    ),
    Verb(("context", "use"), "make a context the default; none takes it back", (_NAME,)),
    Verb(("context", "list"), "the edges that have names"),
    Verb(("context", "test"), "does it answer, and what may I do", (_argument("name", nargs="?", metavar="NAME"),)),
    Verb(("context", "remove"), "forget a context", (_NAME,)),
    Verb(
        ("proxy",),
        "run the edge itself",
        (
            _argument("--announce", action="store_true", help="print one JSON line when it serves"),
            _argument(
                "--log", metavar="HOW", help="logfmt or json, debug to error: json,debug; default $EDGECONSOLE_LOG"
            ),
            _argument("--exit-with-parent", action="store_true", help="end when standard input ends"),
        ),
    ),
    Verb(
        ("units",),
        "the hardened systemd unit of the proxy",
        (_argument("--write", metavar="DIR", help="write it there instead of printing it: /etc/systemd/system"),),
    ),
    Verb(
        ("theme",),
        "the themes of the console; with FILE, whether a theme of your own can be used",
        (_argument("file", nargs="?", metavar="FILE"),),
    ),
    Verb(("keys",), "the keys of the console, and what of your own in console.toml cannot be taken; exit 1 then"),
    Verb(
        ("lab",),
        "a whole federated world on loopback, and the console on it",
        (
            _argument("--headless", action="store_true", help="no console; print one JSON line when ready"),
            _argument("--dir", metavar="DIR", help="keep everything in this directory"),
            _argument("--tour", action="store_true", help="begin with a short tour of the console"),
        ),
    ),
)
