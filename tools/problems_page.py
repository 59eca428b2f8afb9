"""Writes docs/problems.md from the table of problems: `python tools/problems_page.py`."""

from __future__ import annotations

from pathlib import Path

from gateway.web.problems import PROBLEMS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "problems.md"


def sections() -> str:
    """The part of the page below its introduction."""
    return "\n".join(
        f"## {slug}\n\n**{problem.status}** {problem.title}.\n\n*Cause.* {problem.cause}\n\n*Cure.* {problem.cure}\n"
        for slug, problem in PROBLEMS.items()
    )


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    PAGE.write_text(text[: text.index("## ")] + sections(), "utf-8")
