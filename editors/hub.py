"""Files of repositories on the Hugging Face Hub: sized before they come, resumed where they stopped, checked whole.

The requests go through huggingface_hub's own client, so that its settings hold here too (HF_ENDPOINT, HF_TOKEN,
HF_HUB_OFFLINE). Its own download begins again when it was interrupted; this one goes on, in another process too.
"""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, get_hf_file_metadata, get_session, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import WeakFileLock, build_hf_headers, hf_raise_for_status

from .errors import ModelError
from .store import Progress, sha256_of

MOST_BYTES = 20_000_000_000   # of one file
MOST_BREAKS = 5               # connections lost before a person is asked to start again
TIMEOUT = 20.0                # seconds without a byte
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository as the Hub describes it.

    commit:  full commit that the file is of
    etag:    sha256 of a large file, the name git gives a small one
    size:    bytes
    """

    repo: str
    name: str
    commit: str
    etag: str
    size: int

    @property
    def sha256(self) -> str | None:
        """Where the Hub says it."""
        return self.etag if re.fullmatch("[0-9a-f]{64}", self.etag) else None


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE is set now, or was when huggingface_hub was imported."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE") or constants.is_offline_mode()


def go_offline() -> None:
    """Touch the network no more, whoever has imported huggingface_hub already."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    constants.HF_HUB_OFFLINE = True


def endpoint() -> str:
    """Where the Hub is: HF_ENDPOINT as it is set now, else what huggingface_hub was imported with."""
    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def look(repo: str, name: str, revision: str = "") -> RemoteFile:
    """What the Hub says of a file; nothing of it is downloaded. An empty revision is the newest commit.

    Raises ModelError where it cannot be had, with what to do.
    """
    _stay_offline(repo)
    try:
        url = hf_hub_url(repo, name, revision=revision or None, endpoint=endpoint())
        found = get_hf_file_metadata(url, timeout=TIMEOUT, endpoint=endpoint())
    except (OSError, EntryNotFoundError, httpx2.HTTPError, HFValidationError) as error:
        raise _explained(error, repo, name) from error
    commit, etag = found.commit_hash or "", re.sub(r"\W", "", found.etag or "")
    if not re.fullmatch("[0-9a-f]{40}", commit) or not etag or not 0 < (found.size or 0) <= MOST_BYTES:
        raise ModelError(f"{_host()} does not say which commit {repo} is at, or how large {name} is. "
                         "Check HF_ENDPOINT.")
    return RemoteFile(repo, name, commit, etag[:64], found.size)


def names_in(repo: str, revision: str = "") -> list[str]:
    """Names of a repository's files. Raises ModelError."""
    _stay_offline(repo)
    try:
        found = HfApi(endpoint=endpoint()).model_info(repo, revision=revision or None, timeout=TIMEOUT)
    except (OSError, httpx2.HTTPError, HFValidationError) as error:
        raise _explained(error, repo, "its list of files") from error
    return [each.rfilename for each in found.siblings or []]


def find_cached(repo: str, name: str, revision: str = "") -> tuple[Path, str] | None:
    """A file that huggingface_hub itself has downloaded, and its commit: what a Space preloads. Asks no network."""
    try:
        found = try_to_load_from_cache(repo, name, revision=revision or None)
    except HFValidationError as error:
        raise _explained(error, repo, name) from error
    return (Path(found), Path(found).parents[name.count("/")].name) if isinstance(found, str) else None


