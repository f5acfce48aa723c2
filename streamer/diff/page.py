"""A comparison as one page that needs nothing else: both faces at every keyframe, drawn as the preview draws them."""

import base64
import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Final

from streamer.diff.report import Report, as_json

_DRAWING: Final = "face.js"  # of the preview, with the parts of the face beside it
_PREFIX: Final = "facecue/"  # modules within a page have no folder: their relative imports get names of their own
_IMPORT: Final = re.compile(r'(from\s+)"\./(?:face/)?([\w.]+)"')
_PLACES: Final = re.compile(r"<!--(style|modules|figures|script)-->")


def encode(told: Report) -> bytes:
    """The page; what stands in it is text, whatever it looks like."""
    own = resources.files("streamer.diff")
    parts = {
        "style": own.joinpath("page.css").read_text("utf-8"),
        "modules": _quoted({"imports": dict(_modules())}),
        "figures": _quoted(as_json(told)),
        "script": own.joinpath("page.js").read_text("utf-8"),
    }
    whole = own.joinpath("page.html").read_text("utf-8")
    return _PLACES.sub(lambda place: parts[place[1]], whole).encode()


def _modules() -> Iterator[tuple[str, str]]:
    """The drawing's modules by the names that they are imported by, each as an address that holds it."""
    preview = resources.files("streamer") / "preview"
    for module in (preview / _DRAWING, *(preview / "face").iterdir()):
        if module.name.endswith(".js"):
            source = _IMPORT.sub(rf'\1"{_PREFIX}\2"', module.read_text("utf-8"))
            yield _PREFIX + module.name, "data:text/javascript;base64," + base64.b64encode(source.encode()).decode()


def _quoted(value: object) -> str:
    """JSON that ends no script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
