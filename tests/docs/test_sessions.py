"""What the pages show is what the commands print."""

from pathlib import Path

import pytest
from console import Page, Session, page

ROOT = Path(__file__).resolve().parents[2]


def _pages() -> list[Page]:
    found = [page(path) for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))]
    return [item for item in found if item is not None]


@pytest.mark.parametrize(
    "item",
    [pytest.param(item, marks=pytest.mark.slow if item.slow else (), id=item.path.stem) for item in _pages()],
)
def test_page(item: Page, session: Session, on_the_desk) -> None:
    on_the_desk(item.options)
    assert item.steps, "a page that takes part shows something"
    for step in item.steps:
        wrong = session.do(step)
        assert not wrong, f"{item.path.relative_to(ROOT)}, {wrong}"
