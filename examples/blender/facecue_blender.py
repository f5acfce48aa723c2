"""Facecue for Blender: shape keys follow the driver over UDP, by Live Link or VMC, and become keyframes on demand.

Install it in Preferences > Add-ons > Install from Disk. You will see a panel "Facecue" in the 3D view's sidebar (N):
select a head with ARKit's shape keys, press Start, then `facecue say` a line, and the head acts it.
"""

import math
import socket
import struct
import time

import bpy

bl_info = {
    "name": "Facecue",
    "author": "Facecue",
    "version": (1, 0, 0),
    "blender": (3, 3, 0),
    "location": "3D View > Sidebar > Facecue",
    "description": "Shape keys that follow Facecue over UDP",
    "category": "Animation",
}

SHAPES = (
    "EyeBlinkLeft", "EyeLookDownLeft", "EyeLookInLeft", "EyeLookOutLeft", "EyeLookUpLeft", "EyeSquintLeft",
    "EyeWideLeft", "EyeBlinkRight", "EyeLookDownRight", "EyeLookInRight", "EyeLookOutRight", "EyeLookUpRight",
    "EyeSquintRight", "EyeWideRight", "JawForward", "JawLeft", "JawRight", "JawOpen", "MouthClose",
    "MouthFunnel", "MouthPucker", "MouthLeft", "MouthRight", "MouthSmileLeft", "MouthSmileRight",
    "MouthFrownLeft", "MouthFrownRight", "MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft",
    "MouthStretchRight", "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper",
    "MouthPressLeft", "MouthPressRight", "MouthLowerDownLeft", "MouthLowerDownRight", "MouthUpperUpLeft",
    "MouthUpperUpRight", "BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight",
    "CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight", "TongueOut",
)  # fmt: skip
BY_LOWER = {name.lower(): name for name in SHAPES}
CHANNELS = 61  # of a Live Link packet: the shapes, then nine rotations
LONGEST_NAME = 256  # bytes, as Unreal's receiver has it
DEEPEST = 8  # OSC bundles in bundles
TICK = 1 / 60  # seconds between two looks at the socket


def read_live_link(data):
    """The subject of a Live Link Face packet and its weights by name; None for anything else."""
    at, texts = 1, []
    for _ in range(2):
        if at + 4 > len(data):
            return None
        (length,) = struct.unpack_from(">i", data, at)
        if not 0 <= length <= LONGEST_NAME:
            return None
        texts.append(data[at + 4 : at + 4 + length].decode("utf-8", "replace"))
        at += 4 + length
    at += 16  # frame number, sub-frame and rate
    if data[0] != 6 or len(data) != at + 1 + 4 * CHANNELS or data[at] != CHANNELS:
        return None
    return texts[1], dict(zip(SHAPES, struct.unpack_from(f">{len(SHAPES)}f", data, at + 1), strict=True))


def read_vmc(data, pending, depth=0):
    """Takes the weights of an OSC packet into `pending`; returns whether it ended a frame."""
    address, at = read_text(data, 0)
    if address == "#bundle" and depth < DEEPEST:
        at, is_frame = 16, False
        while at + 4 <= len(data):
            (size,) = struct.unpack_from(">i", data, at)
            if not 0 < size <= len(data) - at - 4:
                break
            is_frame |= read_vmc(data[at + 4 : at + 4 + size], pending, depth + 1)
            at += 4 + size
        return is_frame
    if address == "/VMC/Ext/Blend/Val":
        tags, at = read_text(data, at)
        name, at = read_text(data, at)
        if tags.startswith(",sf") and name.lower() in BY_LOWER and at + 4 <= len(data):
            (pending[BY_LOWER[name.lower()]],) = struct.unpack_from(">f", data, at)
    return address == "/VMC/Ext/Blend/Apply"


def read_text(data, at):
    """The OSC string at `at`, and where the next field begins."""
    end = data.find(b"\0", at)
    if end < 0:
        return "", len(data)
    return data[at:end].decode("utf-8", "replace"), end + 4 - end % 4


class Receiver:
    """A UDP port and the weights that last came in on it."""

    def __init__(self, port, subject):
        self.subject = subject  # of Live Link; empty: any
        self.weights = {}
        self._pending = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError:
            self._socket.close()
            raise
        self._socket.setblocking(False)

    def take(self):
        """Reads what has come; returns whether there is a new frame."""
        is_new = False
        while True:
            try:
                is_new |= self._read(self._socket.recv(65536))
            except BlockingIOError:
                return is_new
            except OSError:  # about a datagram of someone else's
                continue

    def close(self):
        self._socket.close()

    def _read(self, data):
        packet = read_live_link(data) if data[:1] == b"\6" else None
        if packet is None and not read_vmc(data, self._pending):
            return False
        if packet is not None and self.subject not in ("", packet[0]):
            return False
        weights = self._pending if packet is None else packet[1]
        self.weights.update({name: min(max(v, 0.0), 1.0) for name, v in weights.items() if math.isfinite(v)})
        return True


