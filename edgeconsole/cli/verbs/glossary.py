"""glossary [TERM]: what the words of federation mean, by their new and their old names."""

from edgeconsole.cli import output
from edgeconsole.cli.command import Exit
from edgeconsole.model.glossary import ENTRIES, find, near
from edgeconsole.present import glossary as shown


def glossary(term: str, *, json: bool) -> int:
    """Print what a term stands for, or all of them where no term is given; 1 where the term is not known."""
    if not term.strip():
        if json:
            print(output.json_text({"entries": ENTRIES}))
        else:
            output.print_list(shown.list_view())
        return Exit.YES
    entries = find(term)
    if entries:
        if json:
            print(output.json_text({"entries": entries}))
        for entry in () if json else entries:
            output.print_lines(shown.lines(entry))
        return Exit.YES
    meant = near(term)
    if json:
        print(output.json_text({"error": f"{term!r} is not in the glossary", "near": meant}))
    else:
        output.complain(f"{term!r} is not in the glossary" + (f"; near it: {', '.join(meant)}" if meant else ""))
    return Exit.NO
