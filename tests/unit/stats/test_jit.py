import numba
import pytest

from wardround.stats import jit


def test_a_read_only_installation_compiles_without_a_cache(monkeypatch):
    asked = []

    def njit(**options):
        asked.append(options)
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available for file")
        return lambda function: function

    monkeypatch.setattr(numba, "njit", njit)
    double = jit.compiled(lambda x: 2 * x)
    assert double(3) == 6
    assert asked == [{"nogil": True, "cache": True}, {"nogil": True}]


@pytest.mark.parametrize("present", [True, False])
def test_there_is_always_a_thread(monkeypatch, present):
    if not present:
        monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert jit.available_threads() >= 1
