"""A Hub of one's own on the loopback: repositories that huggingface_hub's client is served from, with faults on demand,
and Spaces that it uploads to.

As on the real one, a file of more than LARGE bytes is known by its sha256 and lies on another host, to which a
redirect leads; smaller ones are known by the name git gives them.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

LARGE = 1000


@dataclass
class Asked:
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def start(self) -> int:
        """First byte that was asked for."""
        return int(self.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])


@dataclass
class Hub:
    """What is served, what was asked, and what is to go wrong.

    cuts:      after how many bytes the next answers with a large file break off, in turn
    refusals:  repository -> status and the Hub's own word for it
    ranges:    whether a part of a file can be asked for
    gate:      called before a large file is served
    spaces:    what was uploaded, with the variables of all Spaces and large files by their sha256
    """

    endpoint: str = ""
    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    ranges: bool = True
    gate: Callable[[], None] = lambda: None
    asked: list[Asked] = field(default_factory=list)
    spaces: dict[str, dict[str, bytes]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)

    def put(self, repo: str, name: str, content: bytes) -> None:
        """Commit a file."""
        self.repos.setdefault(repo, {})[name] = content

    def commit(self, repo: str) -> str:
        """The repository's newest commit."""
        files = self.repos[repo]
        return hashlib.sha1(b"".join(name.encode() + files[name] for name in sorted(files))).hexdigest()

    def downloads(self) -> list[Asked]:
        """Requests for the bytes of large files."""
        return [each for each in self.asked if each.method == "GET" and each.path.startswith("/storage/")]


@contextmanager
def serving() -> Iterator[Hub]:
    """A Hub that serves until the block ends."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:  # noqa: N802 (the name that http.server calls)
        self._serve()

    def do_GET(self) -> None:  # noqa: N802
        self._serve()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hub.asked.append(Asked(self.command, path, headers))
        if path.startswith("/storage/"):
            return self._storage(path.removeprefix("/storage/"))
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "spaces"]:
            return self._tree("/".join(parts[2:4]))
        api = parts[:2] == ["api", "models"]
        repo = "/".join(parts[2:4] if api else parts[:2])
        if repo in self.hub.refusals:
            return self._answer(self.hub.refusals[repo][0], {"X-Error-Code": self.hub.refusals[repo][1]})
        if repo not in self.hub.repos:
            return self._answer(404, {"X-Error-Code": "RepoNotFound"})
        revision = (parts[5:6] if api else parts[3:4]) or ["main"]
        if revision[0] not in ("main", self.hub.commit(repo)):
            return self._answer(404, {"X-Error-Code": "RevisionNotFound"})
        return self._info(repo) if api else self._resolve(repo, "/".join(parts[4:]))

    def _info(self, repo: str) -> None:
        siblings = [{"rfilename": name} for name in self.hub.repos[repo]]
        self._answer(200, {}, json.dumps({"id": repo, "sha": self.hub.commit(repo), "siblings": siblings}).encode())

    def _resolve(self, repo: str, name: str) -> None:
        content = self.hub.repos[repo].get(name)
        commit = {"X-Repo-Commit": self.hub.commit(repo)}
        if content is None:
            return self._answer(404, commit | {"X-Error-Code": "EntryNotFound"})
        if len(content) <= LARGE:
            git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            return self._answer(200, commit | {"ETag": f'"{git}"'}, content)
        digest = hashlib.sha256(content).hexdigest()
        place = self.hub.endpoint.replace("127.0.0.1", "localhost")  # another host, as far as a client can tell
        return self._answer(302, commit | {
            "X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content)),
            "Location": f"{place}/storage/{repo}/{name}",
        })

    def _storage(self, path: str) -> None:
        self.hub.gate()
        owner, repo, name = path.split("/", 2)
        content, start = self.hub.repos[f"{owner}/{repo}"][name], self.hub.asked[-1].start if self.hub.ranges else 0
        span = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        self._answer(206 if start else 200, span, content[start:], self.hub.cuts.pop(0) if self.hub.cuts else None)

    # --- uploading ---

    def do_POST(self) -> None:  # noqa: N802
        body = self._body()
        path = urlsplit(self.path).path
        self.hub.asked.append(Asked("POST", path, {name.lower(): value for name, value in self.headers.items()}))
        space = "/".join(path.removeprefix("/api").removeprefix("/spaces/").split("/")[:2]).removesuffix(".git")
        if path.endswith("/commit/main"):
            return self._commit(space, [json.loads(line) for line in body.splitlines()])
        asked = json.loads(body)
        if space in self.hub.refusals:
            return self._answer(self.hub.refusals[space][0], {"X-Error-Code": self.hub.refusals[space][1]})
        if path == "/api/repos/create":
            self.hub.spaces.setdefault(f"{asked['organization']}/{asked['name']}", {})
            return self._json({"url": f"{self.hub.endpoint}/spaces/{asked['organization']}/{asked['name']}"})
        if path.endswith("/preupload/main"):
            return self._json({"files": [
                {"path": each["path"], "uploadMode": "lfs" if each["size"] > 1_000_000 else "regular",
                 "shouldIgnore": False} for each in asked["files"]]})
        if path.endswith("/objects/batch"):
            return self._json({"transfer": "basic", "objects": [
                each | {"actions": {"upload": {"href": f"{self.hub.endpoint}/upload/{each['oid']}"}}}
                for each in asked["objects"]]})
        if path.endswith("/variables"):
            self.hub.variables[asked["key"]] = asked["value"]
        self._json({"errors": [], "warnings": []} if path == "/api/validate-yaml" else {})

    def do_PUT(self) -> None:  # noqa: N802
        body = self._body()
        self.hub.stored[hashlib.sha256(body).hexdigest()] = body
        self._answer(200, {})

    def _commit(self, space: str, lines: list[dict]) -> None:
        files = self.hub.spaces[space]
        for each in lines:
            value = each["value"]
            if each["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif each["key"] == "lfsFile":
                files[value["path"]] = self.hub.stored[value["oid"]]
            elif each["key"] == "deletedFile":
                del files[value["path"]]
        oid = hashlib.sha1(repr(sorted(files)).encode()).hexdigest()
        self._json({"commitUrl": f"{self.hub.endpoint}/spaces/{space}/commit/{oid}", "commitOid": oid})

    def _tree(self, space: str) -> None:
        self._json([{"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
                    for name, content in self.hub.spaces[space].items()])

    def _body(self) -> bytes:
        """What was sent, whole or in pieces."""
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _json(self, value: object) -> None:
        self._answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"", cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True
