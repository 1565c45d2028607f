"""Reports: published values and a context in; HTML, Markdown, a comment, figures and terminal lines out. Pure.

Nothing here reads a file, a clock or the environment, and nothing accepts inside evidence: renderers take
:class:`~wardround.disclosure.published.Published` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.disclosure.published import Published
    from wardround.report.context import Context


@dataclass(frozen=True)
class Editions:
    """Every edition of one review: a self-contained page, Markdown with its figures (name to SVG), a comment, terminal lines."""

    html: str
    markdown: str
    comment: str
    figures: Mapping[str, bytes]
    summary: tuple[str, ...]


def review_editions(published: Published, context: Context, *, comment: int | None = None) -> Editions:
    """All editions, with each figure drawn once. ``comment``: its longest length in characters, where several share one."""
    from wardround.report.build import build
    from wardround.report.figures.all import drawings
    from wardround.report.html.render import page
    from wardround.report.markdown import render

    drawn = drawings(published)
    document = build(published, context, drawn)
    return Editions(
        html=page(document, drawn),
        markdown=render(document),
        comment=comment_markdown(published, context, limit=comment),
        figures={f"{drawing.name}.svg": drawing.file() for drawing in drawn.values()},
        summary=terminal_summary(published, context),
    )


def review_html(published: Published, context: Context) -> str:
    """The report as one self-contained page, figures inside."""
    from wardround.report.build import build
    from wardround.report.figures.all import drawings
    from wardround.report.html.render import page

    drawn = drawings(published)
    return page(build(published, context, drawn), drawn)


def review_markdown(published: Published, context: Context) -> str:
    """The report as GitHub Flavoured Markdown; pictures are ``figures/NAME.svg`` beside it."""
    from wardround.report.build import build
    from wardround.report.figures.all import drawings
    from wardround.report.markdown import render

    return render(build(published, context, drawings(published)))


def review_figures(published: Published, context: Context) -> dict[str, bytes]:  # noqa: ARG001 - editions are called alike
    """The pictures of :func:`review_markdown`: file name and content."""
    from wardround.report.figures.all import drawings

    return {f"{drawing.name}.svg": drawing.file() for drawing in drawings(published).values()}


def comment_markdown(published: Published, context: Context, *, limit: int | None = None) -> str:
    """The report as a comment of at most 60,000 (or ``limit``) characters, without images."""
    from wardround.report.build import build
    from wardround.report.comment import LIMIT, render

    # a comment stands at no path of the repository, so that relative addresses would lead nowhere
    rules = context.rules if context.rules.startswith("https://") else ""
    return render(build(published, replace(context, rules=rules)), LIMIT if limit is None else limit)


def terminal_summary(published: Published, context: Context) -> tuple[str, ...]:
    """The answer as lines for a terminal; they hold no markup and no escapes, so print them as they are."""
    from wardround.report.terminal import summary

    return summary(published, context)
