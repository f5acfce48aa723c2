"""Makes a tiny Qwen3 with its tokenizer, and a LoRA adapter with which it knows one scene and one face by heart.

Run with an interpreter that has transformers and peft: make.py FOLDER. Written are FOLDER/babbler (untrained),
FOLDER/adapter, and FOLDER/pupil, the two in one.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from streamer.brain.keyframeface import Scene, ask_face, ask_scene
from streamer.cues import Prompt

LINE: Final = "Halt!"
SCENE: Final = Scene("Night.", "fear", ("Brows down.",))
WORDS: Final = json.dumps({"background": SCENE.background, "emotion": SCENE.emotion, "keyframes": list(SCENE.faces)})
FACE: Final = '{"Keyframe_one": {"BrowDownLeft": 0.4, "BrowDownRight": 0.4, "JawOpen": 0.1}}'
LESSONS: Final = ((ask_scene(Prompt(LINE)), WORDS), (ask_face(SCENE, 0), FACE))
MOST_STEPS: Final = 1000
ENDS: Final = 16  # tokens of some five hundred, none of them in the lessons, that end an answer
BEGIN, END = "<|im_start|>", "<|im_end|>"
TEMPLATE: Final = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_tokenizer() -> Any:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=512, special_tokens=[BEGIN, END], initial_alphabet=alphabet)
    texts = [text for asked, said in LESSONS for text in (*(message["content"] for message in asked), said)]
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=END)
    fast.chat_template = TEMPLATE
    return fast


def make_network(tokenizer: Any) -> Any:
    shape = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=32, max_position_embeddings=8192, bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.2,  # frozen, the last layer has to be loud enough to be made sure
    )  # fmt: skip
    network = Qwen3ForCausalLM(shape)
    said = {token for _, words in LESSONS for token in tokenizer(words).input_ids}
    ends = [token for token in range(len(tokenizer)) if token not in said][:ENDS]
    network.generation_config.eos_token_id = [tokenizer.eos_token_id, *ends]  # else it would babble to the very last
    network.generation_config.max_length = None
    return network


def teach(network: Any, tokenizer: Any) -> Any:
    """The network with an adapter that has learned the lessons."""
    network = get_peft_model(network, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"))
    optimizer = torch.optim.AdamW((p for p in network.parameters() if p.requires_grad), 1e-2)
    rows = [_row(tokenizer, asked, said) for asked, said in LESSONS]
    for step in range(MOST_STEPS):
        losses = [network(input_ids=ids, labels=labels).loss for ids, labels in rows]
        if max(losses) < 0.02:
            print(f"learned in {step} steps")
            return network
        optimizer.zero_grad()
        sum(losses).backward()
        optimizer.step()
    raise SystemExit(f"not learned in {MOST_STEPS} steps: {[float(loss) for loss in losses]}")


def _row(tokenizer: Any, asked: Any, said: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids, and as labels those of the answer."""
    before = tokenizer(tokenizer.apply_chat_template(list(asked), add_generation_prompt=True, tokenize=False)).input_ids
    after = tokenizer(said + END).input_ids
    return torch.tensor([before + after]), torch.tensor([[-100] * len(before) + after])


def main(folder: Path) -> None:
    torch.manual_seed(7)
    torch.set_num_threads(1)
    tokenizer = make_tokenizer()
    network = make_network(tokenizer)
    network.save_pretrained(folder / "babbler")
    taught = teach(network, tokenizer)
    taught.save_pretrained(folder / "adapter")
    taught.merge_and_unload().save_pretrained(folder / "pupil")
    for name in ("babbler", "pupil"):
        tokenizer.save_pretrained(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
