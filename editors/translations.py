"""Every word on the page, in English and Chinese, and what an error says in Chinese."""

import re
from collections.abc import Mapping
from typing import Any

from .direction_words import DIRECTION_ERRORS
from .drawing_words import DRAWING
from .error_words import MORE_ERRORS, WITHIN
from .face_words import FACES
from .format_words import FORMAT_ERRORS, NOT_LOADED
from .model_words import MODEL_ERRORS, MODEL_WORDS, model_text

WORDS: dict[str, tuple[str, str]] = {
    # what the page is and does
    "brand": ("Limner", "Limner"),
    "open": ("Open photo", "打开照片"),
    "camera": ("Camera", "拍照"),
    "examples": ("Examples", "示例"),
    "example": ("Example", "示例"),
    "notebook": ("Notebook", "笔记本"),
    "save_notebook": ("Save notebook", "保存笔记本"),
    "open_notebook": ("Open notebook", "打开笔记本"),
    "notebook_help": ("Photo, edits and results in one file that replays.",
                      "照片、编辑和结果存于一个文件，可重新播放。"),
    "download": ("Download", "下载"),
    "format": ("Format", "格式"),
    "format_help": ("At the size of your photo. The file says what was edited.",
                    "按原照片尺寸保存。文件会注明编辑内容。"),
    "write_label": ("Write “AI-edited” into the picture", "在图片上标注“AI 编辑”"),
    "check": ("Check a picture", "检验图片"),
    "check_help": ("Reads what a picture says about how it was made.", "读取图片中关于其来源的记录。"),
    "choose_picture": ("Choose a picture", "选择图片"),
    "close": ("Close", "关闭"),
    "cancel": ("Cancel", "取消"),
    "take": ("Take photo", "拍摄"),
    "camera_denied": ("The camera cannot be used. Allow it in the browser, or open a photo.",
                      "无法使用摄像头。请在浏览器中允许，或打开照片。"),
    "drop": ("Drop a photo to open it", "松开以打开照片"),
    "consent": ("Open only your own photos or those you have permission to edit, of adults.",
                "请只打开您本人或已获授权的成年人照片。"),
    "kept": ("Your work is kept for 24 hours after the last change, then removed.",
             "您的编辑在最后一次修改后保留 24 小时，随后删除。"),
    "forget": ("Forget everything", "清除全部"),
    "forget_sure": ("Remove the photo and every edit? This cannot be undone.", "删除照片和全部编辑？此操作无法撤销。"),
    "terms": ("For research, not for commercial use.", "仅供研究，不得商用。"),
    "forgotten": ("Everything was removed.", "已全部清除。"),
    # the picture
    "picture": ("Edited picture", "编辑后的图片"),
    "wipe": ("Before and after", "前后对比"),
    "wipe_text": ("{0} % before", "原图占 {0}%"),
    "before": ("Before", "原图"),
    "after": ("AI-edited", "AI 编辑"),
    "compare": ("Compare", "对比"),
    "compare_help": ("Compare with the original (hold the picture to see it)", "与原图对比（按住图片查看原图）"),
    "zoom_in": ("Zoom in", "放大"),
    "zoom_out": ("Zoom out", "缩小"),
    "fit": ("Whole picture", "显示全图"),
    "to_face": ("Zoom to the face", "放大人脸"),
    "face": ("Face {0}", "人脸 {0}"),
    "face_edited": ("Face", "人脸"),
    "choose_face": ("Choose the face to edit", "选择要编辑的人脸"),
    # the cells
    "cells": ("Edits", "编辑步骤"),
    "original": ("Photo", "照片"),
    "cell": ("Edit {0}", "步骤 {0}"),
    "new_cell": ("New edit", "新步骤"),
    "new_cell_help": ("The next change begins a new edit", "下一次调整将成为新的步骤"),
    "undo": ("Undo (Ctrl+Z)", "撤销 (Ctrl+Z)"),
    "redo": ("Redo (Ctrl+Shift+Z)", "重做 (Ctrl+Shift+Z)"),
    "undo_opening": ("Undo: back to {0} (Ctrl+Z)", "撤销：回到 {0} (Ctrl+Z)"),
    "set_aside": ("Undo brings back {0} with its edits.", "撤销可恢复 {0} 及其编辑。"),
    "switch_off": ("Switch off", "停用"),
    "switch_on": ("Switch on", "启用"),
    "off": ("off", "已停用"),
    "earlier": ("Move earlier", "前移"),
    "later": ("Move later", "后移"),
    "duplicate": ("Duplicate", "复制"),
    "delete": ("Delete", "删除"),
    "branch": ("Branch", "分支"),
    "branches": ("Branches", "分支"),
    "branch_help": ("Copy these edits to try something else", "复制这些步骤，另作尝试"),
    "branch_number": ("Branch {0}", "分支 {0}"),
    "close_branch": ("Close branch {0}", "关闭分支 {0}"),
    "no_change": ("No change", "无变化"),
    "more": ("{0} more", "另 {0} 项"),
    # attributes
    "attributes": ("Attributes", "属性"),
    "unit_help": ("1 is how much faces usually differ (one standard deviation).",
                  "1 表示人脸之间的一般差异（一个标准差）。"),
    "value_of": ("{0}, value", "{0} 数值"),
    "reset": ("Reset {0}", "重置{0}"),
    "reset_all": ("Reset all", "全部重置"),
    "random": ("Random", "随机"),
    "keep": ("Keep unchanged", "保持不变"),
    "sliders_faceless": ("There is nothing for the sliders to move: this picture shows no face that can be edited.",
                         "滑块没有可调整的对象：这张图片中没有可编辑的人脸。"),
    "group_expression": ("Expression", "表情"),
    "group_age": ("Age and gender", "年龄与性别"),
    "group_shape": ("Shape", "脸型"),
    "group_pose": ("Pose", "姿态"),
    "group_hair": ("Hair", "头发"),
    "group_light": ("Skin and light", "肤色与光线"),
    "smile": ("Smile", "微笑"),
    "mouth_open": ("Mouth open", "张嘴"),
    "eyes_open": ("Eyes open", "睁眼"),
    "brows_raised": ("Brows raised", "抬眉"),
    "age": ("Age", "年龄"),
    "masculine": ("Masculine", "男性化"),
    "face_width": ("Face width", "脸宽"),
    "jaw": ("Jaw width", "下颌宽度"),
    "nose_width": ("Nose width", "鼻宽"),
    "lips_full": ("Fuller lips", "嘴唇厚度"),
    "yaw": ("Turn right", "向右转头"),
    "pitch": ("Chin up", "抬头"),
    "hair_light": ("Hair lightness", "发色深浅"),
    "skin_light": ("Skin lightness", "肤色深浅"),
    "light_side": ("Light from right", "光从右侧"),
    "beard": ("Beard", "胡须"),
    "glasses": ("Glasses", "眼镜"),
    "hair": ("Hair", "头发"),
    "eyes": ("Eyes", "眼睛"),
    "brows": ("Brows", "眉毛"),
    "nose": ("Nose", "鼻子"),
    "mouth": ("Mouth", "嘴"),
    "skin": ("Skin", "皮肤"),
    "background": ("Background", "背景"),
    # messages
    "opening": ("Opening {0}…", "正在打开 {0}…"),
    "too_large": ("{0} is too large: at most {1} MB can be opened. Save it as a JPEG, or smaller.",
                  "{0} 太大：最多 {1} MB。请另存为更小的 JPEG。"),
    "failed": ("That did not work", "未能完成"),
    "good_to_know": ("Good to know", "提示"),
    "server_busy": ("Too much waits to be drawn. Wait a moment, then try again.", "等待处理的操作太多。请稍候再试。"),
    "server_lost": ("Limner cannot be reached. What you set and drew is kept here: try again, or reload the page once "
                    "Limner is back.",
                    "无法连接 Limner。您的设置和绘图保留在此：请再试一次，或在 Limner 恢复后重新加载页面。"),
    "server_failed": ("Limner failed at this, by its own mistake; what went wrong stands in its log.",
                      "Limner 自身出错，操作未完成；原因已写入运行日志。"),
    "models_changed": ("Saved with other models ({0}): the pictures may differ a little.",
                       "保存时使用的模型不同（{0}）：图片可能略有差异。"),
    # what a picture says about itself
    "needs_face": ("Attributes and Masks need a face they can edit; Sketch works on any picture. {0}",
                   "“属性”和“区域标签”需要可编辑的人脸；“草图”适用于任何图片。{0}"),
    "switched_off": ("Your edits were switched off, since they cannot be drawn: {0}",
                     "您的编辑已停用，因为无法绘制：{0}"),
    "credentials": ("Credentials", "内容凭证"),
    "software": ("Software", "软件"),
    "edits": ("Edits", "编辑"),
    "models": ("Models", "模型"),
    "c2pa.opened": ("Photo opened", "打开照片"),
    "c2pa.created": ("Picture made", "生成图片"),
    "c2pa.edited": ("Edited", "编辑"),
    "credentials_none": ("This picture has no Content Credentials.", "该图片没有内容凭证。"),
    "credentials_ours": ("Sealed here and unchanged since. No authority vouches for it.",
                         "由本机签署，此后未被修改。没有机构为其担保。"),
    "credentials_authority": ("Sealed by {0}, whom a trust list vouches for, and unchanged since.",
                              "由受信任的 {0} 签署，此后未被修改。"),
    "credentials_unknown": ("Unchanged since it was sealed by “{0}”; nobody vouches for that name.",
                            "由“{0}”签署后未被修改；没有机构为该名称担保。"),
    "credentials_changed": ("Changed after it was sealed: its credentials cannot be believed.",
                            "签署后被修改过：其凭证不可信。"),
    "credentials_unreadable": ("Nothing can be read in this file: it is no picture, or damaged. Choose a picture as "
                               "it was saved.",
                               "无法读取此文件：它不是图片，或已损坏。请选择保存时的原图片。"),
    "credentials_unavailable": ("Credentials cannot be checked here: c2pa-python is missing.",
                                "此处无法检验内容凭证：缺少 c2pa-python。"),
    # what one unit is
    "one_unit": ("1 = {0}", "1 = {0}"),
    "years": ("years", "岁"),
    "degrees": ("degrees", "度"),
    "eye distances": ("eye distances", "倍眼距"),
    "of CIELAB lightness": ("of CIELAB lightness", "CIELAB 明度"),
    "of CIELAB lightness from side to side": ("of CIELAB lightness from side to side", "CIELAB 明度（左右之差）"),
    "of CIELAB lightness, chin against cheeks": ("of CIELAB lightness, chin against cheeks",
                                                 "CIELAB 明度（下巴与脸颊之差）"),
    "on the classifier's scale": ("on the classifier's scale", "分类器标度"),
} | DRAWING | MODEL_WORDS | FACES

