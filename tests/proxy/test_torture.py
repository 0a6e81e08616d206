"""The torture messages of RFC 4475, retyped, with the verdict a federation edge owes each on a stream."""

import pytest

from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.framer import Framer, Violation
from edgeconsole.proxy.sip.message import Message
from edgeconsole.proxy.sip.validator import Refusal, check_request, check_response

RELAYED = "relayed"
DROPPED = "dropped"
CLOSED = "400 and closed"
WAITING = "waiting"


def verdict(wire: bytes) -> str | int:
    """Return what the edge does with the first message of a stream, identity and policy aside."""
    framed = Framer(Limits()).feed(wire)
    if not framed:
        return WAITING
    first = framed[0]
    if isinstance(first, Violation):
        assert first.status == 400
        return CLOSED
    assert isinstance(first, Message)
    if first.is_response:
        return DROPPED if check_response(first) is None else RELAYED
    checked = check_request(first, frozenset({"edge.example"}))
    return checked.status if isinstance(checked, Refusal) else RELAYED


def sip(text: str, body: bytes = b"", *, length: bool = True) -> bytes:
    """Return a message: lines get CRLF, a Content-Length is added where the text has none of its own."""
    lines = text.strip("\n").split("\n")
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


BASIC = """
From: <sip:caller@example.net>;tag=323
To: sip:user@example.com
Call-ID: basic.2934lkj@192.0.2.1
CSeq: 60 {method}
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bKkdjuw
Max-Forwards: 70
"""


def basic(start: str, extra: str = "", **parts: str) -> bytes:
    """Return a message with the ordinary headers; `parts` replace header lines by their name."""
    lines = BASIC.format(method=start.split(" ")[0]).strip().split("\n")
    for name, line in parts.items():
        at = next(i for i, each in enumerate(lines) if each.lower().replace("-", "_").startswith(name))
        lines[at] = line
    return sip("\n".join([start, *filter(None, lines), *([extra] if extra else [])]))


WSINV = sip(
    """
INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 3
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33
""",
    b"v=0",
    length=False,
)

UNUSUAL_USER = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
UNUSUAL_PASSWORD = "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
CYRILLIC = "\u0440\u0430\u0431\u043e\u0442\u0430"

INTMETH = sip(
    f"""
!interesting-Method0123456789_*+`.%indeed'~ sip:{UNUSUAL_USER}:{UNUSUAL_PASSWORD}@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:{UNUSUAL_USER}@example.com>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="{CYRILLIC}";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/"][?}}{{
CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
Max-Forwards: 255
extensionHeader-!.%*+_`'~:\ufeff\u5927\u505c\u96fb
"""
)

ESC01 = sip(
    """
INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
To: sip:%75se%72@example.com
From: <sip:I%20have%20spaces@example.net>;tag=938
Max-Forwards: 87
i: esc01.239409asdfakjkn23onasd0-3234
CSeq: 234234 INVITE
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
C: application/sdp
Contact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
"""
)

MPART = sip(
    """
MESSAGE sip:kumiko@example.org SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
Max-Forwards: 70
Route: <sip:127.0.0.1:5080>
Identity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2WxhgTV1PF7hHuLIK0YWVKZhKv9Mj8UeXqkMVbnVq37CD+813gvYjcBUaZngQmXc9WNZSDNGCzA=
Identity-Info: <https://example.org/example.cer>;alg=rsa-sha1
Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
To: <sip:kumiko@example.org>
From: <sip:fluffy@example.com>;tag=2fb0dcc9
Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..
CSeq: 1 MESSAGE
Date: Sat, 15 Oct 2005 04:44:56 GMT
""",
    b"--7a9cbec02ceef655\r\n\x00\x01\xff\r\n\r\nbinary\r\n--7a9cbec02ceef655--\r\n",
)

RESPONSE = """
{start}
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: unreason.1234ksdfak3j2erwedfsASdf
CSeq: {cseq}
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Contact: <sip:user@host198.example.com>
"""


