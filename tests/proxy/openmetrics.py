"""A strict reader of OpenMetrics 1.0 text: what the specification forbids is an AssertionError."""

import re
from typing import NamedTuple

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)")
_SUFFIXES = {"counter": ("_total", "_created"), "gauge": ("",), "info": ("_info",)}


class Family(NamedTuple):
    """One metric family."""

    kind: str
    unit: str
    samples: dict[frozenset[tuple[str, str]], float]

    def value(self, **labels: str) -> float:
        return self.samples[frozenset(labels.items())]


def read(text: str) -> dict[str, Family]:
    """Return the families of a whole exposition."""
    assert text.endswith("# EOF\n")
    assert text.count("# EOF") == 1
    families: dict[str, Family] = {}
    current, described = "", set[str]()
    for line in text.removesuffix("# EOF\n").splitlines():
        assert line == line.strip()
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            assert re.fullmatch(_NAME, name)
            if word == "TYPE":
                assert name not in families, f"{name} comes twice"
                assert rest in _SUFFIXES
                current, described = name, set()
                families[name] = Family(rest, "", {})
            assert name == current, f"{word} of {name} stands among {current}"
            assert word in ("TYPE", "UNIT", "HELP")
            assert word not in described
            assert not families[name].samples, f"{word} after a sample"
            described.add(word)
            if word == "UNIT":
                assert name.endswith("_" + rest)
                families[name] = families[name]._replace(unit=rest)
            continue
        matched = _SAMPLE.fullmatch(line)
        assert matched, line
        name, labels, number = matched.groups()
        family = families[current]
        assert name.startswith(current)
        assert name.removeprefix(current) in _SUFFIXES[family.kind], name
        found = _labels(labels)
        assert found not in family.samples, f"{line} comes twice"
        family.samples[found] = float(number)
        assert family.kind != "counter" or float(number) >= 0
        assert family.kind != "info" or float(number) == 1
    return families


def _labels(text: str | None) -> frozenset[tuple[str, str]]:
    if text is None:
        return frozenset()
    found, at = [], 0
    while at < len(text):
        matched = _LABEL.match(text, at)
        assert matched, text
        found.append((matched[1], matched[2]))
        at = matched.end()
    assert not text.endswith(",")
    assert len({name for name, _ in found}) == len(found)
    return frozenset(found)