# English errors that a visitor is likely to meet, and how they read in Chinese; anything else is shown as it is.
ERRORS: tuple[tuple[str, str], ...] = (
    (r"No face was found.*", "照片中没有找到人脸。请选择一张正面、脸部更大的照片。"),
    (r"The face is (\d+) pixels.*at least (\d+).*",
     r"人脸从眼睛到下巴只有 \1 像素，至少需要 \2 像素。请选择更清晰的照片。"),
    (r"The face is a full profile.*", "人脸侧得太多，无法编辑。请选择能看到双眼的照片。"),
    (r"(.+) is (\d+) x (\d+) \(.*megapixels\); at most (\d+).*",
     r"图片为 \2 x \3 像素；最多 \4 百万像素。请缩小后重试。"),
    (r"(.+) has ([\d.]+) MB; at most (\d+) MB.*", r"文件有 \2 MB；最多 \3 MB。请另存为更小的 JPEG。"),
    (r"(.+) begins as a (\w+) picture but is cut short.*", r"\1 是不完整或已损坏的 \2 图片。请重新复制或导出。"),
    (r"(.+) is empty;.*", r"\1 是空文件。请选择其他文件。"),
    (r"(.+) is (an? .+|not a picture);.*", r"\1 不是可用的图片。请选择 JPEG、PNG、WebP、AVIF、HEIC 或 TIFF 图片。"),
    (r"(.+) is not a notebook saved by Limner.*", r"\1 不是 Limner 保存的笔记本。请选择 .limner 文件。"),
    (r"There are (\d+) branches.*", r"最多 \1 个分支。请先关闭一个。"),
    (r"The layer is (\d+) x (\d+), the photograph (\d+) x (\d+).*",
     r"图层为 \1 x \2，照片为 \3 x \4；图层须与照片同样大小。"),
    (r"The drawing did not arrive whole.*", "绘图未能完整送达。请重新绘制或重新加载页面。"),
    (r"Nothing is brushed out yet.*", "尚未涂出区域。请先涂去要重画的部分，再填充。"),
    (r"The hole covers the whole picture.*", "区域覆盖了整张图片。请在周围留出一部分。"),
    (r"Limner failed at this.*", WORDS["server_failed"][1]),
    (r"Another photograph or face was chosen meanwhile.*",
     "其间已另选了照片或人脸（可能在另一个窗口中）。现已显示它，其余未作更改。"),
    (r"Another window changed this work meanwhile.*",
     "其间另一个窗口更改了此作品。现已显示最新状态；您刚才的操作可能需要重做。"),
    (r"The page has lost its place.*", "页面状态已丢失，请重新加载。"),
)


