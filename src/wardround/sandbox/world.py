"""Everything of one sandbox in one place: its directory, records, repositories, clock, tokens and locks.

The HTTP server, the runner and the pages each get the same ``World``. ``url`` is where the sandbox listens without TLS;
it is what the payloads of events name.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wardround.sandbox.clock import Clock
from wardround.sandbox.model import App, Repository, User
from wardround.sandbox.repositories import Bare, Repositories
from wardround.sandbox.store import Store
from wardround.sandbox.tickets import Tickets
from wardround.sandbox.tokens import ACTIONS_APP, ACTIONS_BOT, Tokens

#: What a person may do with a repository, weakest first.
ROLES = ("none", "read", "write", "admin")


@dataclass(frozen=True)
class NewRepository:
    """A repository to be made; with ``from_path``, from the branches and tags of the git repository there."""

    full_name: str
    from_path: Path | None = None
    private: bool = False
    default_branch: str = "main"
    fork_of: str = ""
    description: str = ""


class World:
    """The sandbox in ``directory``, made when it is not there; whatever an earlier process left is still here."""

    def __init__(self, directory: Path, url: str = "http://127.0.0.1") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.url = url
        self.store = Store(directory / "sandbox.sqlite")
        self.repositories = Repositories(directory / "repositories")
        self.clock = Clock(self._offset, lambda seconds: self.store.set_setting("clock", repr(seconds)))
        self.tokens = Tokens(self.store, self.clock)
        self.tickets = Tickets(directory)
        self._lock = threading.RLock()
        self.ensure_user(ACTIONS_BOT, kind="Bot", number=ACTIONS_APP)

    def _offset(self) -> float:
        return float(self.store.setting("clock", "0"))

    def lock(self, full_name: str) -> threading.RLock:  # noqa: ARG002 - callers say what they lock
        """Held while the refs of a repository are compared and changed; taken before any store transaction.

        One lock serves all repositories: a fork's push changes its parent too, and two locks could wait for each other.
        """
        return self._lock

    def bare(self, repository: Repository | str) -> Bare:
        """The git repository of ``repository``."""
        return self.repositories.open(repository if isinstance(repository, str) else repository.full_name)

    def repository(self, full_name: str) -> Repository | None:
        """The repository with this name, upper and lower case taken as written."""
        return self.store.get(Repository, "", full_name)

    def user(self, login: str) -> User:
        """The user ``login``; one that is not known is GitHub's ``ghost``."""
        return self.store.get(User, "", login) or User(10137, "ghost")

    def ensure_user(self, login: str, *, kind: str = "User", number: int = 0) -> User:
        """The user ``login``, made when it is not there, with an id of its own unless ``number`` is given."""
        with self.store.transaction():
            known = self.store.get(User, "", login)
            return known or self.store.put(User(number or self.store.next_id(), login, kind, "", self.clock.stamp()))

    def create_repository(self, wanted: NewRepository) -> Repository:
        """A new repository, recorded after its git directory is complete; publishes nothing. One that is there stays."""
        full_name, from_path, default_branch = wanted.full_name, wanted.from_path, wanted.default_branch
        with self.lock(full_name):
            known = self.repository(full_name)
            if known is not None:
                return known
            bare = self.repositories.create(full_name, default_branch=default_branch, from_path=from_path)
            if from_path is not None and bare.branch(default_branch) is None:
                default_branch = min(bare.refs("refs/heads/")).removeprefix("refs/heads/")
                bare.must("symbolic-ref", "HEAD", f"refs/heads/{default_branch}")
            self.ensure_user(full_name.split("/", maxsplit=1)[0])
            now = self.clock.stamp()
            made = Repository(
                id=self.store.next_id(),
                full_name=full_name,
                default_branch=default_branch,
                private=wanted.private,
                description=wanted.description,
                fork_of=wanted.fork_of,
                created_at=now,
                pushed_at=now,
            )
            return self.store.put(made)

    def fork(self, full_name: str, by: str) -> Repository:
        """A fork of ``full_name`` that belongs to ``by``."""
        original = self.repository(full_name)
        assert original is not None, full_name
        return self.create_repository(
            NewRepository(
                full_name=f"{by}/{original.name}",
                from_path=self.repositories.path(full_name),
                private=original.private,
                default_branch=original.default_branch,
                fork_of=full_name,
                description=original.description,
            )
        )

    def create_app(self, slug: str, repositories: tuple[str, ...], permissions: Mapping[str, str]) -> tuple[App, str]:
        """A new App installed on ``repositories`` (of one owner), and its private key as PEM, which is not kept."""
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

        key = generate_private_key(65537, 2048)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        with self.store.transaction():
            bot = self.ensure_user(f"{slug}[bot]", kind="Bot")
            owner = repositories[0].split("/", maxsplit=1)[0]
            given = dict(permissions)
            number, now = self.store.next_id(), self.clock.stamp()
            app = App(bot.id, slug, owner, public, given, repositories, number, now)
            return self.store.put(app), private

    def role(self, login: str, repository: Repository) -> str:
        """What ``login`` may do with ``repository``: one of :data:`ROLES`."""
        if login == repository.owner:
            return "admin"
        if login in repository.writers:
            return "write"
        return "none" if repository.private else "read"

    def close(self) -> None:
        """Closes the store."""
        self.store.close()
