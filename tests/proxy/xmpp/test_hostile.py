"""Hostile streams: each gets the stream error it is owed (RFC 6120, 4.9.3), the connection ends, the edge goes on."""

import pytest

from tests.proxy.xmpp.peer import SASL, STARTTLS, Peer, auth, connect, encrypted, greeted, header, live, message
from tests.proxy.xmpp.world import OURS, PARTNER, XmppWorld, block, partner

H = header()
PLAIN: list[tuple[str, str | bytes, str]] = [
    ("http", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not-well-formed"),
    ("sip", b"OPTIONS sip:x SIP/2.0\r\n\r\n", "not-well-formed"),
    ("nul", b"\x00\x00\x00", "not-well-formed"),
    ("text first", b"hello<", "not-well-formed"),
    ("doctype", "<!DOCTYPE x>" + H, "restricted-xml"),
    ("doctype with entities", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + H, "restricted-xml"),
    ("external entity", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + H, "restricted-xml"),
    ("comment first", "<!-- x -->" + H, "restricted-xml"),
    ("instruction first", "<?php x?>" + H, "restricted-xml"),
    ("comment", H + "<!-- x -->", "restricted-xml"),
    ("instruction", H + "<?php x?>", "restricted-xml"),
    ("entity", H + "<a>&lol;</a>", "restricted-xml"),
    ("entity in an attribute", H + "<a b='&lol;'/>", "restricted-xml"),
    ("nul reference", H + "<a>&#0;</a>", "not-well-formed"),
    ("bad utf-8", H.encode() + b"<a>\xff</a>", "not-well-formed"),
    ("overlong utf-8", H.encode() + b"<a>\xc0\xaf</a>", "not-well-formed"),
    ("surrogate", H.encode() + b"<a>\xed\xa0\x80</a>", "not-well-formed"),
    ("control character", H.encode() + b"<a>\x07</a>", "not-well-formed"),
    ("latin-1", b"<?xml version='1.0' encoding='iso-8859-1'?>" + H[21:].encode(), "unsupported-encoding"),
    ("utf-16", "\ufeff".encode("utf-16-le") + H.encode("utf-16-le"), "unsupported-encoding"),
    ("utf-16 without mark", H.encode("utf-16-be"), "unsupported-encoding"),
    ("unbound prefix", H + "<x:a/>", "not-well-formed"),
    ("two attributes of one name", H + "<a b='1' b='2'/>", "not-well-formed"),
    ("wrong end tag", H + "<a></b>", "not-well-formed"),
    ("unquoted attribute", H + "<a b=1/>", "not-well-formed"),
    ("less-than in an attribute", H + "<a b='<'/>", "not-well-formed"),
    ("text between elements", H + "hello", "bad-format"),
    ("cdata between elements", H + "<![CDATA[x]]><a/>", "bad-format"),
    ("second declaration", H + "<?xml version='1.0'?>", "not-well-formed"),
    ("client namespace", H.replace("'jabber:server'", "'jabber:client'"), "invalid-namespace"),
    ("no namespace", H.replace("xmlns='jabber:server'", ""), "invalid-namespace"),
    ("wrong stream namespace", H.replace("etherx.jabber.org", "etherx.example.org"), "invalid-namespace"),
    ("no stream", H.replace("stream:stream", "stream:flow"), "bad-format"),
    ("empty stream", H[:-1] + "/>", "bad-format"),
    ("version 0.9", header(more="version='0.9'"), "unsupported-version"),
    ("no version", header(more=""), "unsupported-version"),
    ("version in words", header(more="version='one'"), "unsupported-version"),
    ("wrong host", header(recipient="elsewhere.example"), "host-unknown"),
    ("no host", H.replace(f"to='{OURS}'", ""), "host-unknown"),
    ("address as host", header(recipient="192.0.2.1"), "host-unknown"),
    ("sub-domain of ours", header(recipient=f"x.{OURS}"), "host-unknown"),
    ("from us", header(sender=OURS), "invalid-from"),
    ("from an address", header(sender="192.0.2.1"), "invalid-from"),
    ("from a blocked domain", header(sender="blocked.example"), "policy-violation"),
    ("from below a blocked domain", header(sender="x.blocked.example"), "policy-violation"),
    ("from a stranger", header(sender="stranger.example"), "policy-violation"),
    ("from a partner's sub-domain", header(sender=f"x.{PARTNER}"), "policy-violation"),
    ("long header", H[:-1] + " x='" + "a" * 11_000 + "'>", "policy-violation"),
    ("long element", H + "<a>" + "x" * 20_000 + "</a>", "policy-violation"),
    ("long attribute", H + "<a b='" + "x" * 20_000 + "'/>", "policy-violation"),
    ("many attributes", H + "<a " + " ".join(f"a{n}='1'" for n in range(80)) + "/>", "policy-violation"),
    ("deep", H + "<a>" * 40, "policy-violation"),
    ("many elements at once", H + "<a/>" * 100, "policy-violation"),
    ("stanza in the clear", H + message(), "not-authorized"),
    ("sasl in the clear", H + auth(PARTNER), "policy-violation"),
    ("dialback in the clear", H + f"<db:result from='{PARTNER}' to='{OURS}'>k</db:result>", "not-authorized"),
    ("commands behind starttls", H + STARTTLS + message(), "policy-violation"),
    ("half a command behind starttls", H + STARTTLS + "<mess", "policy-violation"),
]
OVER_TLS: list[tuple[str, str, str]] = [
    ("stanza before authentication", message(), "not-authorized"),
    ("another mechanism", f"<auth xmlns='{SASL}' mechanism='PLAIN'>AGEAYg==</auth>", "not-authorized"),
    ("another identity", auth("stranger.example"), "not-authorized"),
    ("our identity", auth(OURS), "not-authorized"),
    ("identity of a person", auth(f"frida@{PARTNER}"), "not-authorized"),
    ("no base64", f"<auth xmlns='{SASL}' mechanism='EXTERNAL'>%%%</auth>", "not-authorized"),
    ("starttls again", STARTTLS, "unsupported-stanza-type"),
    ("dialback that is not offered", f"<db:result from='{PARTNER}' to='{OURS}'>k</db:result>", "not-authorized"),
    ("an answer nobody asked for", f"<db:result from='{PARTNER}' to='{OURS}' type='valid'/>", "not-authorized"),
    ("a verdict nobody asked for", f"<db:verify from='{PARTNER}' to='{OURS}' id='x' type='valid'/>", "not-authorized"),
    ("stanzas behind the identity", auth(PARTNER) + message(), "policy-violation"),
]
LIVE: list[tuple[str, str, str]] = [
    ("no addresses", "<message><body>x</body></message>", "improper-addressing"),
    ("no sender", f"<message to='alice@{OURS}'/>", "improper-addressing"),
    ("no recipient", f"<message from='frida@{PARTNER}'/>", "improper-addressing"),
    ("broken recipient", message(recipient="alice@192.0.2.1"), "improper-addressing"),
    ("empty local part", message(recipient=f"@{OURS}"), "improper-addressing"),
    ("sender of another domain", message(sender="x@stranger.example"), "invalid-from"),
    ("sender of ours", message(sender=f"bob@{OURS}"), "invalid-from"),
    ("sender of a sub-domain", message(sender=f"frida@x.{PARTNER}"), "invalid-from"),
    ("sender with two signs", message(sender=f"frida@{PARTNER}@stranger.example"), "improper-addressing"),
    ("no stanza", "<a/>", "unsupported-stanza-type"),
    ("client stanza", "<message xmlns='jabber:client'/>", "unsupported-stanza-type"),
    ("features from the wrong side", "<stream:features/>", "unsupported-stanza-type"),
    ("deep", "<message>" + "<a>" * 40, "policy-violation"),
    ("long stanza", f"<message><body>{'x' * 300_000}</body></message>", "policy-violation"),
    ("comment", "<!-- x -->", "restricted-xml"),
    ("unbound prefix inside", "<message><x:a/></message>", "not-well-formed"),
    ("an answer nobody asked for", f"<db:result from='{PARTNER}' to='{OURS}' type='valid'/>", "not-authorized"),
]


async def started(xmpp: XmppWorld) -> None:
    await xmpp.start(partner(), domains=(block("blocked.example"),))


async def expect(peer: Peer, what: str, said: str | bytes, condition: str) -> None:
    """The error is said and the stream closed."""
    peer.send(said)
    told = await peer.end()
    assert f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" in told, what
    assert told.endswith("</stream:stream>"), what
    await peer.close()


async def still_serves(xmpp: XmppWorld, rows: int) -> None:
    """Every failure is shown, and a good partner is served as before."""
    assert len(xmpp.edge.failures()) >= rows
    after = await live(xmpp)
    after.send("</stream:stream>")
    assert await after.end() == "</stream:stream>"


async def test_a_hostile_stream_in_the_clear(xmpp: XmppWorld) -> None:
    await started(xmpp)
    for row in PLAIN:
        await expect(await connect(xmpp), *row)
    await still_serves(xmpp, len(PLAIN))


async def test_a_hostile_stream_over_tls(xmpp: XmppWorld) -> None:
    await started(xmpp)
    for row in OVER_TLS:
        await expect(await greeted(xmpp), *row)
    await still_serves(xmpp, len(OVER_TLS))


async def test_a_hostile_stanza_of_an_authenticated_partner(xmpp: XmppWorld) -> None:
    await started(xmpp)
    for row in LIVE:
        await expect(await live(xmpp), *row)
    await still_serves(xmpp, len(LIVE))


@pytest.mark.parametrize("changed", ["stranger.example", "partner.example"])
async def test_the_sender_does_not_change_after_tls(xmpp: XmppWorld, changed: str) -> None:
    await xmpp.start(partner(), partner("partner.example"))
    peer = await encrypted(xmpp, xmpp.public.issue(PARTNER, changed))
    peer.send(header(changed))
    told = await peer.end()
    assert "<policy-violation" in told or "<invalid-from" in told