UNNAMED = "The picture"
"""What an error calls a picture whose file has no name here."""


def words(language: str) -> dict[str, str]:
    """Every word in one language: "en" or "zh"."""
    return {key: both[language == "zh"] for key, both in WORDS.items()}


def say(key: str, language: str, *values: object) -> str:
    """One phrase with its {0}, {1} filled in; a key nobody translated reads as plain words."""
    both = WORDS.get(key)
    phrase = both[language == "zh"] if both else key.replace("_", " ").capitalize()
    return phrase.format(*values)


def language_of(accept_language: str | None) -> str:
    """The page's language from a browser's Accept-Language header: its first choice of the two."""
    for choice in (accept_language or "").lower().split(","):
        if choice.strip()[:2] in ("zh", "en"):
            return choice.strip()[:2]
    return "en"


def error_in(message: str, language: str) -> str:
    """An EditError's message in the visitor's language."""
    if language != "zh":
        return message
    for pattern, before in (NOT_LOADED, *WITHIN):
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return found.expand(before) + error_in(found[found.lastindex], language)
    for pattern, chinese in FORMAT_ERRORS + ERRORS + MODEL_ERRORS + DIRECTION_ERRORS + MORE_ERRORS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return re.sub(f"{UNNAMED} ?", "所选图片", found.expand(chinese))
    return message


