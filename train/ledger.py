"""What large models were asked and what it cost: nothing is asked, and paid for, twice.

An append-only file of JSON lines, one an answer, named by the hash of its request. An answer is written before it is
used, so that a run that is killed loses only what was under way. The budget holds over all runs with the same file.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from streamer.brain.endpoint import MAX_BYTES, Query, Reply, TeacherError
from streamer.cli import UserError
from streamer.files import append, claim

OVERHEAD: Final = 64  # tokens that an endpoint may add to a request of its own, for roles and turns


class OverBudget(TeacherError):  # noqa: N818 - what happened
    """The next request could pass the budget."""


@dataclass(slots=True)
class Cost:
    """Tokens, and whether the endpoint counted all of them."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    answers: int = 0
    uncounted: int = 0  # answers whose tokens the endpoint did not tell; counted at their most

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.answer_tokens

    def add(self, reply: Reply, most: tuple[int, int]) -> None:
        self.answers += 1
        self.uncounted += reply.prompt_tokens is None or reply.answer_tokens is None
        self.prompt_tokens += most[0] if reply.prompt_tokens is None else reply.prompt_tokens
        self.answer_tokens += most[1] if reply.answer_tokens is None else reply.answer_tokens

    def __str__(self) -> str:
        told = f"{self.answers} answers, {self.prompt_tokens} tokens in and {self.answer_tokens} out"
        return told + (f" ({self.uncounted} of them counted at their most)" if self.uncounted else "")


class Ledger:
    """The answers of a file, asked for from many threads; `budget` is in tokens, None for none."""

    def __init__(self, path: Path, budget: int | None = None) -> None:
        """Reads what is there; raises UserError."""
        self.total, self.new = Cost(), Cost()
        self.known = 0  # requests that were answered from the file
        self._budget, self._reserved = budget, 0
        self._changed = threading.Condition()
        self._answers: dict[str, Future[Reply]] = {}
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from error
        try:
            claim(self._file, path)
            self._read(path)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        with self._changed:
            os.close(self._file)
            self._file = -1

    def through(self, ask: Callable[[Query], Reply]) -> Callable[[Query], Reply]:
        """The same as `ask`, but what is known is not asked for, and what is new is kept."""

        def answer(query: Query) -> Reply:
            name = hashlib.sha256(query.body()).hexdigest()
            with self._changed:
                known = self._answers.get(name)
                if known is None:
                    mine = self._answers[name] = Future()
                else:
                    self.known += 1
            if known is not None:
                return known.result()
            try:
                reply = self._pay(name, query, ask)
            except BaseException as error:
                with self._changed:
                    del self._answers[name]  # may be asked again
                mine.set_exception(error)
                raise
            mine.set_result(reply)
            return reply

        return answer

    def _pay(self, name: str, query: Query, ask: Callable[[Query], Reply]) -> Reply:
        most = _most(query)
        with self._reserving(sum(most)):
            reply = ask(query)
            row = {"request": name, "model": query.model, "most": most} | asdict(reply)
            with self._changed:
                if self._file < 0:
                    raise TeacherError("the run has ended")
                append(self._file, json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
                self.total.add(reply, most)
                self.new.add(reply, most)
        return reply

    @contextlib.contextmanager
    def _reserving(self, tokens: int) -> Iterator[None]:
        """Holds what a request may cost at most; waits for others where the rest is theirs."""
        with self._changed:
            while self._budget is not None and self.total.tokens + self._reserved + tokens > self._budget:
                if not self._reserved:
                    left = self._budget - self.total.tokens
                    raise OverBudget(
                        f"the budget of {self._budget} tokens has {left} left, a request may need {tokens}"
                    )
                self._changed.wait()
            self._reserved += tokens
        try:
            yield
        finally:
            with self._changed:
                self._reserved -= tokens
                self._changed.notify_all()

    def _read(self, path: Path) -> None:
        """What earlier runs paid for; a last line that was not finished is cut off."""
        end = 0
        with os.fdopen(os.dup(self._file), "rb") as stream:
            stream.seek(0)
            for number, row in enumerate(iter(lambda: stream.readline(MAX_BYTES * 2), b""), 1):
                if not row.endswith(b"\n"):
                    break
                end += len(row)
                self._take(row, f"{path}:{number}")
        os.ftruncate(self._file, end)

    def _take(self, row: bytes, where: str) -> None:
        try:
            kept = json.loads(row)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{where}: {str(error)[:80]}; move the file away to begin anew") from error
        match kept:
            case {"request": str(name), "most": [int(given), int(said)], "text": str(text), "is_cut": bool(is_cut)}:
                reply = Reply(text, _tokens(kept, "prompt_tokens"), _tokens(kept, "answer_tokens"), is_cut)
                self._answers[name] = Future()
                self._answers[name].set_result(reply)
                self.total.add(reply, (given, said))
                return
        raise UserError(f"{where} is no answer that was kept; move the file away to begin anew")


def _tokens(row: dict[str, Any], name: str) -> int | None:  # Any: JSON
    return row[name] if isinstance(row.get(name), int) else None


def _most(query: Query) -> tuple[int, int]:
    """What a request may cost: no token is less than a byte."""
    return len(query.body()) + OVERHEAD, query.max_tokens
