"""What a C source of a test says of itself in its first comment: what goes in, what comes out."""

import re
from pathlib import Path

__all__ = ["expected_output", "said"]


def _comment(source: Path) -> str:
    found = re.match(r"/\*\n((?: \*.*\n)*?) \*/\n", source.read_text())
    assert found, f"{source.name} does not begin with a comment"
    return re.sub(r"^ \* ?", "", found[1], flags=re.MULTILINE)


def said(source: Path, label: str) -> str:
    """The rest of the line that begins with the label and a colon; empty when there is none."""
    found = re.search(rf"^{re.escape(label)}: (.*)$", _comment(source), re.MULTILINE)
    return found[1] if found else ""


def expected_output(source: Path, label: str = "Expected output") -> str:
    """The indented lines behind the label and a colon."""
    found = re.search(rf"^{re.escape(label)}:\n((?:  .*\n)+)", _comment(source), re.MULTILINE)
    assert found, f"{source.name} says nothing behind '{label}:'"
    return re.sub(r"^  ", "", found[1], flags=re.MULTILINE)
