"""The page: the photograph with its viewer and cells, a tab per editor. Run: python app.py --help"""

import argparse
import asyncio
import importlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
if "--offline" in sys.argv:
    os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr  # noqa: E402  (reads the environment when imported)
from starlette.middleware import Middleware  # noqa: E402

from editors import page_parts, widgets  # noqa: E402
from editors.desk import Desk  # noqa: E402
from editors.devices import DEVICES, choose_device  # noqa: E402
from editors.errors import EditError  # noqa: E402
from editors.guards import Guards  # noqa: E402
from editors.hub import go_offline  # noqa: E402
from editors.models import Models  # noqa: E402
from editors.models_panel import ModelsPanel  # noqa: E402
from editors.sessions import Sessions  # noqa: E402
from editors.step import EDITORS  # noqa: E402
from editors.store import Store  # noqa: E402

A_DAY, AN_HOUR = 24 * 3600, 3600
LAST_PORT = 65535
MOST_WAITING = 64          # events in the queue; who comes later is told that it is full
LOOKS = 0.01               # seconds between two looks for work; Gradio's thousand a second take a twentieth of a core


def create_app(
    models: Models | None = None, sessions: Sessions | None = None, host: str = "127.0.0.1", manage: bool = False
) -> gr.Blocks:
    """The page as Gradio blocks; nothing is served yet.

    host:    address that it will be served on
    manage:  whether everybody who can open it may fetch and remove models
    """
    desk = Desk(models or Models())
    with gr.Blocks(title="Limner", analytics_enabled=False, fill_width=True, delete_cache=(AN_HOUR, A_DAY)) as page:
        panel = ModelsPanel(desk.models, host, manage)
        shared = widgets.Shared(desk, sessions or Sessions(), Path(page.GRADIO_CACHE), panel)
        with gr.Column(elem_id="limner"):
            page_parts.toolbar(shared)
            with gr.Row(elem_id="desk", equal_height=False):
                with gr.Column(elem_id="left", min_width=0):
                    page_parts.picture(shared)
                with gr.Column(elem_id="right", min_width=0), gr.Tabs(elem_id="tabs"):
                    for name in EDITORS:
                        tab = importlib.import_module(f"editors.{name}.tab")
                        with gr.Tab(page_parts.I18N(tab.TITLE), id=name):
                            tab.build(shared)
            page_parts.footer(shared)
            page_parts.models_dialog(shared)
        shared.wire(page)
    page.desk, page.panel = desk, panel
    return page


def serve(page: gr.Blocks, **options: Any) -> tuple[Any, str, str]:
    """Serve the page; `options` go to Gradio's launch."""
    page.queue(default_concurrency_limit=4, max_size=MOST_WAITING)
    waiting = page._queue
    waiting.sleep_when_free = max(LOOKS, waiting.sleep_when_free)
    waiting.progress_update_sleep_when_free = A_DAY                                # no part has its progress shown
    return page.launch(
        **{
            "quiet": True, "show_error": False, "ssr_mode": False, "run_history": False, "footer_links": [],
            "max_file_size": "40mb", "allowed_paths": [], "theme": page_parts.theme(), "head": page_parts.head(),
            "i18n": page_parts.I18N, "app_kwargs": {"middleware": [Middleware(Guards)]},
            "favicon_path": str(widgets.PAGE / "favicon.svg"),
        }
        | options
    )


def bind(host: str, port: int) -> None:
    """Take an address as Gradio's server will, and leave it again.

    Raises OSError where it cannot be had, UnicodeError where the host is no name at all.
    """
    host = host.removeprefix("[").removesuffix("]")

    async def take() -> None:
        loop = asyncio.get_running_loop()
        (await loop.create_server(asyncio.Protocol, host, port, start_serving=False)).close()

    with ThreadPoolExecutor(1) as beside:                     # in a notebook, a loop runs in this thread already
        beside.submit(asyncio.run, take()).result()


def prepare(models: Models, desk: Desk, wanted: list[str]) -> None:
    """While the page is served already: draw once, so that nobody waits for models, then fetch those wanted."""
    try:
        desk.warm_up()
    finally:
        for model_id in wanted:
            try:
                models.fetch(model_id)
            except EditError as error:  # the page goes on without
                print(error, file=sys.stderr, flush=True)


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    """The flags of the command line."""
    parser = argparse.ArgumentParser(description="Serve Limner's page.")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: this machine alone)")
    parser.add_argument("--port", type=int, default=7860, help="port (default: 7860)")
    parser.add_argument("--device", default="auto", choices=DEVICES, help="where networks run (default: auto)")
    parser.add_argument("--memory-gb", type=float, default=4.0, help="for loaded models; the least recently used leave "
                        "(default: 4)")
    parser.add_argument("--offline", action="store_true", help="never touch the network")
    parser.add_argument("--preload", metavar="ID,ID", default=os.environ.get("LIMNER_PRELOAD", ""),
                        help="models to fetch once the page is served, on their terms (default: LIMNER_PRELOAD)")
    parser.add_argument("--manage-models", action="store_true", default=_is_set("LIMNER_MANAGE_MODELS"),
                        help="let everybody who can open the page fetch and remove models; without it, only a browser "
                        "on this machine (default: LIMNER_MANAGE_MODELS)")
    parser.add_argument("--models-gb", type=float, metavar="N", default=os.environ.get("LIMNER_MODELS_GB"),
                        help="most that fetched models may take on disk (default: LIMNER_MODELS_GB; 20 on a Space, as "
                        "much as there is elsewhere)")
    options = parser.parse_args(arguments)
    try:
        if options.device != "auto":
            choose_device(options.device)
    except EditError as error:
        parser.error(str(error))
    return options


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def _refuse(said: str) -> None:
    """End with a line of advice."""
    print(said, file=sys.stderr)
    sys.exit(2)


def main(arguments: list[str] | None = None) -> None:
    """Serve from the command line until interrupted."""
    options = options_of(arguments)
    if options.offline:
        go_offline()
    host = "0.0.0.0" if "SPACE_ID" in os.environ else options.host
    if not 0 < options.port <= LAST_PORT:
        _refuse(f"{host}:{options.port} cannot be served on: ports go from 1 to {LAST_PORT}. Choose another, "
                "as --port 7861.")
    most = 20.0 if options.models_gb is None and "SPACE_ID" in os.environ else options.models_gb
    models = Models(device=options.device, budget_gb=options.memory_gb, store=Store(most_gb=most))
    taken = (f"{host}:{options.port} cannot be served on; another program may have it, or the host is no address of "
             "this machine. Choose another port, as --port 7861, or leave --host out.")
    try:
        bind(host, options.port)  # Gradio would wait for seconds, with a page that was built for nothing
    except (OSError, UnicodeError):
        _refuse(taken)
    page = create_app(models, host=host, manage=options.manage_models)
    try:
        serve(page, server_name=host, server_port=options.port, prevent_thread_lock=True)
    except OSError as error:
        if "port" not in str(error):
            raise
        _refuse(taken)
    wanted = [word.strip() for word in options.preload.split(",") if word.strip()]
    threading.Thread(target=prepare, args=(models, page.desk, wanted), daemon=True).start()
    print(f"Limner is at http://{options.host}:{options.port}", flush=True)
    page.block_thread()


if __name__ == "__main__":
    main()
