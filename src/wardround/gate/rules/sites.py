"""The site where the model works worst."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.decision import Fact
from wardround.evidence.measures import OTHER_SITES
from wardround.gate.facts import Z, interval, listed, margin, measure
from wardround.gate.family import Test, shown, verdict
from wardround.gate.groups import blocked, left_out, mandatory_levels, measured, sort_groups, unmeasured
from wardround.gate.noninferiority import ENDPOINT
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule
from wardround.values import Verdict

#: What evidence calls the site's grouping, whatever the source calls the column.
SITE = "site"


@rule(
    "sites.worst",
    "The model works at every site",
    params=("gate.sites.auroc", "gate.fairness.min_events", "data.columns.site"),
    needs=("metrics",),
)
def worst(request: JudgeRequest) -> Iterator[Said]:
    """The AUROC on new subjects at each site that is large enough."""
    params = request.base_params
    own = params.data.columns.site
    if own is None:
        yield not_applicable("The data have no site column (data.columns.site).")
        return
    names = (SITE, own)
    groups = measured(request)
    column = next((name for name in names if any(group.column == name for group in groups)), None)
    if column is None:
        yield unmeasured("", own)
        return
    mandatory = tuple(dict.fromkeys(level for name in names for level in mandatory_levels(params, name)))
    found = sort_groups(groups, column, mandatory, params.gate.fairness.min_events)
    least = params.gate.sites.auroc
    tests, unknown = [], []
    for group in found.judged:
        limits = interval(group.measures.get(ENDPOINT))
        if limits is None:
            unknown.append(group.name)
            continue
        tests.append(
            Test(
                label=group.name,
                column=column,
                mandatory=group.level in mandatory,
                excess=least - limits.value,
                error=(limits.high - limits.value) / Z,
                facts=measure("AUROC", limits, group.name),
            )
        )
    proven = shown(tests)
    refused = [test for test, proof in zip(tests, proven, strict=True) if proof]
    together = (
        " The smaller sites are judged as one group." if any(g.level == OTHER_SITES for g in found.judged) else ""
    )
    limit = margin("least AUROC at a site", least)
    if refused:
        yield refuses(
            f"The model does not work at some sites: {listed([test.label for test in refused])}.{together}",
            "Look at the site in the report: units, coding, case mix. Until it is mended, do not deploy there.",
            *(fact for test in refused for fact in test.facts),
            limit,
        )
    elif found.blocking or unknown:
        yield blocked("", [*found.blocking, *unknown])
    elif not tests:
        yield not_applicable(f"No site is large enough to be judged.{left_out(found.small)}")
    else:
        yield _within(tests, proven, together + left_out(found.small), limit)


def _within(tests: list[Test], proven: list[bool], small: str, limit: Fact) -> Said:
    """Nothing is proven: sites below the limit block where they are mandatory and are printed where they are not."""
    lowest = max(tests, key=lambda test: test.excess)
    beyond = [test.label for test in tests if test.excess > 0]
    if verdict(tests, proven) is Verdict.CANNOT_TELL:
        return cannot_tell(
            f"At a mandatory site the AUROC is below the limit, within chance: {listed(beyond)}.",
            "Add encounters to the test block, and look at the site in the report.",
            *lowest.facts,
            limit,
        )
    if beyond:
        return passes(
            f"Some sites are below the limit, but chance explains it: {listed(beyond)}.{small}",
            *lowest.facts,
            limit,
            advice="Watch these sites; declare them mandatory if none must pass unproven.",
        )
    return passes(f"Every site that is large enough reaches the limit.{small}", *lowest.facts, limit)


RULES = (worst,)
