"""Shell completion made from the table of verbs: words, options, and the choices an option has."""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from edgeconsole.cli.arguments import VERBS
from edgeconsole.cli.parser import build_parser


class Place(NamedTuple):
    """What may be typed after some words of a command."""

    words: tuple[str, ...]
    options: tuple[str, ...]


def script(shell: str) -> str:
    """Return the completion script of `bash`, `zsh` or `fish`."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def places() -> Iterator[Place]:
    """Return the words of each command with the options and choices it takes."""
    for verb in VERBS:
        parser = argparse.ArgumentParser(add_help=True)
        for take in verb.takes:
            take(parser)
        yield Place(verb.words, tuple(_typed(parser)))


def _typed(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if action.choices and not action.option_strings:
            yield from (str(choice) for choice in action.choices)


def _global_options() -> tuple[str, ...]:
    return tuple(option for option in _typed(build_parser()) if option.startswith("--"))


def _tree() -> tuple[list[str], dict[str, list[str]], dict[str, list[str]]]:
    """First words, second words by first, and what follows a complete verb."""
    first: list[str] = []
    second: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for place in places():
        if place.words[0] not in first:
            first.append(place.words[0])
        if len(place.words) == 2:
            second.setdefault(place.words[0], []).append(place.words[1])
        after[" ".join(place.words)] = [*place.options, "--json"]
    return first, second, after


def _bash() -> str:
    first, second, after = _tree()
    lines = ["# edgeconsole completion for bash; source it, or install it under bash-completion/completions"]
    lines += ["_edgeconsole() {", '    local cur="${COMP_WORDS[COMP_CWORD]}" words="" word i', "    local -a verb=()"]
    lines += [
        "    for ((i = 1; i < COMP_CWORD; i++)); do",
        '        word="${COMP_WORDS[i]}"',
        '        case "$word" in',
        "            --config|--socket|--context) ((i++)) ;;",
        "            -*) ;;",
        '            *) verb+=("$word") ;;',
        "        esac",
        "    done",
        '    if [[ "${COMP_WORDS[COMP_CWORD-1]}" == --config || "${COMP_WORDS[COMP_CWORD-1]}" == --socket ]]; then',
        '        mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return',
        "    fi",
        '    case "${verb[*]:0:2}" in',
        f'        "") words="{" ".join(first)} {" ".join(_global_options())}" ;;',
    ]
    for group, words in second.items():
        lines.append(f'        "{group}") words="{" ".join(words)}" ;;')
    for words_of_verb, typed in after.items():
        pattern = f'"{words_of_verb}"' if " " in words_of_verb else f'"{words_of_verb}"|"{words_of_verb} "*'
        lines.append(f'        {pattern}) words="{" ".join(typed)}" ;;')
    lines += ["    esac", '    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")', "}"]
    lines += ["complete -o default -F _edgeconsole edgeconsole"]
    return "\n".join(lines) + "\n"


def _zsh() -> str:
    return "#compdef edgeconsole\nautoload -U +X bashcompinit && bashcompinit\n" + _bash()


def _fish() -> str:
    first, second, after = _tree()
    lines = ["# edgeconsole completion for fish", "complete -c edgeconsole -f"]
    lines.append(f"complete -c edgeconsole -n __fish_use_subcommand -a '{' '.join(first)}'")
    for option in _global_options():
        lines.append(f"complete -c edgeconsole -l {option.removeprefix('--')}")
    for group, words in second.items():
        seen = f"__fish_seen_subcommand_from {group}; and not __fish_seen_subcommand_from {' '.join(words)}"
        lines.append(f"complete -c edgeconsole -n '{seen}' -a '{' '.join(words)}'")
    for words_of_verb, typed in after.items():
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in words_of_verb.split())
        for word in typed:
            form = f"-l {word.removeprefix('--')}" if word.startswith("--") else f"-a {word}"
            lines.append(f"complete -c edgeconsole -n '{seen}' {form}")
    return "\n".join(lines) + "\n"
