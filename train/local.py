"""A language model and its adapter in this process: for distilling without a server, one answer at a time."""

import hashlib
import importlib.util
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

from streamer.brain.endpoint import Query, Reply, TeacherError
from streamer.cli import UserError

NEEDED: Final = ("torch", "transformers", "peft")
_WEIGHTS: Final = "adapter_model.safetensors"
_SHOWN: Final = 200  # characters of a library's complaint


class Local:
    """A model by its folder or its name on a hub, and the folder of a LoRA adapter; loaded when it is first asked."""

    def __init__(self, model: str, adapter: str = "") -> None:
        """Raises UserError where something is missing."""
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise UserError(f"--local needs {' and '.join(missing)}: pip install 'facecue[local]'")
        self.scene_name = model
        self.name = f"{model}+{_fingerprint(adapter)}" if adapter else model
        self._model, self._adapter = model, adapter
        self._alone = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None  # Any: transformers' classes are made at run time

    def ask(self, query: Query) -> Reply:
        """The tuned model's answer; raises TeacherError."""
        return self._answer(query, nullcontext())

    def ask_scene(self, query: Query) -> Reply:
        """The answer of the model without its adapter, which was not tuned for stage one; raises TeacherError."""
        with self._alone:
            network, _ = self._load()
        return self._answer(query, network.disable_adapter() if self._adapter else nullcontext())

    def _answer(self, query: Query, as_wanted: AbstractContextManager[Any]) -> Reply:  # Any: see __init__
        import torch

        with self._alone, as_wanted, torch.inference_mode():
            network, tokenizer = self._load()
            given = tokenizer.apply_chat_template(
                [dict(message) for message in query.messages], add_generation_prompt=True, return_dict=True,
                return_tensors="pt",
            ).to(network.device)  # fmt: skip
            try:
                ids = network.generate(**given, max_new_tokens=query.max_tokens, **_GREEDY)
            except RuntimeError as error:  # of memory, mostly
                raise TeacherError(f"{query.model}: {_short(error)}") from error
        asked = given["input_ids"].shape[1]
        said = ids[0, asked:].tolist()
        is_cut = len(said) >= query.max_tokens and said[-1] not in _ends(network)
        return Reply(tokenizer.decode(said, skip_special_tokens=True), asked, len(said), is_cut)

    def _load(self) -> tuple[Any, Any]:  # Any: see __init__
        if self._loaded is None:
            try:
                self._loaded = _network(self._model, self._adapter)
            except Exception as error:  # these libraries raise whatever theirs raise
                raise TeacherError(f"cannot load {self.name}: {_short(error)}") from error
        return self._loaded


_GREEDY: Final = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}  # temperature 0


def _network(model: str, adapter: str) -> tuple[Any, Any]:  # Any: see Local
    """The model, on the GPU where there is one, and its tokenizer."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model, dtype="auto", device_map="auto")
    if adapter:
        network = PeftModel.from_pretrained(network, adapter)
    return network.eval(), tokenizer


def _fingerprint(adapter: str) -> str:
    """The adapter's name with what it holds: answers that are kept are of these very weights."""
    weights = Path(adapter) / _WEIGHTS
    try:
        with weights.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"cannot read {weights}: {error.strerror}") from error
    return f"{Path(adapter).resolve().name}@{digest[:12]}"


def _ends(network: Any) -> list[int]:  # Any: see Local
    end = network.generation_config.eos_token_id
    return end if isinstance(end, list) else [end]


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:_SHOWN] or type(error).__name__
