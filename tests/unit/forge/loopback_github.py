"""A small GitHub on loopback, with state, real HTTP, and faults that a test orders. Not a mock of any client library."""

import base64
import hashlib
import json
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

REPO = "acme/ward"
TOKEN = "ghp_PLANTEDsecret0123456789"
LOGINS = {TOKEN: "robot", "ghs_PLANTEDinstall": "wardround-app[bot]", "ghp_mallory": "mallory"}
ROUTES: list[tuple[str, re.Pattern[str], str]] = []


def sha(*parts: object) -> str:
    return hashlib.sha1(repr(parts).encode()).hexdigest()


def route(verb: str, pattern: str):
    def register(function):
        ROUTES.append((verb, re.compile(pattern), function.__name__))
        return function

    return register


class Answered(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        self.status, self.body, self.headers = status, body, headers or {}


def missing() -> Answered:
    return Answered(404, {"message": "Not Found"})


@dataclass
class Fault:
    """What happens to requests whose ``VERB path`` matches. ``after``: the effect takes place all the same."""

    match: str
    kind: str
    times: int = 1
    after: bool = False
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class GitHubServer:
    """State and routes. ``seen`` lists ``VERB path`` of every request, ``headers`` what came with it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.faults: list[Fault] = []
        self.seen: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.next_id = 100
        self.pulls: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.statuses: dict[str, list[dict[str, Any]]] = {}
        self.labels: dict[str, dict[str, Any]] = {}
        self.refs: dict[str, dict[str, str]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.files: dict[int, list[dict[str, Any]]] = {}
        self.reviews: dict[int, list[dict[str, Any]]] = {}
        self.wrote: dict[int, list[dict[str, Any]]] = {}
        self.contents: dict[str, Any] = {}
        self.deployments: list[dict[str, Any]] = []
        self.deployment_statuses: dict[int, list[dict[str, Any]]] = {}
        self.runs: list[dict[str, Any]] = []
        self.artifacts: list[dict[str, Any]] = []
        self.blob: bytes = b"PK-zip-bytes"
        self.blob_url = ""
        self.rulesets: list[dict[str, Any]] = []
        self.app_jwt_seen = 0
        self.permissions: Any = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                outer.handle(self)

            do_POST = do_PATCH = do_DELETE = do_PUT = do_GET

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that went away is part of the tests."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def fail(self, match: str, kind: str = "status", **more: Any) -> None:
        self.faults.append(Fault(match, kind, **more))

    def count(self, match: str) -> int:
        return sum(bool(re.search(match, line)) for line in self.seen)

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id

    # -- requests

    def handle(self, http: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(http.path)
        body = http.rfile.read(int(http.headers.get("Content-Length") or 0))
        line = f"{http.command} {unquote(parts.path)}"
        with self.lock:
            self.seen.append(line)
            self.headers.append({key.lower(): value for key, value in http.headers.items()})
            fault = next((f for f in self.faults if f.times > 0 and re.search(f.match, line)), None)
            if fault is not None:
                fault.times -= 1
        if fault is not None and not fault.after:
            return self.misbehave(http, fault)
        try:
            with self.lock:
                answer = self.dispatch(http, line, parse_qs(parts.query), json.loads(body) if body else None)
            status, payload, headers = 200, answer, {}
        except Answered as other:
            status, payload, headers = other.status, other.body, other.headers
        if fault is not None:
            return self.misbehave(http, fault)
        return self.send(http, status, payload, headers)

    def misbehave(self, http: BaseHTTPRequestHandler, fault: Fault) -> None:
        if fault.kind == "reset":
            http.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            http.connection.close()
            http.close_connection = True
        elif fault.kind == "stall":
            time.sleep(fault.seconds)
            http.close_connection = True
        elif fault.kind == "short":
            http.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": 1')
            http.close_connection = True
        else:
            self.send(http, fault.status, fault.body or {"message": "trouble"}, fault.headers)

    def send(self, http: BaseHTTPRequestHandler, status: int, payload: Any, headers: dict[str, str]) -> None:
        data = payload if isinstance(payload, bytes) else b"" if payload is None else json.dumps(payload).encode()
        http.send_response(status)
        for key, value in headers.items():
            http.send_header(key, value)
        http.send_header("Content-Length", str(len(data)))
        http.end_headers()
        http.wfile.write(data)

    def dispatch(self, http: BaseHTTPRequestHandler, line: str, query: dict[str, list[str]], body: Any) -> Any:
        verb, path = line.split(" ", 1)
        scheme, _, token = http.headers.get("Authorization", "").partition(" ")
        if path.startswith("/blob/"):
            return self.blob
        self.jwt = scheme == "Bearer"
        self.login = "app" if self.jwt else LOGINS.get(token, "")
        if not self.login:
            raise Answered(401, {"message": "Bad credentials"})
        self.query = {key: values[0] for key, values in query.items()}
        self.path, self.body = path, body
        path = path.removeprefix(f"/repos/{REPO}")
        for known, pattern, name in ROUTES:
            if known == verb and (found := pattern.fullmatch(path)):
                return getattr(self, name)(*found.groups())
        raise missing()

    def paged(self, items: list[Any], key: str = "") -> Any:
        size, page = int(self.query.get("per_page", 30)), int(self.query.get("page", 1))
        part = items[(page - 1) * size : page * size]
        headers = {}
        if page * size < len(items):
            headers["Link"] = f'<{self.url}{self.path}?page={page + 1}>; rel="next"'
        raise Answered(200, {"total_count": len(items), key: part} if key else part, headers)

    # -- identity

    @route("GET", "/user")
    def user(self):
        return {"login": self.login}

    @route("GET", "/installation")
    def installation(self):
        if not self.jwt:
            raise Answered(401, {"message": "A JSON web token could not be decoded"})
        self.app_jwt_seen += 1
        return {"id": 77, "app_slug": "wardround-app"}

    @route("POST", "/app/installations/77/access_tokens")
    def access_token(self):
        assert self.body == {"repositories": ["ward"]}
        raise Answered(201, {"token": "ghs_PLANTEDinstall", "expires_at": "2099-01-01T00:00:00Z"})

    # -- pulls, labels, comments

    def add_pull(self, branch: str = "topic", head: str = "", repository: str | None = REPO, **more: Any) -> int:
        number = len(self.pulls) + 1
        self.pulls[number] = {
            "number": number,
            "title": "t",
            "body": None,
            "state": "open",
            "merged_at": None,
            "draft": False,
            "user": {"login": "ann"},
            "labels": [],
            "head": {
                "sha": head or sha("head", number),
                "ref": branch,
                "repo": None if repository is None else {"full_name": repository},
            },
            "base": {"sha": sha("base"), "ref": "main", "repo": {"full_name": REPO}},
            "html_url": f"{self.url}/{REPO}/pull/{number}",
            **more,
        }
        return number

    @route("GET", r"/pulls/(\d+)")
    def get_pull(self, number):
        if int(number) not in self.pulls:
            raise missing()
        return {**self.pulls[int(number)], "merged": False}

    @route("GET", "/pulls")
    def list_pulls(self):
        state, head = self.query.get("state", "open"), self.query.get("head")
        found = [p for p in self.pulls.values() if state in ("all", p["state"])]
        if head:  # GitHub matches the owner only, not the repository
            owner, branch = head.split(":", 1)
            found = [
                p
                for p in found
                if p["head"]["ref"] == branch
                and p["head"]["repo"]
                and p["head"]["repo"]["full_name"].split("/")[0] == owner
            ]
        self.paged(found)

    @route("POST", "/pulls")
    def create_pull(self):
        if any(p["head"]["ref"] == self.body["head"] and p["state"] == "open" for p in self.pulls.values()):
            raise Answered(
                422,
                {"message": "Validation Failed", "errors": [{"message": "A pull request already exists for acme:b."}]},
            )
        number = self.add_pull(self.body["head"], title=self.body["title"], body=self.body["body"])
        self.pulls[number]["draft"] = self.body["draft"]
        raise Answered(201, self.pulls[number])

    @route("PATCH", r"/pulls/(\d+)")
    def edit_pull(self, number):
        self.pulls[int(number)].update(self.body)
        return self.pulls[int(number)]

    @route("GET", r"/pulls/(\d+)/files")
    def pull_files(self, number):
        self.paged(self.files.get(int(number), []))

    @route("GET", r"/pulls/(\d+)/reviews")
    def pull_reviews(self, number):
        self.paged(self.reviews.get(int(number), []))

    @route("GET", r"/pulls/(\d+)/commits")
    def pull_commits(self, number):
        self.paged(self.wrote.get(int(number), []))

    @route("GET", r"/commits/([0-9a-f]+)/pulls")
    def commit_pulls(self, commit):
        if commit == "0" * 40:
            raise Answered(422, {"message": f"No commit found for SHA: {commit}"})
        self.paged([p for p in self.pulls.values() if p["head"]["sha"] == commit])

    @route("POST", r"/issues/(\d+)/labels")
    def add_labels(self, number):
        labels = self.pulls[int(number)]["labels"]
        labels.extend({"name": name} for name in self.body["labels"] if {"name": name} not in labels)
        return labels

    @route("GET", "/labels/(.+)")
    def get_label(self, name):
        if name not in self.labels:
            raise missing()
        return self.labels[name]

    @route("POST", "/labels")
    def create_label(self):
        if self.body["name"] in self.labels:
            raise Answered(
                422, {"message": "Validation Failed", "errors": [{"code": "already_exists", "field": "name"}]}
            )
        self.labels[self.body["name"]] = self.body
        raise Answered(201, self.body)

    def add_comment(self, number: int, body: str, login: str = "robot") -> int:
        key = self.new_id()
        self.comments[key] = {
            "id": key,
            "number": number,
            "body": body,
            "user": {"login": login},
            "html_url": f"{self.url}/c{key}",
        }
        return key

    def bodies(self, login: str = "robot") -> list[str]:
        return [c["body"] for c in self.comments.values() if c["user"]["login"] == login]

    @route("GET", r"/issues/(\d+)/comments")
    def list_comments(self, number):
        if int(number) not in self.pulls:
            raise missing()
        self.paged([c for c in self.comments.values() if c["number"] == int(number)])

    @route("POST", r"/issues/(\d+)/comments")
    def create_comment(self, number):
        if int(number) not in self.pulls:
            raise missing()
        if len(self.body["body"]) > 65536:
            raise Answered(422, {"message": "Validation Failed", "errors": [{"message": "body is too long"}]})
        key = self.add_comment(int(number), self.body["body"], self.login)
        raise Answered(201, self.comments[key])

    @route("PATCH", r"/issues/comments/(\d+)")
    def edit_comment(self, key):
        if int(key) not in self.comments:
            raise missing()
        self.comments[int(key)]["body"] = self.body["body"]
        return self.comments[int(key)]

    @route("DELETE", r"/issues/comments/(\d+)")
    def delete_comment(self, key):
        if self.comments.pop(int(key), None) is None:
            raise missing()
        raise Answered(204)

    # -- commits

    def add_commit(self, *parents: str, files: dict[str, str] | None = None, message: str = "m", ref: str = "") -> str:
        tree = self.store("tree", dict(files or {}))
        commit = self.store("commit", {"parents": list(parents), "tree": tree, "message": message})
        if ref:
            self.refs[ref] = {"type": "commit", "sha": commit}
        return commit

    def store(self, kind: str, content: Any) -> str:
        key = sha(kind, content)
        self.objects[key] = {"kind": kind, "content": content}
        return key

    def tree_of(self, ref: str) -> dict[str, str]:
        commit = self.objects[self.refs[ref]["sha"]]["content"]
        return self.objects[commit["tree"]]["content"]

    def ancestors(self, commit: str) -> set[str]:
        found, todo = set(), [commit]
        while todo:
            found.add(one := todo.pop())
            todo.extend(self.objects[one]["content"]["parents"])
        return found

    @route("GET", r"/commits/([0-9a-f]+)")
    def get_commit(self, key):
        if self.objects.get(key, {}).get("kind") != "commit":
            raise Answered(422, {"message": f"No commit found for SHA: {key}"})
        content = self.objects[key]["content"]
        return {
            "sha": key,
            "parents": [{"sha": parent} for parent in content["parents"]],
            "commit": {"tree": {"sha": content["tree"]}, "message": content["message"]},
            "author": None,
        }

    @route("GET", r"/compare/([^.]+)\.\.\.([^.]+)")
    def compare(self, base, head):
        if base not in self.objects or head not in self.objects:
            raise missing()
        ours, theirs = self.ancestors(head), self.ancestors(base)
        return {
            "merge_base_commit": {"sha": base if base in ours else head},
            "ahead_by": len(ours - theirs),
            "behind_by": len(theirs - ours),
            "files": self.files.get(0, [])[:300],
        }

    @route("GET", "/contents/(.+)")
    def get_contents(self, path):
        if path not in self.contents:
            raise missing()
        return self.contents[path]

    @route("GET", "/git/blobs/([0-9a-f]+)")
    def get_blob(self, key):
        return {"encoding": "base64", "content": base64.b64encode(self.objects[key]["content"]).decode()}

    @route("POST", "/git/blobs")
    def create_blob(self):
        raise Answered(201, {"sha": self.store("blob", base64.b64decode(self.body["content"]))})

    @route("POST", "/git/trees")
    def create_tree(self):
        tree = dict(self.objects[self.body["base_tree"]]["content"])
        for entry in self.body["tree"]:
            if "content" in entry:
                tree[entry["path"]] = entry["content"]
            elif entry["sha"] is None:
                tree.pop(entry["path"], None)
            else:
                tree[entry["path"]] = entry["sha"]
        raise Answered(201, {"sha": self.store("tree", tree)})

    @route("POST", "/git/commits")
    def create_commit(self):
        content = {
            "parents": self.body["parents"],
            "tree": self.body["tree"],
            "message": self.body["message"],
            "made": self.new_id(),  # GitHub's carries the time, so each is another
        }
        raise Answered(201, {"sha": self.store("commit", content)})

    @route("GET", "/git/ref/(.+)")
    def get_ref(self, name):
        if name not in self.refs:
            raise missing()
        return {"ref": f"refs/{name}", "object": self.refs[name]}

    @route("POST", "/git/refs")
    def create_ref(self):
        name = self.body["ref"].removeprefix("refs/")
        if name in self.refs:
            raise Answered(422, {"message": "Reference already exists"})
        kind = self.objects[self.body["sha"]]["kind"]
        self.refs[name] = {"type": kind, "sha": self.body["sha"]}
        raise Answered(201, {"ref": self.body["ref"], "object": self.refs[name]})

    @route("PATCH", "/git/refs/(.+)")
    def update_ref(self, name):
        assert self.body["force"] is False
        if name not in self.refs:
            raise Answered(422, {"message": "Reference does not exist"})
        if self.refs[name]["sha"] not in self.ancestors(self.body["sha"]):
            raise Answered(422, {"message": "Update is not a fast forward"})
        self.refs[name] = {"type": "commit", "sha": self.body["sha"]}
        return {"ref": name, "object": self.refs[name]}

    @route("POST", "/git/tags")
    def create_tag(self):
        content = {"message": self.body["message"], "object": self.body["object"], "made": self.new_id()}
        raise Answered(201, {"sha": self.store("tag", content)})

    @route("GET", "/git/tags/([0-9a-f]+)")
    def get_tag(self, key):
        content = self.objects[key]["content"]
        return {"message": content["message"] + "\n", "object": {"sha": content["object"], "type": "commit"}}

    # -- statuses, deployments

    @route("GET", r"/commits/([0-9a-f]+)/statuses")
    def list_statuses(self, commit):
        self.paged(self.statuses.get(commit, [])[::-1])

    @route("POST", r"/statuses/([0-9a-f]+)")
    def create_status(self, commit):
        if len(self.body["description"]) > 140:
            raise Answered(422, {"message": "description is too long"})
        status = {"target_url": None, **self.body, "creator": {"login": self.login}}
        self.statuses.setdefault(commit, []).append(status)
        raise Answered(201, status)

    @route("GET", "/deployments")
    def list_deployments(self):
        wanted = {key: self.query[key] for key in ("ref", "task", "environment") if key in self.query}
        self.paged([d for d in self.deployments[::-1] if all(d[key] == value for key, value in wanted.items())])

    @route("POST", "/deployments")
    def create_deployment(self):
        made = {"id": self.new_id(), "sha": sha(self.body["ref"]), **self.body}
        self.deployments.append(made)
        raise Answered(201, made)

    @route("GET", r"/deployments/(\d+)/statuses")
    def list_deployment_statuses(self, key):
        self.paged(self.deployment_statuses.get(int(key), [])[::-1])

    @route("POST", r"/deployments/(\d+)/statuses")
    def create_deployment_status(self, key):
        self.deployment_statuses.setdefault(int(key), []).append(self.body)
        raise Answered(201, self.body)

    # -- actions, settings

    @route("GET", r"/actions/runs/(\d+)")
    def get_run(self, key):
        found = [r for r in self.runs if r["id"] == int(key)]
        if not found:
            raise missing()
        return found[0]

    @route("GET", r"/actions/runs/(\d+)/artifacts")
    def list_artifacts(self, _):
        name = self.query.get("name")
        self.paged([a for a in self.artifacts if name in (None, a["name"])], "artifacts")

    @route("GET", r"/actions/artifacts/(\d+)/zip")
    def get_zip(self, key):
        if any(a["id"] == int(key) and a["expired"] for a in self.artifacts):
            raise Answered(410, {"message": "Artifact has expired"})
        raise Answered(302, None, {"Location": f"{self.blob_url or self.url}/blob/{key}?sig=PLANTEDsignature"})

    @route("GET", "/actions/workflows/([^/]+)/runs")
    def list_workflow_runs(self, _):
        self.paged([r for r in self.runs if self.query.get("event") in (None, r["event"])], "workflow_runs")

    @route("GET", "/actions/workflows/([^/]+)")
    def get_workflow(self, name):
        if name != "review.yml":
            raise missing()
        return {"id": 1, "name": "review", "path": ".github/workflows/review.yml", "state": "active"}

    @route("GET", "")
    def get_repository(self):
        return {"full_name": REPO, "default_branch": "main", "private": True, "fork": False, "archived": False}

    @route("GET", "/actions/permissions/workflow")
    def get_permissions(self):
        if self.permissions is None:
            raise Answered(403, {"message": "Resource not accessible by integration"})
        return self.permissions

    @route("GET", "/rulesets")
    def list_rulesets(self):
        self.paged([{"id": r["id"], "name": r["name"]} for r in self.rulesets])

    @route("GET", r"/rulesets/(\d+)")
    def get_ruleset(self, key):
        return next(r for r in self.rulesets if r["id"] == int(key))
