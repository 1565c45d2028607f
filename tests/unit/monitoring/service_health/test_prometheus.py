"""The service's own text, read back: latency, errors, refusals, replicas."""

import pytest

from wardround.evidence.monitor import State
from wardround.monitoring.service_health.prometheus import Unreachable, candidates, fetch, parse, quantile
from wardround.project.monitor_outcomes import MonitorServiceSection
from wardround.service.metrics import Metrics


def text(counts, seconds=()):
    metrics = Metrics()
    for (route, status), n in counts.items():
        for k in range(n):
            metrics.request(route, status, seconds[k % len(seconds)] if seconds else 0.004)
    return metrics.text({}, {"version": 'a"b\\c'})


def found(counts, section=None, seconds=()):
    made = candidates(parse([text(counts, seconds)]), section or MonitorServiceSection())
    return {item.measure: item for item in made}


def test_shares_are_of_what_answers_about_patients():
    told = found(
        {
            ("/predict", 200): 900,
            ("/explain", 500): 20,
            ("/predict", 503): 50,
            ("/predict", 422): 30,
            ("/healthz", 500): 999,
        }
    )
    assert (told["error_share"].events, told["error_share"].n) == (20, 1000)
    assert (told["refusal_share"].events, told["refusal_share"].n) == (80, 1000)
    assert told["error_share"].estimate.value == pytest.approx(0.02)


def test_what_is_no_number_is_left_out():
    told = parse(['wardround_request_seconds_bucket{le="soon"} 3\nwardround_request_seconds_bucket{le="0.1"} 2\nprocess_resident_memory_bytes much\n'])  # fmt: skip
    assert told.within == {0.1: 2.0}
    assert told.memory is None


def test_latency_is_the_share_beyond_the_bucket_that_holds_the_limit():
    told = found({("/predict", 200): 1000}, MonitorServiceSection(latency_seconds=0.2), seconds=[0.01] * 9 + [0.7])
    assert told["slow_share"].events == 100
    assert told["slow_share"].limits[1] == pytest.approx(0.05)
    assert 0.5 <= told["seconds_p95"].estimate.value <= 1.0


def test_replicas_add_up():
    one = text({("/predict", 200): 60})
    assert parse([one, one]).by_status == {200: 120.0}


def test_few_requests_say_nothing():
    assert found({("/predict", 500): 99})["error_share"].state is State.TOO_FEW


def test_memory_is_told_where_it_stands():
    made = candidates(
        parse(["process_resident_memory_bytes 5e9\n# HELP x\nnonsense {\n"]), MonitorServiceSection(memory_bytes=10**9)
    )
    (memory,) = [item for item in made if item.measure == "memory_bytes"]
    assert memory.at(1.0) == (5e9, 5e9)


@pytest.mark.parametrize(("share", "wanted"), [(0.5, 1.0), (0.25, 0.5), (0.9, 2.0), (1.0, 2.0)])
def test_quantiles_are_linear_within_buckets(share, wanted):
    assert quantile({1.0: 50.0, 2.0: 90.0, float("inf"): 100.0}, share) == pytest.approx(wanted)


def test_texts_are_read_and_their_absence_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("wardround.monitoring.service_health.prometheus.PAUSE", 0.0)
    (tmp_path / "a.prom").write_text(text({("/predict", 200): 5}))
    (tmp_path / "b.prom").write_text(text({("/predict", 200): 7}))
    assert parse(fetch("*.prom", tmp_path)).by_status == {200: 12.0}
    with pytest.raises(Unreachable, match="FileNotFoundError"):
        fetch("nothing/here.prom", tmp_path)
    with pytest.raises(Unreachable, match="nothing at that place"):
        fetch("*.nothing", tmp_path)
