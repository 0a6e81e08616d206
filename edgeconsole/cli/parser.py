"""The parser of the command line, made from the table of verbs: of all of them, or of the one that was typed."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from edgeconsole import __version__
from edgeconsole.cli.start import FLAGS, VALUED, opens_console

if TYPE_CHECKING:
    from edgeconsole.cli.arguments import Verb

EPILOG = """exit codes: 0 yes or done, 1 no, 2 usage or bad input, 3 conflict, 4 backend unreachable,
5 not permitted, 6 indeterminate. Without a verb the console opens."""


_GROUPS = {
    "domains": "federated domains",
    "partners": "XMPP partners and providers",
    "policies": "external access policies",
    "settings": "the edge, its switches, the proxy, probes",
    "sip-domains": "the SIP domains that are ours",
    "sites": "sites and their federation routes",
    "discovery": "partner discovery",
    "discovered": "partners seen and not listed",
    "draft": "changes staged and not applied",
    "restore-point": "revisions that have names",
    "requirements": "what DNS, firewalls and certificates must provide",
    "sessions": "live sessions",
    "token": "bearer tokens of the remote admin API",
    "context": "edges by name",
}


def build_parser(typed: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line, or what of it reads these arguments as the whole would."""
    parser = argparse.ArgumentParser(
        prog="edgeconsole", description="The operations console for a SIP and XMPP federation edge.", epilog=EPILOG
    )
    parser.add_argument("--version", action="version", version=f"edgeconsole {__version__}")
    _common(parser, top=True)
    _looks(parser, top=True)
    if typed is None or not opens_console(typed):
        # Late: the console's start needs none of them, and their table costs it 9 ms of CPU (measured).
        from edgeconsole.cli.arguments import VERBS

        # Sixty parsers take 10 ms, and a command is one of them.
        _verbs(parser, [verb for verb in VERBS if verb.words == _named(typed or ())] or VERBS)
    return parser


def _named(typed: Sequence[str]) -> tuple[str, ...]:
    """Return the words that name the verb; nothing where an option stands before it that may be no option."""
    found: tuple[str, ...] = ()
    words = iter(typed)
    for word in words:
        if word in VALUED:
            next(words, None)
        elif not word.startswith("-"):
            found = (*found, word)
            if found[0] not in _GROUPS or len(found) == 2:
                return found
        elif word not in (*FLAGS, "--json") and word.partition("=")[0] not in VALUED:
            return ()
    return ()


def _verbs(parser: argparse.ArgumentParser, wanted: "Sequence[Verb]") -> None:
    common = argparse.ArgumentParser(add_help=False)
    _common(common, top=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    groups: dict[str, Any] = {}
    for verb in wanted:
        place = verbs
        if len(verb.words) == 2:
            group = verb.words[0]
            if group not in groups:
                holder = verbs.add_parser(group, help=_GROUPS[group], parents=[common])
                groups[group] = holder.add_subparsers(dest="subverb", metavar="VERB", required=True)
            place = groups[group]
        one = place.add_parser(verb.words[-1], help=verb.help, description=verb.help, parents=[common])
        if verb.words == ("lab",):
            _looks(one, top=False)
        for take in verb.takes:
            take(one)
        one.set_defaults(words_of_verb=verb.words)


def _looks(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """Options of the console alone, with and without `lab`."""
    default = None if top else argparse.SUPPRESS
    parser.add_argument("--theme", metavar="NAME", default=default, help="of the console; edgeconsole theme lists them")
    parser.add_argument(
        "--ascii", action="store_true", default=False if top else argparse.SUPPRESS, help="draw ASCII characters only"
    )
    parser.add_argument(
        "--driver",
        choices=("delta", "textual"),
        default=default,
        help="what draws on the terminal: delta sends only what changed; textual is the library's own",
    )


def _common(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """Options that stand before or after the verb; only the top one sets defaults, or it would lose what was given."""

    def default(value: object) -> Any:
        return value if top else argparse.SUPPRESS

    where = parser.add_mutually_exclusive_group()
    where.add_argument("--config", metavar="FILE", default=default(None), help="work on this federation.toml")
    where.add_argument("--socket", metavar="PATH", default=default(None), help="admin socket of a running proxy")
    where.add_argument("--context", metavar="NAME", default=default(None), help="an edge named in console.toml")
    parser.add_argument(
        "--readonly",
        action=argparse.BooleanOptionalAction,
        default=default(None),
        help="change nothing; without it the context decides",
    )
    parser.add_argument("--json", action="store_true", default=default(False), help="print JSON")
