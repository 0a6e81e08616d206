"""What a set-up leaves for others, written into a folder: texts, private keys and requests; nothing is overwritten."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from edgeconsole.model.errors import BadInput
from edgeconsole.rules.requirements.certificates import CertificateRequirement

USUAL_KEY = "rsa3072"


def write(
    folder: Path, texts: Mapping[str, str], certificates: Sequence[CertificateRequirement] = (), key: str = ""
) -> tuple[Path, ...]:
    """Write texts by file name, and with a kind of key a private key and a request for each certificate.

    Returns what was written. Raises BadInput, before anything is written, where one of the files exists.
    """
    requested = [each for each in certificates if key and each.names]
    names = [*texts, *(f"{each.interface.value}.{end}" for each in requested for end in ("key", "csr"))]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be made: {error.strerror}", remedy="Give another folder") from None
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise BadInput(f"{folder / there[0]} exists and is left as it is", remedy="Give an empty folder")
    for name, text in texts.items():
        try:
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise BadInput(
                f"{folder / name} cannot be written: {error.strerror}", remedy="Give a folder you may write to"
            ) from None
    if requested:
        # Late: it loads cryptography.
        from edgeconsole.transfer.certificate_request import KeyKind, make_request, write_request

        for each in requested:
            name = each.interface.value
            write_request(make_request(each, KeyKind(key)), folder / f"{name}.key", folder / f"{name}.csr")
    return tuple(folder / name for name in names)
