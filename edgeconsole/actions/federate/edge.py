"""Questions of the first run: an edge that has no configuration yet (set-up gate G0 and walk 7.1, steps 3 to 6)."""

from edgeconsole.actions.federate.question import (
    Choice,
    Question,
    Recommended,
    Remark,
    Situation,
    asks,
    notes,
    warns,
)
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain, parse_listen, parse_next_hop
from edgeconsole.model.terms import Platform
from edgeconsole.rules.srv import is_direct_child


def _parse_domains(_situation: Situation, text: str) -> str:
    found = list(dict.fromkeys(parse_domain(word) for word in text.replace(",", " ").split()))
    if not found:
        raise BadInput("give at least one SIP domain", remedy="For example contoso.example")
    return " ".join(found)


def _parse_listen(_situation: Situation, text: str) -> str:
    listen = parse_listen(text)
    # The short form of an address leaves the port out; a listener always names it.
    return f"[{listen.host}]:{listen.port}" if ":" in listen.host else f"{listen.host}:{listen.port}"


def _parse_reference(_situation: Situation, text: str) -> str:
    reference = text if ":" in text else f"file:{text}"
    if text and reference.split(":")[0] not in ("file", "env", "cred"):
        raise BadInput(f"{text!r} is no reference", remedy="Write a path, or file:PATH, env:NAME or cred:NAME")
    return reference if text else ""


def _fqdn_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    domains = situation.given("sip-domains").split()
    if not any(is_direct_child(value, domain) for domain in domains):
        return (
            warns(
                f"{value} is not one label below any of our domains: partners that found us by SRV refuse it",
                f"Use sip.{domains[0]}" if domains else "",
            ),
        )
    return ()


def _first_domain(situation: Situation) -> str:
    return (situation.given("sip-domains").split() or [""])[0]


_PLATFORMS = tuple(
    Choice(each.value, each.value)
    for each in (Platform.LYNC2010, Platform.LYNC2013, Platform.SFB2015, Platform.SFB2019, Platform.SFBSE)
)


def _file(name: str, title: str, ask: str, why: str, path: str) -> Question:
    return Question(
        id=name,
        title=title,
        ask=asks(ask),
        why=why,
        parse=_parse_reference,
        recommend=lambda _situation: Recommended(f"file:/etc/edgeconsole/{path}", "the usual place"),
    )


EDGE_QUESTIONS = (
    Question(
        id="sip-domains",
        title="Our domains",
        ask=asks("Which SIP domains are ours? (what stands after the @ of our people)"),
        why="Only messages to or from these domains are ours to carry.",
        parse=_parse_domains,
    ),
    Question(
        id="fqdn",
        title="Access Edge",
        ask=asks("Under which name do partners reach our Access Edge?"),
        why="It is the target of our SRV record and must stand in the outside certificate.",
        parse=lambda _situation, text: parse_domain(text),
        recommend=lambda situation: Recommended(
            f"sip.{_first_domain(situation)}", "one label below our domain, which partners insist on"
        ),
        remarks=_fqdn_remarks,
    ),
    Question(
        id="platform",
        title="Platform",
        ask=asks("What do our own servers run?"),
        why="It decides ports, XMPP, load balancing and what people can do together.",
        choices=lambda _situation: _PLATFORMS,
        recommend=lambda _situation: Recommended(Platform.LYNC2013.value, "the release whose vocabulary is used here"),
    ),
    Question(
        id="next-hop",
        title="Next hop",
        ask=asks("Which pool or Director of ours takes what comes in? (host or host:port)"),
        why="Allowed messages go there, over mutual TLS on the inside interface.",
        parse=lambda _situation, text: str(parse_next_hop(text)),
        recommend=lambda situation: Recommended(
            f"pool.{_first_domain(situation)}:5061", "5061 is the pool's port for servers; the name is a guess"
        ),
    ),
    Question(
        id="internal-fqdn",
        title="Inside name",
        ask=asks("Under which name does our pool reach the edge from inside?"),
        why="The inside certificate carries it. Only the named peers open the inside, whatever certificate they show.",
        parse=lambda _situation, text: parse_domain(text),
        recommend=lambda situation: Recommended(f"edge.{_first_domain(situation)}", "a guess: what DNS inside says"),
    ),
    Question(
        id="sip-listen",
        title="Outside",
        ask=asks("On which address does it listen for partners? (address:port)"),
        why="Partners connect to port 5061 (F1 of the port table).",
        parse=_parse_listen,
        recommend=lambda _situation: Recommended("0.0.0.0:5061", "every IPv4 address of this host"),
    ),
    Question(
        id="internal-listen",
        title="Inside",
        ask=asks("On which address does it listen for our own servers? (address:port, such as 10.0.0.5:5061)"),
        why="The two sides have different certificates and trust; a partner's never opens the inside.",
        parse=_parse_listen,
        remarks=lambda situation, value: (
            (warns("both sides listen on the same address"),) if value == situation.given("sip-listen") else ()
        ),
    ),
    *(
        _file(name, title, ask, why, path)
        for name, title, ask, why, path in (
            (
                "certificate",
                "Certificate",
                "Where is the outside certificate, its chain included? (PEM file)",
                "Partners check it: names, chain, dates, server and client authentication. Without one, the end of "
                "this set-up makes the key and the request.",
                "edge.pem",
            ),
            (
                "private-key",
                "Key",
                "Where is its private key? (PEM file)",
                "Only root and the proxy's user may read it.",
                "edge.key",
            ),
            (
                "internal-certificate",
                "Inside certificate",
                "Where is the inside certificate? (PEM file)",
                "Our own authority may issue it.",
                "int.pem",
            ),
            (
                "internal-private-key",
                "Inside key",
                "Where is its private key? (PEM file)",
                "Only root and the proxy's user may read it.",
                "int.key",
            ),
            (
                "internal-trust",
                "Inside trust",
                "Which authorities issue our servers' certificates? (PEM file)",
                "Nobody else opens the inside.",
                "int-ca.pem",
            ),
        )
    ),
    Question(
        id="open",
        title="Master switch",
        ask=asks("Switch federation on at once?"),
        why="Off, the edge starts and refuses everything; partners can be prepared in peace.",
        choices=lambda _situation: (Choice("no", "no"), Choice("yes", "yes")),
        recommend=lambda _situation: Recommended("no", "set up the first partner, then switch it on"),
        remarks=lambda _situation, value: (
            (notes("nobody is on the lists yet, and discovery stays off: nobody can come in"),)
            if value == "yes"
            else ()
        ),
    ),
)
