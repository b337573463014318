"""The page: the photograph with its viewer and cells, a tab per editor. Run: python app.py --help"""

import argparse
import importlib
import os
import sys
import threading
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
if "--offline" in sys.argv:
    os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr  # noqa: E402  (reads the environment when imported)
from starlette.middleware import Middleware  # noqa: E402

from editors import widgets  # noqa: E402
from editors.desk import Desk  # noqa: E402
from editors.guards import Guards  # noqa: E402
from editors.models import Models  # noqa: E402
from editors.sessions import Sessions  # noqa: E402
from editors.step import EDITORS  # noqa: E402

A_DAY, AN_HOUR = 24 * 3600, 3600


def create_app(models: Models | None = None, sessions: Sessions | None = None) -> gr.Blocks:
    """The page as Gradio blocks; nothing is served yet."""
    desk = Desk(models or Models())
    with gr.Blocks(title="Limner", analytics_enabled=False, fill_width=True, delete_cache=(AN_HOUR, A_DAY)) as page:
        shared = widgets.Shared(desk, sessions or Sessions(), Path(page.GRADIO_CACHE))
        with gr.Column(elem_id="limner"):
            widgets.toolbar(shared)
            with gr.Row(elem_id="desk", equal_height=False):
                with gr.Column(elem_id="left", min_width=0):
                    widgets.picture(shared)
                with gr.Column(elem_id="right", min_width=0), gr.Tabs(elem_id="tabs"):
                    for name in EDITORS:
                        tab = importlib.import_module(f"editors.{name}.tab")
                        with gr.Tab(widgets.I18N(tab.TITLE), id=name):
                            tab.build(shared)
            widgets.footer(shared)
        shared.wire(page)
    page.desk = desk
    return page


def serve(page: gr.Blocks, **options: Any) -> tuple[Any, str, str]:
    """Serve the page; `options` go to Gradio's launch."""
    return page.queue(default_concurrency_limit=4).launch(
        **{
            "quiet": True, "show_error": False, "ssr_mode": False, "run_history": False, "footer_links": [],
            "max_file_size": "40mb", "allowed_paths": [], "theme": widgets.theme(), "head": widgets.head(),
            "i18n": widgets.I18N, "app_kwargs": {"middleware": [Middleware(Guards)]},
            "favicon_path": str(widgets.PAGE / "favicon.svg"),
        }
        | options
    )


def main(arguments: list[str] | None = None) -> None:
    """Serve from the command line until interrupted."""
    parser = argparse.ArgumentParser(description="Serve Limner's page.")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: this machine alone)")
    parser.add_argument("--port", type=int, default=7860, help="port (default: 7860)")
    parser.add_argument("--device", default="cpu", choices=["cpu"], help="where models run; all there are run on cpu")
    parser.add_argument("--offline", action="store_true", help="never look for models on the Hugging Face Hub")
    options = parser.parse_args(arguments)
    on_space = "SPACE_ID" in os.environ
    host = "0.0.0.0" if on_space else options.host
    page = create_app()
    try:
        serve(page, server_name=host, server_port=options.port, prevent_thread_lock=True)
    except OSError:
        parser.exit(2, f"Port {options.port} of {host} cannot be had. Choose another: python app.py --port 7861\n")
    threading.Thread(target=page.desk.warm_up, daemon=True).start()
    print(f"Limner is at http://{options.host}:{options.port}", flush=True)
    page.block_thread()


if __name__ == "__main__":
    main()
