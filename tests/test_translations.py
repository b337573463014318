"""What goes wrong on the page is said in the visitor's language: each sentence that the code raises has its Chinese."""

import ast
import functools
import re
from pathlib import Path

import pytest

from editors import errors
from editors.formats.containers import MISTAKEN
from editors.semantic.regions import STYLED
from editors.semantic.tab import STYLES
from editors.translations import error_in, words

EDITORS = Path(__file__).parent.parent / "editors"
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type)}
COMMANDS = ("__main__.py", "command.py", "commands.py", "model_commands.py", "faces_command.py")
PAGE = [path for path in sorted(EDITORS.rglob("*.py")) if path.name not in COMMANDS]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sentence_of(node: ast.AST) -> str | None:
    """The text of an expression, with a 7 for what is filled in; None where it is not written here."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else "7" for each in node.values)
    return None


@functools.cache
def sentences(path: Path) -> list[tuple[int, str]]:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    raised = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args]
    return [(node.lineno, text) for node in raised if (text := sentence_of(node.args[0]))]


def test_the_sentences_of_the_code_are_found():
    found = [text for path in PAGE for _, text in sentences(path)]
    assert len(found) > 120 and "The page has lost its place. Reload it." in found
    assert error_in("A sentence that nobody translated", "zh") == "A sentence that nobody translated"


@pytest.mark.parametrize("path", PAGE, ids=lambda path: str(path.relative_to(EDITORS)))
def test_every_sentence_that_can_go_wrong_on_the_page_reads_in_chinese(path):
    english = [f"{line}: {text}" for line, text in sentences(path) if not CHINESE.search(error_in(text, "zh"))]
    assert not english


@pytest.mark.parametrize("path", sorted((EDITORS / "formats").glob("*.py")), ids=lambda path: path.name)
def test_why_a_file_of_weights_was_not_loaded_reads_in_chinese_to_its_end(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    raised = [node.args[0] for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Refused"]
    clauses = [text for node in raised if (text := sentence_of(node))]
    clauses += [what for _, what in MISTAKEN] if path.name == "containers.py" else []
    for clause in clauses:
        said = error_in(f"a.pt was not loaded and nothing in it was run: it {clause}. What can be loaded: this.", "zh")
        assert said.startswith("a.pt 未被载入") and CHINESE.search(said.partition("原因：")[2]), clause


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_which_region_takes_no_style_when_none_is_chosen(language):
    said = words(language)
    left_out = {region for region in STYLES if region not in STYLED}
    assert left_out == {region for region in STYLES if said[region].lower() in said["style_regions"].lower()}


@pytest.mark.parametrize("said, chinese", [
    ("Cell 2 (attributes.shift): smile is 9; it can be -3 to 3.", "步骤 2：smile 为 9；可用：-3 to 3。"),
    ("work.limner cannot be opened: it is of format 9; this Limner reads format 1.",
     "work.limner 无法打开：其格式为 9；此 Limner 可读 1。"),
    ("In the reference photograph: No face was found. Choose another.",
     "参考照片中：照片中没有找到人脸。请选择一张正面、脸部更大的照片。"),
    ("There is no label called 'ears'; the labels are: skin, nose.", "没有名为 'ears' 的标签；现有：skin, nose。"),
    ("The picture is a text file; JPEG, PNG and WebP pictures can be opened. Save it as one of these and try again.",
     "所选图片不是可用的图片。请选择 JPEG、PNG、WebP、AVIF、HEIC 或 TIFF 图片。"),
    ("The face is a full profile (turned about 62 degrees, one eye out of sight); both eyes must be seen.",
     "人脸侧得太多，无法编辑。请选择能看到双眼的照片。"),
    ("seed is 'a'; it takes a number.", "seed 为 'a'；类型或数值有误。"),
])
def test_what_is_filled_in_and_what_stands_around_it_are_kept(said, chinese):
    assert error_in(said, "zh") == chinese and error_in(said, "en") == said
