"""Which of the things that judge are edited by the change under judgement."""

from __future__ import annotations

from wardround.gate.request import JudgeRequest
from wardround.project.params import JUDGING_SECTIONS, Params


def judging_changes(base: Params, head: Params) -> tuple[str, ...]:
    """The judging sections that differ between base and head, in the order of ``params.yaml``."""
    return tuple(name for name in JUDGING_SECTIONS if getattr(base, name) != getattr(head, name))


def changes_of_judge(request: JudgeRequest) -> tuple[str, ...]:
    """What the caller saw to change (files, too) and what the params themselves show: neither can hide the other."""
    return tuple(dict.fromkeys((*request.judge_changes, *judging_changes(request.base_params, request.head_params))))