def keys_of(target):
    """The shape keys of an object that bear a channel's name, whatever their case and prefix."""
    keys = target.data.shape_keys if target and target.type == "MESH" else None
    bare = {key.name.rpartition(".")[2].lower(): key for key in keys.key_blocks} if keys else {}
    return {name: bare[name.lower()] for name in SHAPES if name.lower() in bare}


def apply(target, weights, frame=None):
    """Sets the object's shape keys, and keyframes them where a frame is given."""
    for name, key in keys_of(target).items():
        if name in weights:
            key.value = weights[name]
            if frame is not None:
                key.keyframe_insert("value", frame=frame)


class Face:
    """The receiver that runs, and whom it moves; there is one at a time."""

    receiver = None
    target = ""
    began = None  # of a recording: the second and the scene's frame


def play():
    """Blender's timer: moves the face, and comes again in a sixtieth of a second until it is stopped."""
    if Face.receiver is None:
        return None
    scene = bpy.context.scene
    if not scene.facecue.record:
        Face.began = None
    if Face.receiver.take():
        frame = recorded_frame(scene, time.monotonic()) if scene.facecue.record else None
        apply(bpy.data.objects.get(Face.target), Face.receiver.weights, frame)
    return TICK


def recorded_frame(scene, now):
    """Where a keyframe goes: from the scene's frame of the recording's beginning, on by the clock."""
    Face.began = Face.began or (now, scene.frame_current)
    return round(Face.began[1] + (now - Face.began[0]) * scene.render.fps / scene.render.fps_base)


class FacecueSettings(bpy.types.PropertyGroup):
    port: bpy.props.IntProperty(name="Port", default=11111, min=1, max=65535)
    subject: bpy.props.StringProperty(name="Subject", description="Of Live Link, the character's name; empty: any")
    record: bpy.props.BoolProperty(name="Record", description="Set keyframes, from the current frame on")


class FACECUE_OT_start(bpy.types.Operator):  # noqa: N801 - Blender wants such names
    """Makes the active object's shape keys follow the driver"""

    bl_idname = "facecue.start"
    bl_label = "Start"

    @classmethod
    def poll(cls, context):
        return Face.receiver is None and bool(keys_of(context.active_object))

    def execute(self, context):
        settings = context.scene.facecue
        try:
            Face.receiver = Receiver(settings.port, settings.subject)
        except OSError as error:
            self.report({"ERROR"}, f"cannot listen on port {settings.port}: {error.strerror}")
            return {"CANCELLED"}
        Face.target = context.active_object.name
        bpy.app.timers.register(play, persistent=True)
        return {"FINISHED"}


class FACECUE_OT_stop(bpy.types.Operator):  # noqa: N801 - Blender wants such names
    """Ends it; the face stays as it is"""

    bl_idname = "facecue.stop"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context):
        return Face.receiver is not None

    def execute(self, context):
        stop()
        return {"FINISHED"}


class FACECUE_PT_panel(bpy.types.Panel):  # noqa: N801 - Blender wants such names
    bl_label = "Facecue"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Facecue"

    def draw(self, context):
        layout, settings = self.layout, context.scene.facecue
        layout.prop(settings, "port")
        layout.prop(settings, "subject")
        layout.operator("facecue.stop" if Face.receiver else "facecue.start")
        layout.prop(settings, "record", toggle=True)
        if Face.receiver:
            layout.label(text=f"{Face.target}: {len(Face.receiver.weights)} shapes received")
        else:
            layout.label(text=f"{len(keys_of(context.active_object))} shape keys with ARKit's names")


CLASSES = (FacecueSettings, FACECUE_OT_start, FACECUE_OT_stop, FACECUE_PT_panel)


def stop():
    if Face.receiver is not None:
        Face.receiver.close()
        Face.receiver = None


def register():
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.facecue = bpy.props.PointerProperty(type=FacecueSettings)


def unregister():
    stop()
    if bpy.app.timers.is_registered(play):
        bpy.app.timers.unregister(play)
    del bpy.types.Scene.facecue
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)


if __name__ == "__main__":
    register()
