"""Damaged and hostile files: a precise error, nothing read in part, bounded memory."""

import subprocess
import sys

import pytest

from edgeconsole.model.errors import BadInput
from edgeconsole.model.text import clean
from edgeconsole.transfer.detect import read
from edgeconsole.transfer.encoding import MAX_BYTES
from edgeconsole.transfer.parsed import MAX_ROWS, Format, Standing
from tests.transfer import samples

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (b"%d" % (n - 1) if n > 1 else b"") * 10) for n in range(1, 10)
    )
    + b"]><Objs><Obj><Props><S N='Identity'>&lol9;</S></Props></Obj></Objs>"
)
DAMAGED = [
    pytest.param(samples.ALLOWED_CSV[:-12], None, "line 4: the row has 4 cells", id="csv cut off"),
    pytest.param(samples.ALLOWED_CSV[:-6], None, "line 4: .*quotation mark", id="csv cut off inside quotes"),
    pytest.param(b'"Identity","Domain"\n"a.example"\n', None, "line 2: the row has 1 cells", id="csv row too short"),
    pytest.param(b'"Identity","Domain","identity"\n', None, "stands twice", id="csv column twice"),
    pytest.param(b'"Identity","Domain"\n"a"b,"c"\n', None, "line 2", id="csv stray quote"),
    pytest.param(samples.CLIXML[:-30], None, "clixml: line 8: column 65: no element found", id="clixml cut off"),
    pytest.param(samples.CLIXML.replace(b"</TN>", b"</TM>", 1), None, "mismatched tag", id="clixml wrong tag"),
    pytest.param(samples.POLICY_JSON[:-5], None, "column", id="json cut off"),
    pytest.param(b'[{"Identity":"a","Identity":"b"}]', None, "given twice", id="json key twice"),
    pytest.param(b'[{"Identity":NaN}]', None, "not JSON", id="json NaN"),
    pytest.param(b'[{"Identity":"a"},3]', None, "item 2 is no object", id="json number as row"),
    pytest.param(b'{"AllowedDomains":7}', None, "neither a list nor", id="teams number"),
    pytest.param(b'{"AllowedDomains":[{}]}', None, "without a Domain", id="teams nameless"),
    pytest.param(b"Identity : a.example\nDomain : a.example\n!!\n", None, "line 3: the line is no", id="listing"),
    pytest.param(b"#domainname\nx\n", Format.MASTODON, "no column #domain", id="mastodon"),
    pytest.param(b"xmppDomain,port\na.example,1\n", Format.OPENFIRE, "no columns", id="openfire"),
    pytest.param(b's2s_whitelist = { "a.example"\n', None, "a list is not closed", id="prosody open list"),
    pytest.param(b's2s_whitelist = { "a.example\n}', None, "not closed", id="prosody open text"),
    pytest.param(b"s2s_whitelist = 1 --[[ x", None, "not closed", id="prosody open comment"),
    pytest.param(samples.EVENTS_XML[:-12], None, "event-log", id="events cut off"),
    pytest.param(b"Event ID: 7\n", Format.EVENT_LOG, "no event 14601", id="other events"),
    pytest.param(samples.TOML + b"[[domain]\n", None, "line 8", id="toml"),
    pytest.param(b"version = 2\n[[domain]]\n", None, "version is not 1", id="toml of the future"),
    pytest.param(b"version = 1\n[surprise]\n", None, "no table", id="toml unknown table"),
    pytest.param(b'{"edgeconsole": 2}', None, "edgeconsole", id="own json of the future"),
    pytest.param(b"table,name\n", None, "nothing to import", id="own csv empty"),
    pytest.param(b"   \n\n", None, "empty", id="empty"),
    pytest.param(b"hello world\n", None, "no kind that is known", id="prose"),
    pytest.param(b"<html><body/></html>", None, "no kind that is known", id="html"),
    pytest.param(b"a.example\nb\x00.example\n", None, "line 2 has a NUL", id="nul"),
    pytest.param(b"ElfFile\x00abc", None, "binary event log", id="evtx"),
    pytest.param(b"PK\x03\x04abc", None, "Excel", id="xlsx"),
    pytest.param(b"\xff\xfea\x00b", None, "UTF-16 LE", id="utf-16 with half a character"),
    pytest.param(b"\xef\xbb\xbf\xff", None, "byte 0", id="mark without utf-8"),
]


