"""What the edge itself says on a stream, and the small trees it reads while a stream is negotiated."""

from collections.abc import Iterator
from xml.parsers.expat import ParserCreate
from xml.sax.saxutils import escape, quoteattr

from edgeconsole.proxy.xmpp.names import (
    DIALBACK,
    DIALBACK_FEATURE,
    SASL,
    SERVER,
    STANZA_ERRORS,
    STREAM_ERRORS,
    STREAMS,
    TLS,
)
from edgeconsole.proxy.xmpp.parser import Element

CLOSE = b"</stream:stream>"
STARTTLS = f"<starttls xmlns='{TLS}'/>".encode()
PROCEED = f"<proceed xmlns='{TLS}'/>".encode()
SUCCESS = f"<success xmlns='{SASL}'/>".encode()

_OWN_PREFIXES = {"stream": STREAMS, "db": DIALBACK}


class Node:
    """An element with its text and children."""

    __slots__ = ("attributes", "children", "name", "namespace", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.namespace, _, self.name = name.rpartition(" ")
        self.attributes = attributes
        self.children: list[Node] = []
        self.text = ""

    def find(self, name: str, namespace: str) -> "Node | None":
        """Return the first child of that name."""
        return next((child for child in self.children if (child.name, child.namespace) == (name, namespace)), None)

    def all(self, name: str, namespace: str) -> Iterator["Node"]:
        """Return the children of that name."""
        return (child for child in self.children if (child.name, child.namespace) == (name, namespace))


def tree(element: Element, prefixes: dict[str, str]) -> Node:
    """Read an element the parser has let through; `prefixes` are those of its stream's header."""
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in (_OWN_PREFIXES | prefixes).items())
    top = Node("", {})
    open_nodes = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        node = Node(name, attributes)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(_: str) -> None:
        open_nodes.pop()

    def text(found: str) -> None:
        open_nodes[-1].text += found

    expat = ParserCreate("utf-8", " ")
    expat.StartElementHandler = start
    expat.EndElementHandler = end
    expat.CharacterDataHandler = text
    expat.Parse(f"<r xmlns='{SERVER}'{declared}>".encode() + element.raw + b"</r>", True)
    return top.children[0].children[0]


def header(sender: str, recipient: str, stream_id: str = "") -> bytes:
    """Return a stream header; who accepts a stream gives it an id."""
    parts = [f"<?xml version='1.0'?><stream:stream xmlns='{SERVER}' xmlns:stream='{STREAMS}' xmlns:db='{DIALBACK}'"]
    parts += [f" {name}={quoteattr(value)}" for name, value in _addresses(sender, recipient, stream_id) if value]
    return ("".join(parts) + " version='1.0'>").encode()


def _addresses(sender: str, recipient: str, stream_id: str) -> tuple[tuple[str, str], ...]:
    return ("from", sender), ("to", recipient), ("id", stream_id)


def features(*offered: str) -> bytes:
    """Return the features of a stream."""
    return f"<stream:features>{''.join(offered)}</stream:features>".encode() if offered else b"<stream:features/>"


def offer_tls(required: bool) -> str:
    """Return the STARTTLS feature."""
    return f"<starttls xmlns='{TLS}'>{'<required/>' if required else ''}</starttls>"


OFFER_EXTERNAL = f"<mechanisms xmlns='{SASL}'><mechanism>EXTERNAL</mechanism></mechanisms>"
OFFER_DIALBACK = f"<dialback xmlns='{DIALBACK_FEATURE}'><errors/></dialback>"


def stream_error(condition: str, text: str) -> bytes:
    """Return a stream error (RFC 6120, 4.9)."""
    told = f"<text xmlns='{STREAM_ERRORS}'>{escape(text)}</text>" if text else ""
    return f"<stream:error><{condition} xmlns='{STREAM_ERRORS}'/>{told}</stream:error>".encode()


def stream_error_of(node: Node) -> str:
    """Return the condition of a stream error with its text, as it came."""
    said = [each.name for each in node.children if each.namespace in (STREAM_ERRORS, STANZA_ERRORS)]
    condition = next((each for each in said if each != "text"), "undefined-condition")
    text = node.find("text", STREAM_ERRORS)
    return f"{condition}: {text.text}" if text is not None else condition


def auth_external(authzid: str) -> bytes:
    """Return the request of SASL EXTERNAL; `authzid` is base64 already."""
    return f"<auth xmlns='{SASL}' mechanism='EXTERNAL'>{authzid}</auth>".encode()


def sasl_failure(condition: str) -> bytes:
    """Return a refusal of SASL (RFC 6120, 6.5)."""
    return f"<failure xmlns='{SASL}'><{condition}/></failure>".encode()


def dialback(kind: str, sender: str, recipient: str, *, key: str = "", type_: str = "", stream_id: str = "") -> bytes:
    """Return a `result` or `verify` (XEP-0220)."""
    given = (*_addresses(sender, recipient, stream_id), ("type", type_))
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in given if value)
    return f"<db:{kind}{attributes}>{escape(key)}</db:{kind}>".encode()


def dialback_error(kind: str, sender: str, recipient: str, condition: str, stream_id: str = "") -> bytes:
    """Return the refusal of a dialback request that leaves the stream open (XEP-0220, 2.5)."""
    given = (*_addresses(sender, recipient, stream_id), ("type", "error"))
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in given if value)
    error = f"<error type='cancel'><{condition} xmlns='{STANZA_ERRORS}'/></error>"
    return f"<db:{kind}{attributes}>{error}</db:{kind}>".encode()


def stanza_error(stanza: Element, kind: str, condition: str, text: str) -> bytes | None:
    """Return the error a stanza is owed; None for errors and results, which are never answered (RFC 6120, 8.3)."""
    attributes = stanza.attributes
    if attributes.get("type") == "error" or (stanza.name == "iq" and attributes.get("type") == "result"):
        return None
    swapped = (("from", attributes["to"]), ("to", attributes["from"]), ("id", attributes.get("id", "")))
    named = "".join(f" {name}={quoteattr(value)}" for name, value in swapped if value)
    told = f"<text xmlns='{STANZA_ERRORS}'>{escape(text)}</text>" if text else ""
    error = f"<error type='{kind}'><{condition} xmlns='{STANZA_ERRORS}'/>{told}</error>"
    return f"<{stanza.name}{named} type='error'>{error}</{stanza.name}>".encode()


def portable(element: Element, prefixes: dict[str, str]) -> bytes:
    """Return an element's bytes for another stream: prefixes its own stream's header declares go with it."""
    missing = {
        prefix: uri
        for prefix, uri in prefixes.items()
        if _OWN_PREFIXES.get(prefix) != uri and f"{prefix}:".encode() in element.raw
    }
    if not missing:
        return element.raw
    end = _end_of_name(element.raw)
    tag = element.raw[: element.raw.index(b">") + 1]
    declared = "".join(
        f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in missing.items() if f"xmlns:{prefix}".encode() not in tag
    )
    return element.raw[:end] + declared.encode() + element.raw[end:]


def _end_of_name(raw: bytes) -> int:
    return next(at for at, byte in enumerate(raw) if byte in b" \t\r\n/>")
