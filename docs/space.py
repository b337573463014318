"""Upload Limner as a Hugging Face Space: python -m docs.space OWNER/NAME [--preload ID,ID] [--dry]

What goes is what git tracks, but for tests. `--preload` names models of the catalogue that the Space downloads when it
is built and makes ready once its page is served; whoever uploads agrees to their terms.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from editors.catalogue import ModelCard, card
from editors.errors import EditError, ModelError

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = ("tests/", ".ci/")
LARGE = 10_000_000  # bytes from which the Hub takes a file only through its store of large files


def tracked(root: Path = ROOT) -> list[str]:
    """Names of the files that go, relative to the checkout. Raises ModelError outside one."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise ModelError(f"{root} is not a git checkout, which says what goes. Clone the repository.")
    names = [name for name in done.stdout.split("\0") if name and not name.startswith(LEFT_OUT)]
    return [name for name in names if (root / name).is_file()]


def front_matter(readme: str, preload: Sequence[ModelCard]) -> str:
    """The README whose front matter also names what the Space is to download when it is built."""
    if not preload:
        return readme
    _, front, page = readme.split("---\n", 2)
    lines = [f"  - {' '.join(filter(None, (each.repo, ','.join(each.files), each.revision)))}" for each in preload]
    repos = [f"  - {each.repo}" for each in preload]
    added = "\n".join(["models:", *dict.fromkeys(repos), "preload_from_hub:", *lines])
    return f"---\n{front}{added}\n---\n{page}"


def stage(folder: Path, names: Sequence[str], preload: Sequence[ModelCard], root: Path = ROOT) -> None:
    """Copy what goes into a folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, folder / name)
    readme = (root / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(front_matter(readme, preload), encoding="utf-8")


def upload(space: str, folder: Path, preload: Sequence[ModelCard]) -> str:
    """Make the Space hold exactly what the folder holds; where it is. Raises ModelError where the Hub refuses."""
    import httpx2
    from huggingface_hub import HfApi

    from editors.hub import endpoint

    api = HfApi(endpoint=endpoint())
    try:
        api.create_repo(space, repo_type="space", space_sdk="gradio", exist_ok=True)
        if preload:
            api.add_space_variable(space, "LIMNER_PRELOAD", ",".join(each.id for each in preload))
        api.upload_folder(repo_id=space, repo_type="space", folder_path=folder, delete_patterns="*",
                          commit_message="Upload Limner")
    except (OSError, ValueError, httpx2.HTTPError) as error:  # a name the Hub does not allow is a ValueError
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"The Hub did not take {space}: {reason} Log in with `hf auth login`, check the name, and "
                         "start it again; what went already is not sent twice.") from error
    return f"{endpoint()}/spaces/{space}"


def wanted(ids: str) -> list[ModelCard]:
    """Cards of models that can be preloaded. Raises ModelError for others."""
    found = [card(model_id.strip()) for model_id in ids.split(",") if model_id.strip()]
    for each in found:
        if not each.repo:
            raise ModelError(f"{each.id} is embedded and goes along by itself.")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Upload, or with --dry say what would go; the exit status."""
    parser = argparse.ArgumentParser(description="Upload Limner as a Hugging Face Space.")
    parser.add_argument("space", metavar="OWNER/NAME")
    parser.add_argument("--preload", metavar="ID,ID", default="", help="models the Space is to have at hand")
    parser.add_argument("--dry", action="store_true", help="say what would go, touch no network")
    options = parser.parse_args(arguments)
    try:
        if options.space.count("/") != 1 or not all(options.space.split("/")):
            raise ModelError(f"{options.space!r} is no name of a Space. Run: make space SPACE=OWNER/NAME")
        names, preload = tracked(), wanted(options.preload)
        for name in names:
            size = (ROOT / name).stat().st_size
            print(f"{size / 1e6:9.3f} MB  {name}{'  (large)' if size > LARGE else ''}")
        for each in preload:
            print(f"preloaded: {each.id}, {each.size_mb:g} MB. Licence: {each.licence}")
        total = sum((ROOT / name).stat().st_size for name in names) / 1e6
        print(f"{len(names)} files, {total:.1f} MB, to the Space {options.space}")
        if not options.dry:
            with tempfile.TemporaryDirectory() as folder:
                stage(Path(folder), names, preload)
                print(upload(options.space, Path(folder), preload))
    except EditError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