def response(start: str, cseq: str = "35 INVITE") -> bytes:
    return sip(RESPONSE.format(start=start, cseq=cseq))


OPTIONS = "OPTIONS sip:user@example.com SIP/2.0"
INVITE = "INVITE sip:user@example.com SIP/2.0"

MESSAGES: list[tuple[str, bytes, str | int]] = [
    # 3.1.1, valid. What the edge does not serve is refused as a method: the message itself was read.
    ("wsinv", WSINV, RELAYED),
    ("intmeth", INTMETH, 405),
    ("esc01", ESC01, RELAYED),
    ("escnull", basic("REGISTER sip:example.com SIP/2.0", "Contact: <sip:%00@host5.example.com>"), 405),
    ("esc02", basic("RE%47IST%45R sip:registrar.example.com SIP/2.0"), 405),
    ("lwsdisp", basic(OPTIONS, **{"from": "From: caller<sip:caller@example.com>;tag=323"}), RELAYED),
    (
        "longreq",
        basic(
            OPTIONS,
            "\n".join(
                [f"Unknown-{'Long' * 20}-Name: {'unknown-' * 30}value"] * 3
                + [f"Via: SIP/2.0/TCP sip{number}.example.com;branch=z9hG4bK{'f' * 60}" for number in range(34)]
            ),
            to=f'To: "I have a name of {"extreme" * 40} proportion" <sip:user@example.com:6000;{"long" * 20}=1>',
        ),
        RELAYED,
    ),
    ("dblreq", basic("REGISTER sip:example.com SIP/2.0") + basic(INVITE), 405),
    ("semiuri", basic("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0"), RELAYED),
    (
        "transports",
        basic(
            OPTIONS,
            "\n".join(
                f"Via: SIP/2.0/{name} t1.example.com;branch=z9hG4bK{name}"
                for name in ("UDP", "SCTP", "TLS", "UNKNOWN", "TCP")
            ),
        ),
        RELAYED,
    ),
    ("mpart01", MPART, RELAYED),
    (
        "unreason",
        response(f"SIP/2.0 200 = 2**3 * 5**2 {CYRILLIC}"),
        RELAYED,
    ),
    ("noreason", response("SIP/2.0 100 "), RELAYED),
    # 3.1.2, invalid.
    (
        "badinv01",
        basic(INVITE, via="Via: SIP/2.0/UDP 192.0.2.15;;,;,,", **{"from": 'From: "Joe" <sip:joe@example.org>;;;;;'}),
        400,
    ),
    ("clerr", basic(OPTIONS).replace(b"Content-Length: 0", b"Content-Length: 9999") + b"v=0\r\n", WAITING),
    ("ncl", basic(OPTIONS).replace(b"Content-Length: 0", b"Content-Length: -999"), CLOSED),
    ("scalar02", basic(OPTIONS, cseq="CSeq: 36893488147419103232 OPTIONS"), 400),
    ("scalar02, hops", basic(OPTIONS, max_forwards="Max-Forwards: 300"), 400),
    ("scalarlg", response("SIP/2.0 503 Service Unavailable", "9292394834772304023312 OPTIONS"), DROPPED),
    ("quotbal", basic(OPTIONS, to='To: "Mr. J. User <sip:j.user@example.com>'), 400),
    ("ltgtruri", basic("OPTIONS <sip:user@example.com> SIP/2.0"), 400),
    ("lwsruri", basic("OPTIONS sip:user@example.com; lr SIP/2.0"), 400),
    ("lwsstart", basic("OPTIONS  sip:user@example.com  SIP/2.0").replace(b"CSeq: 60", b"CSeq: 60 OPTIONS"), 400),
    ("trws", basic(f"{OPTIONS}  "), 400),
    ("escruri", basic("OPTIONS sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0"), 400),
    ("baddate", basic(OPTIONS, "Date: Fri, 01 Jan 2010 16:00:00 EST"), 400),
    (
        "regbadct",
        basic("REGISTER sip:example.com SIP/2.0", "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
        400,
    ),
    ("badaspec", basic(OPTIONS, to='To: "Watson, Thomas" < t.watson@example.org >'), 400),
    ("baddn", basic(OPTIONS, **{"from": "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43"}), 400),
    (
        "badvers",
        basic("OPTIONS sip:t.watson@example.org SIP/7.0", via="Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw"),
        505,
    ),
    ("mismatch01", basic(OPTIONS, cseq="CSeq: 8 INVITE"), 400),
    ("mismatch02", basic("NEWMETHOD sip:user@example.com SIP/2.0", cseq="CSeq: 8 INVITE"), 400),
    ("bigcode", response("SIP/2.0 4294967301 better not break the receiver"), DROPPED),
    # 3.2
    ("badbranch", basic(OPTIONS, via="Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"), RELAYED),
    # 3.3
    ("insuf", sip(f"{INVITE}\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf"), 400),
    ("unkscm", basic("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"), 416),
    ("novelsc", basic("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"), 416),
    ("unksm2", basic("REGISTER sip:example.com SIP/2.0", "Contact: <name:John_Smith>"), 405),
    ("bext01", basic(OPTIONS, "Require: nothingSupportsThis\nProxy-Require: noProxiesSupportThis"), 420),
    ("invut", basic(OPTIONS, "Content-Type: application/unknownformat"), RELAYED),
    (
        "regaut01",
        basic("REGISTER sip:example.com SIP/2.0", "Authorization: NoOneKnowsThisScheme opaque-data=here"),
        405,
    ),
    ("multi01", basic(OPTIONS, "CSeq: 59 OPTIONS\nCall-ID: other\nMax-Forwards: 5"), 400),
    ("mcl01", basic(OPTIONS, "Content-Length: 15"), CLOSED),
    ("bcast", sip(RESPONSE.format(start="SIP/2.0 200 OK", cseq="8 INVITE").replace("To:", "X:")), DROPPED),
    ("zeromf", basic(OPTIONS, max_forwards="Max-Forwards: 0"), 483),
    (
        "cparam01",
        basic("REGISTER sip:example.com SIP/2.0", "Contact: sip:+19725552222@gw1.example.net;unknownparam"),
        405,
    ),
    (
        "cparam02",
        basic("REGISTER sip:example.com SIP/2.0", "Contact: <sip:+19725552222@gw1.example.net;unknownparam>"),
        405,
    ),
    (
        "regescrt",
        basic("REGISTER sip:example.com SIP/2.0", "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>"),
        405,
    ),
    ("sdp01", basic(OPTIONS, "Accept: text/nobodyKnowsThis"), RELAYED),
    # 3.4
    ("inv2543", basic(INVITE, via="Via: SIP/2.0/UDP iftgw.example.com"), 400),
    ("test.dat", b"\x00\x01\x02 not SIP at all\r\n\r\n", CLOSED),
]


@pytest.mark.parametrize(("wire", "owed"), [each[1:] for each in MESSAGES], ids=[each[0] for each in MESSAGES])
def test_each_gets_the_verdict_it_is_owed(wire: bytes, owed: str | int) -> None:
    assert verdict(wire) == owed


def test_two_requests_in_one_stream_are_two_framings() -> None:
    wire = {name: wire for name, wire, _ in MESSAGES}["dblreq"]
    assert len(Framer(Limits()).feed(wire)) == 2


@pytest.mark.parametrize("name", ["wsinv", "intmeth", "esc01", "mpart01", "longreq", "unreason", "noreason"])
def test_a_valid_message_is_serialised_to_a_fixed_point(name: str) -> None:
    wire = next(each[1] for each in MESSAGES if each[0] == name)
    (once,) = Framer(Limits()).feed(wire)
    assert isinstance(once, Message)
    (twice,) = Framer(Limits()).feed(once.to_bytes())
    assert isinstance(twice, Message)
    assert once.to_bytes() == twice.to_bytes()
    assert once.lines == twice.lines