@pytest.mark.parametrize(("content", "kind", "message"), DAMAGED)
def test_a_damaged_file_is_refused_whole_with_the_place(content: bytes, kind: Format | None, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(content, kind)


@pytest.mark.parametrize(
    "content",
    [
        LAUGHS,
        b'<!DOCTYPE Objs SYSTEM "file:///etc/passwd"><Objs><Obj/></Objs>',
        b'<!DOCTYPE Objs [<!ENTITY x SYSTEM "file:///etc/passwd">]><Objs><Obj><Props><S>&x;</S></Props></Obj></Objs>',
    ],
)
def test_document_types_and_entities_are_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="document type"):
        read(content, Format.CLIXML)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<Objs>" + b"<Obj>" * 100_000, Format.CLIXML),
        (b"[" * 100_000, Format.POWERSHELL_JSON),
        (b'{"a":' * 100_000, Format.TEAMS),
        (b"[" * 100_000, Format.JSON),
        (b"version = 1\nx = " + b"[" * 100_000, Format.TOML),
        (b"version = 1\nx = " + b"{a=" * 50_000, Format.TOML),
        (b"version = 1\n" + b"a." * 50_000 + b"b = 1", Format.TOML),
        (b"s2s_whitelist = " + b"{" * 100_000, Format.PROSODY),
        (b"acl: " + b"[" * 100_000, Format.EJABBERD),
        (b"acl:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 1_000)), Format.EJABBERD),
        (b"acl:\n  a: " + b"- " * 100_000, Format.EJABBERD),
    ],
)
def test_deep_nesting_is_refused_or_left_to_review(content: bytes, kind: Format) -> None:
    try:
        entries = read(content, kind).parsed.entries
    except BadInput:
        return
    assert {entry.standing for entry in entries} <= {Standing.NEEDS_REVIEW, Standing.INVALID}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"a.example\n" * (MAX_ROWS + 1), Format.PLAIN_BLOCK),
        pytest.param(
            b"#domain,#severity\n" + b"a.example,suspend\n" * (MAX_ROWS + 1), Format.MASTODON, marks=pytest.mark.slow
        ),
        pytest.param(
            b'"Identity","Domain"\n' + b'"a.example",""\n' * (MAX_ROWS + 1),
            Format.POWERSHELL_CSV,
            marks=pytest.mark.slow,
        ),
        pytest.param(b"<Objs>" + b"<Obj/>" * (MAX_ROWS + 1) + b"</Objs>", Format.CLIXML, marks=pytest.mark.slow),
        pytest.param(b"Identity : a\n\n" * (MAX_ROWS + 1), Format.LISTING, marks=pytest.mark.slow),
        pytest.param(
            b"version = 1\n" + b'[[domain]]\nname="a"\n' * (MAX_ROWS + 1), Format.TOML, marks=pytest.mark.slow
        ),
    ],
)
def test_more_than_a_hundred_thousand_rows_are_refused(content: bytes, kind: Format) -> None:
    with pytest.raises(BadInput, match="100,000 rows"):
        read(content, kind)


def test_more_than_thirty_two_mebibytes_are_refused_unread() -> None:
    with pytest.raises(BadInput, match="32 MiB"):
        read(b"x" * (MAX_BYTES + 1))


@pytest.mark.parametrize("kind", [form for form in Format if form is not Format.PLAIN])
def test_noise_read_as_any_kind_is_an_error_or_rows_but_never_a_crash(kind: Format) -> None:
    noises = [b"", b"\xff" * 99, bytes(range(1, 256)), b"{}", b"[]", b"<a/>", b'"', b"'", b"a" * 200_000, b"-\n- -\n"]
    noises += [content for _, content in samples.EVERY_GOOD]
    for noise in noises:
        try:
            read(noise, kind)
        except BadInput:
            continue


