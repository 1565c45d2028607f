"""All that is measured of one window, family by family, each with its share of the declared rate of false alerts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.monitor import MonitorFinding
from wardround.monitoring.alarms import FAMILIES, Candidate, Judged, judge
from wardround.monitoring.estimating import labelfree
from wardround.monitoring.outcomes import feedback
from wardround.monitoring.outcomes.joined import Joined, group
from wardround.monitoring.outcomes.request import OutcomeRequest
from wardround.monitoring.performance import concept, decay, fairness
from wardround.monitoring.performance.parts import Reference
from wardround.monitoring.performance.regions import Regions
from wardround.monitoring.service_health import pipeline, prometheus, throughput
from wardround.monitoring.value import kpis
from wardround.monitoring.workload import outputs
from wardround.stats.treatment import Weights, excluding


@dataclass(frozen=True)
class Judging:
    """Measures window after window, against the same reference and regions."""

    request: OutcomeRequest
    reference: Reference
    regions: Regions
    #: What the treated counted in each mature window, where somebody tells who was treated.
    fed: dict[str, Weights] = field(default_factory=dict)
    #: Said of a service whose metrics cannot be read.
    unreachable: list[MonitorFinding] = field(default_factory=list)

    @cached_property
    def against(self) -> concept.Against:
        """What concept drift is told by."""
        section = self.request.params.monitor.outcome
        return concept.Against(section, concept.validated_gap(self.reference.table))

    def window(self, window: Joined, earlier: Sequence[NDArray[np.int64]]) -> list[Judged]:
        """All families of one window. ``earlier`` are the answers by day of the windows before it."""
        params, section = self.request.params, self.request.params.monitor.outcome
        given, realised, judged = window.answered, None, []
        weights = feedback.weights_of(window, params) if window.mature and window.known.any() else None
        if window.mature and window.treatments is not None and window.known.any():
            self.fed[window.span.name] = weights or excluding(window.treatments.treated[window.known])
        if weights is not None and weights.unstable:
            unknown = decay.unknown(given.n, "", section.min_events)
            judged += self._family(window, feedback.untold(unknown, weights.unstable))
        elif window.mature and window.known.any():
            groups = group(window, params.evaluate.subgroups, params.data.columns.site)
            counted = feedback.counted(window, groups, weights, params)
            everybody, *others = counted.judged
            ranked = section.feedback != "exclude" or weights is None or not weights.treated
            realised = everybody if ranked else None
            threshold = params.evaluate.thresholds[0]
            of_all = [
                *decay.candidates(everybody, self.reference, params),
                *kpis.candidates(counted.scored, section.kpis, threshold, section.min_events, counted.weight),
            ]
            of_groups = [c for part in others for c in decay.candidates(part, self.reference, params)]
            for family in (of_all, of_groups, fairness.candidates(others, self.reference, params)):
                judged += self._family(window, feedback.told(family, section, weights))
            regions = self.regions.of(given.frame, given.probability)
            judged += self._family(
                window, concept.candidates(counted.scored, counted.plain, regions, counted.keep, self.against)
            )
        else:
            judged += self._family(window, decay.unknown(window.answered.n, window.reason, section.min_events))
        outgoing = [
            outputs.alerts(given.alerts_by_day, given.encounters, params.gate.utility.alerts_per_day),
            outputs.scores(
                given.probability,
                self.reference.table,
                section.score_psi,
                section.min_events,
                int(np.unique(given.subject).size),
            ),
            throughput.candidate(given.by_day, earlier, section.service.throughput_fall),
            throughput.silence(given.silence, given.encounters, section.service.silent_hours),
            *labelfree.candidates(given.probability, given.subject, realised, self.reference, section),
        ]
        if window.span == self.request.windows[-1]:
            outgoing += self._metrics()
        return judged + self._family(window, outgoing)

    def pipeline(self) -> list[Judged]:
        """What past runs of the pipeline say, in the last window."""
        section = self.request.params.monitor.outcome
        candidates = pipeline.candidates(self.request.runs, section.service)
        return judge(candidates, self.request.windows[-1], section.false_alerts_per_100 / FAMILIES, section.persistence)

    def _metrics(self) -> list[Candidate]:
        service = self.request.params.monitor.outcome.service
        if service.metrics is None:
            return []
        try:
            texts = prometheus.fetch(service.metrics, self.request.root)
        except prometheus.Unreachable as error:
            self.unreachable.append(prometheus.unreachable(error, self.request.windows[-1].name))
            return []
        return prometheus.candidates(prometheus.parse(texts), service)

    def _family(self, window: Joined, candidates: Iterable[Candidate]) -> list[Judged]:
        section = self.request.params.monitor.outcome
        return judge(list(candidates), window.span, section.false_alerts_per_100 / FAMILIES, section.persistence)
