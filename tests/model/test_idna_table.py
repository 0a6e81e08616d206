"""Internationalised names as Unicode's own table has them: read as `idna` reads them, or refused.

The whole table of 6,225 rows is read where EDGECONSOLE_IDNA_TABLE names a copy, tests/IdnaTestV2.txt of
`pip download --no-deps --no-binary :all: idna==3.10`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import idna
import pytest

from edgeconsole.model.names import InvalidName, parse_domain

SEED = """
fass.de;; ; ; ; ;
fa\\u00DF.de;; ; xn--fa-hia.de; ; fass.de;
FA\\u00DF.de; fa\\u00DF.de; ; xn--fa-hia.de; ; fass.de;
B\\u00DCCHER.de; b\\u00FCcher.de; ; xn--bcher-kva.de; ; ;
Bu\\u0308cher.de; b\\u00FCcher.de; ; xn--bcher-kva.de; ; ;
\\u0646\\u0627\\u0645\\u0647\\u200C\\u0627\\u06CC.com; ; ; xn--mgba3gch31f060k.com; ; ;
\\u03B2\\u03CC\\u03BB\\u03BF\\u03C2.com; ; ; xn--nxasmm1c.com; ; ;
a\\u3002com; a.com; ; a.com; ; ;
\\uFF41.com; a.com; ; a.com; ; ;
\\u65E5\\u672C\\u8A9E.jp; ; ; xn--wgv71a119e.jp; ; ;
a\\u200Cb.com; a\\u200Cb.com; [C1]; xn--ab-j1t.com; ; ;
a\\u200Db.com; a\\u200Db.com; [C2]; xn--ab-m1t.com; ; ;
\\u0308.com; ; [V5]; xn--ssa.com; ; ;
\\u00E0\\u05D0.com; ; [B5 B6]; xn--0ca24w.com; ; ;
\\u05D0a.com; ; [B2 B3]; xn--a-0hc.com; ; ;
\\u0000a.com; ; [P1]; ; ; ;
a\\u00ADb.com; ab.com; ; ab.com; ; ;
\\u200E.com; ; [P1]; ; ; ;
\\uD83D\\uDCA9.la; ; [P1]; ; ; ;
"""
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x\{([0-9A-Fa-f]+)\}")


def sources(table: str) -> Iterator[str]:
    for line in table.splitlines():
        row = line.partition("#")[0]
        if ";" in row:
            yield _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), row.partition(";")[0].strip())


def is_well_read(source: str) -> bool:
    """Return whether a name is refused, or is what `idna` makes of it; ASCII is the name that DNS carries as it is."""
    try:
        name = parse_domain(source)
    except InvalidName:
        return True
    if source.strip().rstrip(".").isascii():
        return name == source.strip().rstrip(".").lower()
    return name == idna.encode(source, uts46=True, std3_rules=True).decode("ascii").lower().rstrip(".")


def test_a_name_of_the_table_is_read_as_idna_reads_it_or_refused() -> None:
    assert [source for source in sources(SEED) if not is_well_read(source)] == []


@pytest.mark.parametrize(
    ("source", "name"),
    [("FA\u00df.de", "xn--fa-hia.de"), ("\uff41.com", "a.com"), ("Bu\u0308cher.de", "xn--bcher-kva.de")],
)
def test_the_table_is_not_refused_as_a_whole(source: str, name: str) -> None:
    assert parse_domain(source) == name


def test_the_whole_table_is_read_as_idna_reads_it_or_refused() -> None:
    named = os.environ.get("EDGECONSOLE_IDNA_TABLE")
    if named is None:
        pytest.skip("EDGECONSOLE_IDNA_TABLE names no copy of IdnaTestV2.txt (see this module's head)")
    rows = list(sources(Path(named).read_text("utf-8")))
    assert len(rows) > 6_000
    assert [source for source in rows if not is_well_read(source)] == []