HOSTILE = "\x1b]52;c;aGk=\x07\u202eevil [@click=app.quit]x[/] \u200b"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f"block bad.example # {HOSTILE}\n", Format.PLAIN),
        (f"#domain,#severity,#public_comment\nbad.example,suspend,{HOSTILE}\n", Format.MASTODON),
        (f'"Identity","Domain","Comment"\n"bad.example","bad.example","{HOSTILE}"\n', Format.POWERSHELL_CSV),
        (f'"Identity","Domain","{HOSTILE}"\n"bad.example","bad.example","x"\n', Format.POWERSHELL_CSV),
        (f"Event ID: 14601\nName: {HOSTILE}; Domains: bad.example\n", Format.EVENT_LOG),
        (
            f's2s_blacklist = {{ "bad.example" }}\nVirtualHost "{HOSTILE}"\ns2s_blacklist = {{ "b.example" }}',
            Format.PROSODY,
        ),
        (f"acl:\n  bad: {{server: bad.example}}\naccess_rules:\n  s2s: {HOSTILE}\ns2s_access: s2s", Format.EJABBERD),
    ],
)
def test_escape_sequences_and_hidden_characters_never_get_through(content: str, kind: Format) -> None:
    found = read(content.encode(), kind)
    texts = [*found.warnings]
    for entry in found.parsed.entries:
        texts += [entry.reason, *entry.notes, *(v for v in entry.fields.values() if isinstance(v, str))]
    for text in texts:
        assert clean(text, 10_000) == text


BOMBS = {
    "laughs": ("clixml", "LAUGHS"),
    "empty lists": ("powershell-json", 'b"[" + b"[]," * 3_400_000 + b"[]]"'),
    "numbers": ("json", 'b"[" + b"1," * 5_000_000 + b"1]"'),
    "elements": ("clixml", 'b"<Objs><Obj>" + b"<a/>" * 2_400_000 + b"</Obj></Objs>"'),
    "one attribute": ("clixml", "b\"<Objs><Obj a='\" + b'x' * 10_000_000 + b\"'/></Objs>\""),
    "cells": ("powershell-csv", 'b"Identity" + b"," * 5_000_000'),
    "quoted cell": ("powershell-csv", "b'Identity,Domain\\n\"' + b'x' * 10_000_000"),
    "domains": ("plain-block", 'b"a.example " * 1_000_000'),
    "spaces": ("ejabberd", 'b"acl:" + b" " * 10_000_000 + b"x"'),
    "quotes": ("ejabberd", "b'acl: ' + b'\"' * 5_000_000"),
    "names": ("event-log", 'b"Event ID: 14601\\n" + b"Name: " * 1_500_000'),
    "dashes": ("prosody", 'b"-" * 10_000_000'),
    "type lines": ("powershell-csv", 'b"#TYPE\\n" * 1_500_000'),
    "wrapped lines": ("listing", 'b"Identity : " + b"a\\n b," * 2_000_000'),
    "flow map": ("ejabberd", 'b"acl: {" + b"a: b, " * 1_600_000 + b"}"'),
    "short lists": ("ejabberd", 'b"acl:\\n" + b"  - a: b\\n" * 1_000_000'),
    "long opening": ("prosody", 'b"s2s_whitelist = " + b"[==[" * 2_500_000 + b"]=]"'),
    "words": ("prosody", 'b"s2s_whitelist = {" + b"1," * 5_000_000 + b"}"'),
    "brackets": ("prosody", 'b"s2s_whitelist = " + b"[=" * 5_000_000'),
}


EVERYDAY = {"laughs", "numbers", "elements", "quoted cell", "spaces", "long opening"}
"""One of a kind in every suite; all in the long one."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in EVERYDAY else pytest.mark.slow) for name in BOMBS]
)
def test_a_bomb_ends_in_an_error_within_bounded_memory_and_time(name: str) -> None:
    kind, content = BOMBS[name]
    if content == "LAUGHS":
        content = repr(LAUGHS)
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))\n"
        "from edgeconsole.transfer.detect import read\n"
        "from edgeconsole.transfer.parsed import Format\n"
        "from edgeconsole.model.errors import BadInput\n"
        f"content = {content}\n"
        "try:\n"
        f"    found = read(content, Format({kind!r}))\n"
        "except BadInput:\n"
        "    print('refused')\n"
        "else:\n"
        "    print(found.parsed.entries[0].standing.value if found.parsed.entries else 'refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.stdout.strip() in {"refused", "needs-review", "invalid"}, done.stderr[-500:]
