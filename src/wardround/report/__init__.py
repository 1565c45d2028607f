"""Reports: published values and a context in; HTML, Markdown, a comment, figures and terminal lines out. Pure.

Nothing here reads a file, a clock or the environment, and nothing accepts inside evidence: renderers take
:class:`~wardround.disclosure.published.Published` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.disclosure.published import Published
    from wardround.report.context import Context


def review_markdown(published: Published, context: Context) -> str:
    """The report as GitHub Flavoured Markdown; pictures are referred to as ``figures/NAME.svg``."""
    from wardround.report.build import build
    from wardround.report.markdown import render

    return render(build(published, context))
