"""What stands on the page whatever tab is open: its head and colours, the bar, the picture, the footer, the models."""

import json
import secrets
from pathlib import Path

import gradio as gr

from .acts import EXAMPLE_TITLES, act, choose_face, example_files, open_saved, open_upload, rest_absent
from .desk import data_url
from .downloads import read_and_judge
from .images import encode_preview, open_photo
from .models_panel import used_models
from .translations import found_in, words
from .widgets import QUEUED, Shared, asset, language_asked, part

# The page's words for Gradio's own components.
I18N = gr.I18n(en=words("en"), **{"zh-CN": words("zh")})


def head() -> str:
    """Style and script that every part uses, with the words and icons in it, for the head of the page."""
    both = json.dumps({language: words(language) for language in ("en", "zh")}, ensure_ascii=False)
    page = asset("page.js").replace("WORDS;", both.replace("</", "<\\/") + ";", 1).replace("ICONS[", "icons[")
    # As `css` Gradio would rewrite every selector, and lose those for small screens.
    style = asset("page.css") + asset("drawing.css") + asset("models.css") + asset("faces.css")
    drawing = (asset(f"{name}.js") for name in (
        "strokes", "packing", "pen", "drawing", "drawing_tools", "ink", "palette", "sketch_form"))
    scripts = "\n".join([asset("reach.js"), page, asset("sliders.js"), *drawing])
    return f"<style>{style}</style><script>const icons = {asset('icons.json')};\n{scripts}</script>"


def toolbar(shared: Shared) -> None:
    """The bar at the top: open, camera, examples, check, notebook, download."""
    bar = part("toolbar", examples=[
        {"title": EXAMPLE_TITLES[path.stem], "thumb": data_url(encode_preview(open_photo(path).pixels, 192))}
        for path in example_files()
    ])
    photo, saved = (gr.UploadButton(elem_id=f"{name}-file", visible="hidden") for name in ("photo", "notebook"))
    leaving = gr.DownloadButton(elem_id="leaving-file", visible="hidden")
    shared.change(bar.act, act)
    shared.upload(photo, lambda session, sent: open_upload(session, sent, shared.models))
    shared.upload(saved, lambda session, sent: open_saved(session, sent, shared.models))
    shared.show(bar, lambda session, new, sent: {
        "at": secrets.token_hex(4), "ask": sent.get("ask"), "file": "path" in sent})

    def save(token: str, sent: gr.EventData, request: gr.Request):
        return shared.write(token, sent._data or {}, language_asked(request))

    bar.save(save, shared.token, leaving, **QUEUED).then(None, leaving, js="(file) => window.limner.take(file)")


def picture(shared: Shared) -> None:
    """The viewer and the cells under it."""
    shared.viewer = part("viewer")
    cells = part("cells")
    shared.show(shared.viewer, lambda session, new, sent: shared.desk.show(session, new) | {
        "seq": sent.get("seq"), "ask": sent.get("ask"), "work": session.changed_at})
    shared.show(cells, lambda session, new, sent: shared.desk.cells(session) | {"ask": sent.get("ask")})
    shared.change(shared.viewer.act, act)
    shared.change(shared.viewer.face, lambda session, sent: choose_face(session, sent, shared.models))
    shared.change(cells.act, act)


def footer(shared: Shared) -> None:
    """What a visitor should know, what a picture says about itself, and the way to remove everything."""
    foot = part("footer")
    checked = gr.UploadButton(elem_id="check-file", visible="hidden")

    def check(path: str, request: gr.Request):
        return {"found": found_in(read_and_judge(path), language_asked(request))}

    def forget(token: str, request: gr.Request):
        return shared.forget(token, request)

    checked.upload(check, checked, foot, trigger_mode="multiple", **QUEUED)
    shared.wired(lambda outputs: foot.forget(forget, shared.token, outputs, **QUEUED))


def models_dialog(shared: Shared) -> None:
    """Every model and what may be done about it, in a dialog that the footer and the tabs open."""
    shown = part("models")
    weights = gr.UploadButton(elem_id="weights-file", visible="hidden")
    queue = {"concurrency_id": "models", "concurrency_limit": 4, "show_progress": "hidden",
             "api_visibility": "private", "trigger_mode": "multiple"}

    def do(token: str, sent: gr.EventData, request: gr.Request):
        language = language_asked(request)
        used = used_models(shared.session(token, language).notebook)
        return shared.panel.answer(sent._data or {}, request.headers, language, used) | {"at": secrets.token_hex(4)}

    def take_in(path: str, request: gr.Request):
        return shared.panel.take_in(Path(path), request.headers, language_asked(request)) | {"at": secrets.token_hex(4)}

    shown.ask(do, shared.token, shown, **queue)
    weights.upload(take_in, weights, shown, **queue)
    shared.change(shown.redraw, lambda session, sent: rest_absent(session, shared.models))


def theme() -> gr.themes.Base:
    """Quiet colours and a font that ships with Gradio."""
    hue = gr.themes.Color("#eef6f5", "#d5e8e6", "#aed3cf", "#7fb8b3", "#4f9892", "#2f7a75", "#1f5f5b", "#1a4d4a",
                          "#163e3c", "#122f2e", "#0b1f1e")
    latin = gr.themes.utils.fonts.LocalFont("IBM Plex Sans", weights=(400, 700))
    font = [latin, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", "system-ui", "sans-serif"]
    return gr.themes.Base(primary_hue=hue, neutral_hue="stone", font=font, radius_size="md", text_size="sm").set(
        body_background_fill="#f6f5f3", body_background_fill_dark="#161514",
        body_text_color="#24211e", body_text_color_dark="#ebe8e4",
    )
