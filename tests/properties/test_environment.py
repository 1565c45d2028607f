"""Whatever the lock: what no run needs leaves its digest, what a run needs changes it, and the order of lines says nothing."""

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from wardround.revision.packages import needed_to_run


@dataclass(frozen=True)
class Lock:
    """Packages by number; ``edges`` (who asks, for whom); ``declared`` and ``dev`` are what the project asks for."""

    versions: tuple[int, ...]
    edges: frozenset[tuple[int, int]]
    declared: frozenset[int]
    dev: frozenset[int]
    markers: frozenset[int]

    @property
    def pyproject(self) -> str:
        names = ", ".join(f'"pack-{i}>=0"' for i in sorted(self.declared))
        return f'[project]\nname = "mine"\ndependencies = [{names}]\n'

    def entries(self) -> list[str]:
        made = []
        for i, version in enumerate(self.versions):
            asked = [f"pack-{parent}" for parent, child in sorted(self.edges) if child == i]
            asked += ["mine (pyproject.toml)"] * (i in self.declared) + ["mine (pyproject.toml:dev)"] * (i in self.dev)
            if not asked:
                continue  # no tool locks what nobody asked for
            marker = " ; sys_platform == 'linux'" if i in self.markers else ""
            via = " " + asked[0] if len(asked) == 1 else "".join(f"\n    #   {name}" for name in asked)
            made.append(f"pack-{i}=={version}{marker} \\\n    --hash=sha256:{i:02x}{version:02x}\n    # via{via}\n")
        return made

    def reached(self) -> set[int]:
        """Walks of every length, the plain way."""
        found = set(self.declared)
        for _ in self.versions:
            found |= {child for parent, child in self.edges if parent in found}
        return found


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    n = draw(st.integers(1, 8))
    some = st.frozensets(st.integers(0, n - 1))
    lock = Lock(
        tuple(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))),
        draw(st.frozensets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=12)),
        draw(some),
        draw(some),
        draw(some),
    )
    # only what was asked for can ask
    everyone = replace(lock, declared=lock.declared | lock.dev).reached()
    return replace(lock, edges=frozenset(edge for edge in lock.edges if edge[0] in everyone))


def needed(lock: Lock, entries: list[str] | None = None) -> list[list[object]]:
    found = needed_to_run("".join(lock.entries() if entries is None else entries), lock.pyproject)
    assert found is not None
    return found


@given(locks())
def test_it_is_what_the_declared_packages_reach(lock: Lock) -> None:
    found = needed(lock)
    assert {entry[0] for entry in found} == {f"pack-{i}" for i in lock.reached()}
    assert {entry[0] for entry in found if entry[2]} == {f"pack-{i}" for i in lock.reached() & lock.markers}


@given(locks(), st.data())
def test_the_order_of_entries_says_nothing(lock: Lock, data: st.DataObject) -> None:
    entries = lock.entries()
    assert needed(lock, data.draw(st.permutations(entries))) == needed(lock, entries)


@given(locks(), st.data())
def test_a_bump_counts_if_and_only_if_a_run_needs_the_package(lock: Lock, data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(lock.versions) - 1))
    versions = tuple(version + (place == i) for place, version in enumerate(lock.versions))
    assert (needed(replace(lock, versions=versions)) != needed(lock)) == (i in lock.reached())


@given(locks(), st.data())
def test_another_tool_leaves_it(lock: Lock, data: st.DataObject) -> None:
    """A tool that asks for packages which are there, and for one of its own."""
    n = len(lock.versions)
    there = {i for i in range(n) if any(entry.startswith(f"pack-{i}==") for entry in lock.entries())}
    asks = data.draw(st.frozensets(st.sampled_from(sorted(there)))) if there else frozenset()
    more = replace(
        lock,
        versions=(*lock.versions, 1, 1),
        edges=lock.edges | {(n, i) for i in asks} | {(n, n + 1)},
        dev=lock.dev | {n},
    )
    assert len(more.entries()) == len(lock.entries()) + 2
    assert needed(more) == needed(lock)
