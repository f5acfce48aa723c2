"""facecue pose: pictures of faces into a pose library, whose poses keyframes name."""

import argparse
import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from protocols.arkit import INDEX, Floats
from protocols.errors import DecodeError
from streamer import pictures, poses
from streamer.arguments import above_zero
from streamer.brain import semanticface
from streamer.brain.endpoint import AnswerError, Endpoint, Query, TeacherError
from streamer.brain.teacher import KEY, read_reply
from streamer.cli import FAILED, FINE, USAGE, UserError
from streamer.face import acts
from streamer.face.describe import describe
from streamer.pictures import Picture, PictureError
from streamer.poses import Pose
from streamer.progress import Progress

LIBRARY: Final = Path("poses.jsonl")
_HEAD: Final = [INDEX[name] for name in ("HeadYaw", "HeadPitch", "HeadRoll")]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a reader of pictures saw."""

    values: Floats  # (61,), wire order
    remarks: Sequence[str] = ()


Read = Callable[[Picture], Look]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE", help="pictures of faces: JPEG, PNG, WebP, GIF")
    parser.add_argument("--library", type=Path, default=LIBRARY, metavar="FILE", help=f"the pose library ({LIBRARY})")
    parser.add_argument("--name", help="what the pose is called (as its file)")
    parser.add_argument("--force", action="store_true", help="write over a pose of that name")
    parser.add_argument("--list", action="store_true", help="print the library's poses")
    parser.add_argument("--no-head", action="store_true", help="leave out how the head is turned")
    parser.add_argument("--url", help="a vision model's OpenAI-compatible endpoint, http://HOST:PORT/v1, instead of "
                        "the landmarker of facecue[pose]")  # fmt: skip
    parser.add_argument("--model", metavar="NAME", help="its model (the first that the endpoint lists)")
    parser.add_argument("--timeout", type=above_zero, metavar="SECONDS", help="for its answer (120)")


def run(options: argparse.Namespace) -> int:
    _check(options)
    library = _load(options.library)
    if options.list:
        _print_all(library, options.library)
        return FINE
    failed = 0
    with _reader(options) as read, Progress("pictures") as progress:
        for done, image in enumerate(options.images, 1):
            try:
                _add(image, options, read, progress)
            except (PictureError, AnswerError, DecodeError) as error:
                progress.tell(f"facecue pose: {image}: {error}")
                failed += 1
            except TeacherError as error:
                raise UserError(f"{image}: {error}") from error
            progress.advance(1, done / len(options.images))
    return FAILED if failed else FINE


def _check(options: argparse.Namespace) -> None:
    if bool(options.images) == options.list:
        raise UserError("expected one or more IMAGE, or --list", USAGE)
    if options.name is not None and len(options.images) != 1:
        raise UserError("--name is for one IMAGE", USAGE)
    if not options.url and (options.model or options.timeout):
        raise UserError("--model and --timeout are the vision model's: --url is missing", USAGE)
    if options.name is not None:
        try:
            poses.check_name(options.name)
        except DecodeError as error:
            raise UserError(f"--{error}", USAGE) from error


def _load(path: Path) -> poses.Poses:
    """The poses of a library; one that is not there yet has none. Raises UserError."""
    try:
        return poses.load(path) if path.exists() else poses.NONE
    except (DecodeError, OSError) as error:
        raise UserError(str(error)) from error


def _add(image: Path, options: argparse.Namespace, read: Read, progress: Progress) -> None:
    """Makes a pose of a picture and writes it; what was written before stays, whatever comes after."""
    name = poses.check_name(options.name or image.stem)
    if name in _load(options.library) and not options.force:
        raise DecodeError(f"{options.library} has a pose {name!r}, expected another --name, or --force")
    look = read(pictures.read(image))
    for remark in look.remarks:
        progress.tell(f"facecue pose: {image}: {remark}")
    values = look.values.copy()
    if options.no_head:
        values[_HEAD] = 0
    source = image.name.encode(errors="replace").decode()  # of a system whose names need not be Unicode
    pose = Pose(name, describe(values), source, np.round(values, poses.DIGITS))
    library = dict(_load(options.library)) | {name: pose}  # read again: an endpoint takes its time
    poses.save(library.values(), options.library)
    _print(pose)


@contextlib.contextmanager
def _reader(options: argparse.Namespace) -> Iterator[Read]:
    """What reads the pictures, a vision model or the landmarker; raises UserError."""
    if options.url:
        yield _asking(options)
        return
    try:
        from streamer.landmarks import Landmarker  # its packages are an extra, and take their time to load

        landmarker = Landmarker()
    except (ImportError, OSError) as error:  # OSError: a library of the system that MediaPipe wants
        named = error.name if isinstance(error, ModuleNotFoundError) else None
        told = f"the landmarker wants the package {named}" if named else f"the landmarker cannot be loaded: {error}"
        raise UserError(f'{told}: pip install "facecue[pose]", or ask a vision model with --url') from error
    with landmarker:

        def look(picture: Picture) -> Look:
            sight = landmarker.read(picture)
            return Look(sight.values, [f"{sight.faces} faces, the largest is taken"] if sight.faces > 1 else [])

        yield look


def _asking(options: argparse.Namespace) -> Read:
    """A vision model behind an endpoint; raises UserError."""
    try:
        endpoint = Endpoint(options.url, key=os.environ.get(KEY, ""), timeout=options.timeout or 120.0)
        model = options.model or endpoint.first_model()
    except TeacherError as error:
        raise UserError(str(error)) from error

    def look(picture: Picture) -> Look:
        query = Query(model, semanticface.ask_picture(picture.url()), semanticface.TOKENS)
        reading = read_reply(endpoint.ask(query), semanticface.read_picture, "answer")
        return Look(acts.looking(reading.values), reading.remarks)

    return look


def _print(pose: Pose) -> None:
    print(f"{pose.name}: {pose.text}", flush=True)
    for name, value in poses.shown(pose.values).items():
        print(f"  {name:<20}{value:6.3f}")


def _print_all(library: Mapping[str, Pose], path: Path) -> None:
    if not library:
        raise UserError(f"{path} has no poses")
    width = max(map(len, library))
    for pose in library.values():
        print(f"{pose.name:<{width}}  {pose.text}" + (f"  ({pose.source})" if pose.source else ""))
