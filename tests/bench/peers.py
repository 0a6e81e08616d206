"""The programs and libraries measurements compare with, each in an environment of its own under bench/.peers.

Our own environment stays without them. What the package registry has is installed here; the rest comes from the system.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

PLACE = Path(__file__).parents[2] / "bench" / ".peers"

REGISTRY: dict[str, tuple[str, ...]] = {
    # The later tree-sitter ends this posting with a segmentation fault.
    "posting": ("posting==2.11.1", "tree-sitter<0.26"),
    "harlequin": ("harlequin==2.17.0",),
    "tomlkit": ("tomlkit==0.15.2",),
}
"""What each environment has; pinned, so that two runs compare with the same."""

SYSTEM: dict[str, str] = {
    "htop": "apt-get install htop",
    "kamailio": "apt-get install kamailio kamailio-tls-modules",
    "prosody": "apt-get install prosody",
    "prometheus-blackbox-exporter": "apt-get install prometheus-blackbox-exporter",
}
"""Programs that are taken as they are, and where each comes from."""

_SECONDS = 300


def python(peer: str) -> str | None:
    """Return the Python that has a peer of the registry; None where it could not be installed."""
    path = PLACE / peer / "bin" / "python"
    return str(path) if (PLACE / peer / "complete").exists() else None


def program(peer: str) -> str | None:
    """Return a peer's program; None where there is none."""
    here = python(peer)
    return str(Path(here).with_name(peer)) if here else shutil.which(peer)


def ours() -> str:
    """Return the Python that has this program as an operator installs it; the one that runs here where none has.

    Ours has libraries of the tests: one of them is click, with which httpx imports a command line of its own.
    """
    return python("edgeconsole") or sys.executable


def install() -> list[str]:
    """Install this program as it stands, and peers that are not there yet; return what cannot be compared with."""
    missing = [f"{name} is not installed: {way}" for name, way in SYSTEM.items() if shutil.which(name) is None]
    for peer, wanted in REGISTRY.items():
        done = PLACE / peer / "complete"
        if done.exists() and done.read_text() == repr(wanted):
            continue
        print(f"installing {peer} into {PLACE / peer} (once)")
        missing += _install(peer, wanted)
    return missing + _install("edgeconsole", (str(PLACE.parents[1]),))


def _install(peer: str, wanted: tuple[str, ...]) -> list[str]:
    """Install into an environment of its own; return why not where it failed."""
    done = PLACE / peer / "complete"
    try:
        if not done.exists():
            venv.create(PLACE / peer, with_pip=True, clear=True)
        else:
            done.unlink()
        pip = [str(PLACE / peer / "bin" / "python"), "-m", "pip", "install", "--quiet", "--quiet", *wanted]
        for more in [[], ["--force-reinstall", "--no-deps"]] if peer == "edgeconsole" else [[]]:
            # The second time for this program: pip leaves what it installed before of the same version.
            subprocess.run([*pip, *more], check=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        return [f"{peer} could not be installed: {error}"]
    done.write_text(repr(wanted))
    return []


if __name__ == "__main__":
    print("\n".join(install()), file=sys.stderr)