def download(file: RemoteFile, place: Path, on_progress: Progress = lambda *_: None) -> str:
    """Bring a file to its place; a part that is there already is gone on with. Returns its sha256.

    Raises ModelError where the connection is lost for good, the disk is full, or other bytes came than were announced.
    """
    _stay_offline(file.repo)
    part = place.with_name(f"{place.name}.{file.etag[:16]}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _check_room(file, part)
        _go_on(file, part, on_progress)
        digest = _checked(file, part)
        os.replace(part, place)
    except OSError as error:
        raise _explained(error, file.repo, file.name) from error
    return digest


@contextmanager
def one_at_a_time(place: Path) -> Iterator[None]:
    """Let no other process, nor thread, into a block of the same name. Raises ModelError if it cannot be written."""
    with ExitStack() as stack:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(WeakFileLock(place.with_name(f"{place.name}.lock")))
        except OSError as error:
            raise _explained(error, "", str(place.parent)) from error
        yield


# --- one download --------------------------------------------------------------------------------------------------

def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_room(file: RemoteFile, part: Path) -> None:
    missing, free = file.size - _size(part), shutil.disk_usage(part.parent).free
    if missing > free:
        raise ModelError(
            f"{file.name} needs {missing / 1e6:.0f} MB more, and {part.parent} has room for {free / 1e6:.0f} MB. "
            "Make room, for instance with: python -m editors models --free ID"
        )


def _go_on(file: RemoteFile, part: Path, on_progress: Progress) -> None:
    """Stream what is missing; a lost connection is taken up again while each one brings something."""
    for broken in range(1, MOST_BREAKS + 1):
        before = _size(part)
        try:
            return _stream(file, part, on_progress)
        except httpx2.TransportError as error:
            here = _size(part)
            if broken == MOST_BREAKS or here == before:
                raise ModelError(
                    f"The connection to {_host()} was lost with {here / 1e6:.1f} of {file.size / 1e6:.1f} MB of "
                    f"{file.name} here. Start it again; it goes on from there."
                ) from error
        except HfHubHTTPError as error:
            raise _explained(error, file.repo, file.name) from error


def _stream(file: RemoteFile, part: Path, on_progress: Progress) -> None:
    here = _size(part)
    on_progress(file.name, here, file.size)
    if here >= file.size:
        return
    headers = build_hf_headers() | {"Accept-Encoding": "identity"} | ({"Range": f"bytes={here}-"} if here else {})
    url = hf_hub_url(file.repo, file.name, revision=file.commit, endpoint=endpoint())
    with get_session().stream("GET", url, headers=headers, timeout=TIMEOUT, follow_redirects=True) as answer:
        hf_raise_for_status(answer)
        if here and answer.status_code != 206:  # the server gives the whole file or nothing
            here = 0
        with open(part, "ab" if here else "wb") as out:
            for chunk in answer.iter_bytes():
                here += len(chunk)
                if here > file.size:
                    break  # more than was announced; `_checked` says so
                out.write(chunk)
                on_progress(file.name, here, file.size)
    if here < file.size:
        raise httpx2.RemoteProtocolError(f"The answer ended after {here} of {file.size} bytes.")
    if here > file.size:
        part.unlink()


def _checked(file: RemoteFile, part: Path) -> str:
    """sha256 of what came. Raises ModelError, and removes it, where it is not what the Hub described."""
    digest = sha256_of(part) if part.exists() else ""
    if _size(part) != file.size or file.sha256 not in (None, digest):
        part.unlink(missing_ok=True)
        raise ModelError(f"What came for {file.name} of {file.repo} is not the file the Hub describes, and was thrown "
                         "away. Start it again.")
    return digest


# --- words ---------------------------------------------------------------------------------------------------------

def _host() -> str:
    return endpoint().partition("://")[2]


def _stay_offline(repo: str) -> None:
    if is_offline():
        raise ModelError(f"Limner is offline, and {repo} is not on this machine. Start without --offline and "
                         "HF_HUB_OFFLINE to fetch it.")


def _explained(error: Exception, repo: str, name: str) -> ModelError:
    """What went wrong between here and the Hub, and what to do about it."""
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else 0
    page = f"{endpoint()}/{repo}"
    if isinstance(error, OfflineModeIsEnabled):
        return ModelError(f"Limner is offline, and {repo} is not on this machine.")
    if isinstance(error, GatedRepoError):
        return ModelError(f"{repo} is gated: accept its terms at {page}, then run `hf auth login` or set HF_TOKEN, "
                          "and fetch it again.")
    if isinstance(error, RevisionNotFoundError):
        return ModelError(f"{repo} has not the commit that is asked for; it may have been rewritten. See {page}")
    if isinstance(error, RepositoryNotFoundError | HFValidationError):
        return ModelError(f"There is no repository {repo[:100]!r} at {_host()}, or it is private. If it is yours, run "
                          "`hf auth login` first.")
    if isinstance(error, EntryNotFoundError):
        return ModelError(f"{repo} has no file {name!r}. See {page}")
    if status in (401, 403):
        return ModelError(f"{_host()} refuses to give {name} of {repo} ({status}). Check that HF_TOKEN may read it.")
    if status:
        return ModelError(f"{_host()} answers {status} for {name} of {repo}. Try again later.")
    if isinstance(error, FileMetadataError):
        return ModelError(f"{_host()} does not answer as the Hub does. Check HF_ENDPOINT.")
    if isinstance(error, httpx2.HTTPError):
        return ModelError(f"{_host()} cannot be reached ({type(error).__name__}). Check the connection and try again; "
                          "what is here already is kept.")
    if isinstance(error, OSError) and error.errno in FULL:
        return ModelError(f"The disk is full; {name} did not fit. Make room, for instance with "
                          "`python -m editors models --free ID`, and start it again; it goes on from where it stopped.")
    return ModelError(f"{name} cannot be written ({getattr(error, 'strerror', None) or error}). Set HF_HOME to a "
                      "folder that you may write in.")
