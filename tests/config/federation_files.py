"""Federation files for the tests: one with everything in it, and a strategy that writes them in every style."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Configuration, Table

sampled = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How much a property is tried; no deadline, since other work on the machine is no failure."""

SAMPLE = """\
# The edge of Contoso. Change with care.
version = 1

[edge]
fqdn = "sip.contoso.example"
next_hop = "pool.int.contoso.example:5061"   # the pool
internal_peers = [
    "pool.int.contoso.example",  # first
    "pool2.int.contoso.example",
]

# The switches.
[access_edge]
federation = true
partner_discovery = false  # the quick toggle

[[sip_domain]]
name = "contoso.example"

# ---- suppliers ----

# contract 4411
[[domain]]
name = "fabrikam.example"
action = "allow"
access_edge = "sip.fabrikam.example"

[[domain]]
"name" = 'litware.example'   # quoted and literal
action = "allow"
comment = \"\"\"
Two lines,
[also.fake]
\"\"\"

# ---- enemies ----

[[domain]]
name = "evil.example"
action = "block"
"""

WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Cf")), max_size=12)
COMMENT_LINES = WORDS.map(lambda text: f"# {text}".rstrip())


@st.composite
def _quoted(draw: st.DrawFn, text: str) -> str:
    """Write a text as one of the kinds of TOML string that can carry it."""
    basic = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    forms = [basic]
    if "'" not in text:
        forms.append(f"'{text}'")
    if '"""' not in text and not text.endswith('"') and "\\" not in text:
        forms.append(f'"""\n{text}"""')
        forms.append(f'"""{text}"""')
    return draw(st.sampled_from(forms))


@st.composite
def _line(draw: st.DrawFn, key: str, text: str) -> list[str]:
    """Write one `key = value`, in some style; more than one line where the string is."""
    shown = draw(st.sampled_from([key, f'"{key}"', f"'{key}'"]))
    indent = draw(st.sampled_from(["", "", "  ", "\t"]))
    equals = draw(st.sampled_from([" = ", "=", "   = ", " =\t"]))
    comment = draw(st.sampled_from(["", "", "  # why", "# [fake]", ' # "quote', "  "]))
    value = draw(_quoted(text))
    return f"{indent}{shown}{equals}{value}{comment}".split("\n")


@st.composite
def _gap(draw: st.DrawFn) -> list[str]:
    """Write what may stand between two tables: blank lines and comment blocks by themselves."""
    blanks = [""] * draw(st.integers(0, 2))
    if blanks and draw(st.booleans()):
        return [*blanks, *draw(st.lists(COMMENT_LINES, min_size=1, max_size=2)), ""]
    return blanks


@st.composite
def federation_texts(draw: st.DrawFn, max_domains: int = 6) -> str:
    """Write a valid federation.toml in a style nobody would choose."""
    lines = draw(st.lists(COMMENT_LINES, max_size=2))
    if draw(st.booleans()):
        lines += ["version = 1"]
    lines += draw(_gap())
    if draw(st.booleans()):
        lines += draw(st.sampled_from([["[access_edge]"], ["[ access_edge ] # switches"], ['["access_edge"]']]))
        if draw(st.booleans()):
            lines += ["federation = true"]
        if draw(st.booleans()):
            lines += ["partner_discovery  =  false   # quick"]
        lines += draw(_gap())
    names = draw(st.lists(st.integers(0, 40), unique=True, max_size=max_domains))
    for number in names:
        lines += draw(st.lists(COMMENT_LINES, max_size=2))
        lines += [draw(st.sampled_from(["[[domain]]", "[[ domain ]]", '[["domain"]]', "  [[domain]] # x"]))]
        action = draw(st.sampled_from(["allow", "block"]))
        keys = [draw(_line("name", f"partner{number}.example")), draw(_line("action", action))]
        if action == "allow" and draw(st.booleans()):
            keys.append(draw(_line("access_edge", f"sip.partner{number}.example")))
        if draw(st.booleans()):
            keys.append(draw(_line("comment", draw(WORDS))))
        for key in draw(st.permutations(keys)):
            lines += key
            if draw(st.integers(0, 5)) == 0:
                lines += draw(st.sampled_from([["# inside"], [""]]))
        lines += draw(_gap())
    text = "\n".join(lines)
    if draw(st.booleans()):
        text += "\n"
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def domain(key: str, /, **fields: FieldValue) -> Change:
    """Return the change of one federated domain."""
    return Change(table=Table.DOMAIN, key=key, fields=dict(fields))


@st.composite
def changes_for(draw: st.DrawFn, configuration: Configuration) -> list[Change]:
    """Draw changes that are good for a configuration."""
    gone: set[str] = set()
    changes: list[Change] = []
    for _ in range(draw(st.integers(1, 4))):
        known = [record.name for record in configuration.domains if record.name not in gone]
        kind = draw(st.sampled_from(["add", "set", "remove", "switch"]))
        if kind == "add":
            name = f"new{draw(st.integers(0, 9))}.example"
            changes.append(domain(name, action=draw(st.sampled_from(["allow", "block"])), access_edge=None))
        elif kind == "switch":
            field = draw(st.sampled_from(["federation", "partner_discovery"]))
            changes.append(Change(table=Table.ACCESS_EDGE, fields={field: draw(st.booleans())}))
        elif known:
            name = draw(st.sampled_from(known))
            if kind == "remove":
                gone.add(name)
                changes.append(Change(table=Table.DOMAIN, key=name))
            else:
                comment = draw(st.sampled_from([None, "plain", 'with "quotes"', "two\nlines", "# [no]"]))
                changes.append(domain(name, action="block", access_edge=None, comment=comment))
    return changes
