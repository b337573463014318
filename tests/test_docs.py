"""What the documentation says is so: its commands exist, its tables are the catalogue's, its examples run."""

import importlib
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import editors
from docs.blocks import block_of, licences
from editors.__main__ import commands, parser_of
from editors.catalogue import CARDS
from editors.models import CHECKPOINTS
from editors.provenance import read_note

ROOT = Path(__file__).parent.parent
READMES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")}


def fenced(page: str, language: str = "") -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [text for word, text in blocks if word == language]


def command_lines(page: str) -> list[str]:
    return [line.split("#")[0].strip() for block in fenced(page) for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("page", READMES.values(), ids=READMES)
def test_the_readme_opens_with_the_two_commands(page):
    assert command_lines(page)[:2] == ["make app", "make test"]


@pytest.mark.parametrize("page", READMES.values(), ids=READMES)
def test_the_steps_that_the_readme_names_are_there_to_import(page):
    steps = re.findall(r"`([A-Z]\w+)\(([^`]*)\)`", page)
    assert {"SketchFill", "MaskEdit"} <= {name for name, _ in steps}
    for name, settings in steps:
        assert set(re.findall(r"(\w+)=", settings)) <= {each.name for each in fields(getattr(editors, name))}


@pytest.mark.parametrize("page", READMES.values(), ids=READMES)
def test_every_command_of_the_readme_exists(page):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shown = set()
    for line in command_lines(page):
        words = shlex.split(line)
        if words[:3] == ["python", "-m", "editors"]:
            shown.add(parser_of(commands()).parse_args(words[3:]).command)
        elif words[0] == "make":
            assert words[1] in targets, line
        else:
            assert words[:2] in (["pip", "install"], ["python", "app.py"]), line
            assert all((ROOT / word).exists() for word in words if word.endswith((".txt", ".py"))), line
    assert shown == set(commands())


@pytest.mark.parametrize("page", READMES.values(), ids=READMES)
def test_the_licences_table_is_what_the_command_prints(page):
    assert block_of(page, "licences").splitlines()[1:-1] == licences().splitlines()
    assert len(licences().splitlines()) == 2 + len(CARDS)


@pytest.mark.parametrize("page", READMES.values(), ids=READMES)
def test_what_the_readme_points_at_is_there(page):
    named = re.findall(r"\]\(([^)#:]+)\)", page)
    named += re.findall(r"`((?:editors|checkpoints|docs|tests|examples)/[^`]*)`", page)
    assert named and all((ROOT / name).exists() for name in named), named


def test_both_readmes_have_the_same_shape_and_the_same_code():
    english, chinese = READMES.values()
    assert fenced(english, "python") == fenced(chinese, "python")
    assert command_lines(english) == command_lines(chinese)
    assert len(re.findall("^#+ ", english, re.MULTILINE)) == len(re.findall("^#+ ", chinese, re.MULTILINE))


def test_the_python_of_the_readme_runs(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    code = "\n".join([f"import sys; sys.path.insert(0, {str(ROOT)!r})", *fenced(READMES["README.md"], "python")])
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "younger.png").stat().st_size and (tmp_path / "both.png").stat().st_size


def test_the_example_runs_from_anywhere(tmp_path):
    example = ROOT / "examples" / "edit_from_python.py"
    done = subprocess.run([sys.executable, example], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "smile" in done.stdout, done.stderr
    assert read_note((tmp_path / "edited.png").read_bytes())["edits"][1]["settings"]["amounts"] == {"hair_light": 1}


def test_every_public_name_can_be_imported():
    for name in editors.__all__:
        assert getattr(editors, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Wings'"):
        editors.Wings


def test_the_map_names_files_that_are_there():
    words = re.findall(r"(?:^    |  )(\w+)   +(?=\S)", editors.__doc__.split("share.")[1], re.MULTILINE)
    assert len(words) >= 8
    for word in words:
        assert importlib.util.find_spec(f"editors.{word}"), word


@pytest.mark.parametrize("card", [each for each in CARDS if not each.repo], ids=lambda card: card.id)
def test_every_embedded_model_has_a_card_that_names_its_files_and_licence(card):
    text = (CHECKPOINTS / card.id / "CARD.md").read_text(encoding="utf-8")
    assert card.id in text and "icence" in text
    assert ("non-commercial" in text or "not for commercial" in text) == ("non-commercial" in card.licence)
    assert all(name in text for name in card.files)
    assert "Apache" not in card.licence or (CHECKPOINTS / card.id / "LICENSE").exists()


def test_the_space_front_matter_is_what_was_tested():
    front = READMES["README.md"].split("---")[1]
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    assert f"sdk_version: {pinned['gradio']}" in front and "sdk: gradio" in front and "app_file: app.py" in front
    assert 'python_version: "3.12"' in front and "license_link: WEIGHTS-LICENCE.md" in front
    assert pinned["torch"] == "2.13.0"


def test_what_is_pinned_is_within_what_is_required():
    from packaging.requirements import Requirement

    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    pinned = {name.lower().replace("_", "-"): version for name, version in pinned.items()}
    names = ("requirements.txt", "requirements-test.txt")
    for line in "".join((ROOT / name).read_text() for name in names).splitlines():
        wanted, _, reason = line.partition("#")
        if wanted.strip():
            requirement = Requirement(wanted.strip())
            assert reason.strip() or requirement.name in ("pytest", "ruff"), line
            assert requirement.specifier.contains(pinned[requirement.name.lower()]), line


def test_the_code_keeps_the_house_style():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--output-format=concise"], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_file_speaks_of_the_machine_it_was_made_on():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in (".py", ".md", ".txt", ".toml", ".js", ".css", ".html", "") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not re.search(r"(?<![\w.])/(work|root|home|tmp)/\w", text), name