def found_in(credentials: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """What `read_credentials` answered, as terms and texts for the page."""
    rows = [("credentials", say("credentials_" + credentials["state"], language, credentials["signer"]))]
    rows += [("software", credentials["software"])] if credentials["software"] else []
    note = credentials["note"] or {}
    edits = credentials["actions"] or note.get("edits") or []
    named = [_edit_in(edit, language) for edit in edits if isinstance(edit, Mapping)]
    rows += [("edits", "; ".join(named))] if named else []
    used = credentials["models"] or note.get("models") or []
    under: dict[str, list[str]] = {}                                                  # licence -> ids of models
    for model in used:
        if isinstance(model, Mapping):
            under.setdefault(model_text(str(model.get("licence")), language), []).append(str(model.get("id")))
    named = [f"{licence}: {', '.join(ids)}" for licence, ids in under.items()]
    rows += [("models", "; ".join(named))] if named else []
    return [(say(term, language), text[:2000]) for term, text in rows]


def _edit_in(edit: Mapping[str, Any], language: str) -> str:
    settings = edit.get("settings")
    amounts = settings.get("amounts") if isinstance(settings, Mapping) else None
    if isinstance(amounts, Mapping) and amounts:
        return ", ".join(f"{say(str(name), language)} {amount:+g}".replace("-", "−") for name, amount in amounts.items()
                         if isinstance(amount, int | float))
    kind = str(edit.get("kind") or edit.get("action") or "?")
    return say(kind, language) if "." in kind and kind in WORDS else kind
