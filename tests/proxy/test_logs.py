"""One record is one line of printable ASCII, whatever it says; both formats carry the same fields."""

import json
import logging
import sys

import pytest

from edgeconsole.model.errors import BadInput
from edgeconsole.proxy.logs import JsonFormatter, LogfmtFormatter, understand

HOSTILE = 'a\nlevel=error\r\x1b[2J\u2028\u202e\u0085\x00 "quoted" \\n \ud800 é'


def record(message: str, trace: bool = False) -> logging.LogRecord:
    error = None
    if trace:
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            error = sys.exc_info()
    return logging.LogRecord("edge", logging.WARNING, __file__, 1, "%s", (message,), error)


@pytest.mark.parametrize("formatter", [LogfmtFormatter(), JsonFormatter()], ids=["logfmt", "json"])
@pytest.mark.parametrize("trace", [False, True])
def test_nothing_in_a_value_can_forge_a_record(formatter: logging.Formatter, trace: bool) -> None:
    line = formatter.format(record(HOSTILE, trace))
    assert line.isascii()
    assert line.isprintable()


def test_json_gives_the_value_back_as_it_was() -> None:
    found = json.loads(JsonFormatter().format(record(HOSTILE)))
    assert found["message"] == HOSTILE
    assert (found["level"], found["from"]) == ("warning", "edge")
    assert found["time"].endswith("+00:00")


def test_logfmt_has_the_same_fields() -> None:
    line = LogfmtFormatter().format(record('say "x"'))
    assert line.startswith("time=")
    assert line.endswith(' level=warning from=edge message="say \\"x\\""')


@pytest.mark.parametrize("formatter", [LogfmtFormatter(), JsonFormatter()], ids=["logfmt", "json"])
def test_fields_of_a_record_follow_its_message_and_replace_nothing(formatter: logging.Formatter) -> None:
    carrying = record("seen")
    carrying.fields = {"partner": HOSTILE, "level": "forged"}
    line = formatter.format(carrying)
    assert line.isascii()
    assert line.isprintable()
    assert "forged" not in line
    assert line.index("seen") < line.index("partner")


@pytest.mark.parametrize(
    ("wanted", "form", "level"),
    [
        ("", "logfmt", 20),
        ("json", "json", 20),
        ("debug", "logfmt", 10),
        ("JSON,warning", "json", 30),
        ("error json", "json", 40),
    ],
)
def test_format_and_level_in_either_order(wanted: str, form: str, level: int) -> None:
    found, at = understand(wanted)
    assert (found.value, at) == (form, level)


def test_another_word_is_named() -> None:
    with pytest.raises(BadInput) as raised:
        understand("jsn")
    assert "'jsn'" in str(raised.value.problems[0])
