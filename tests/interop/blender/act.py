"""Runs inside Blender: act.py ADDON PORT SHAPES FRAMES: a head with the shapes follows the add-on until FRAMES came.

Prints "ready", then a JSON line with the shape keys of every frame, then one with the keyframes, then "done".
"""

import importlib.util
import json
import sys
import time

import bpy

PREFIX = "blendShape1."


def load(path):
    specification = importlib.util.spec_from_file_location("facecue_blender", path)
    addon = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(addon)
    return addon


def head(shapes):
    mesh = bpy.data.meshes.new("head")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    made = bpy.data.objects.new("Head", mesh)
    bpy.context.scene.collection.objects.link(made)
    for name in ("Basis", *(PREFIX + shape.lower() for shape in shapes)):
        made.shape_key_add(name=name)
    bpy.context.view_layer.objects.active = made
    return made


def values(made):
    return {key.name.removeprefix(PREFIX): key.value for key in made.data.shape_keys.key_blocks[1:]}


def keyframes(made):
    animation = made.data.shape_keys.animation_data
    curves = animation.action.layers[0].strips[0].channelbag(animation.action_slot).fcurves
    return {
        curve.data_path.split('"')[1].removeprefix(PREFIX): [list(p.co) for p in curve.keyframe_points]
        for curve in curves
    }


class Layout:
    """Takes down what a panel shows."""

    def __init__(self):
        self.shown = []

    def prop(self, settings, name, **options):
        assert hasattr(settings, name)
        self.shown.append(name)

    def operator(self, name):
        self.shown.append(name)

    def label(self, text):
        self.shown.append(text)


def panel(addon):
    class Drawn:
        layout = Layout()

    addon.FACECUE_PT_panel.draw(Drawn, bpy.context)
    return Drawn.layout.shown


def main(path, port, shapes, frames):
    addon = load(path)
    addon.register()
    assert not addon.FACECUE_OT_start.poll(bpy.context)
    made = head(shapes)
    scene = bpy.context.scene
    scene.facecue.port = port
    scene.facecue.subject = "guard"
    scene.facecue.record = True
    scene.frame_current = 10
    assert panel(addon) == [
        "port",
        "subject",
        "facecue.start",
        "record",
        f"{len(shapes)} shape keys with ARKit's names",
    ]
    assert bpy.ops.facecue.start() == {"FINISHED"}
    assert panel(addon)[2] == "facecue.stop"
    assert bpy.app.timers.is_registered(addon.play)
    print("ready", flush=True)
    last = values(made)
    while frames:
        assert addon.play() == addon.TICK
        if values(made) != last:
            last = values(made)
            print(json.dumps(last), flush=True)
            frames -= 1
        time.sleep(0.002)
    print(json.dumps(keyframes(made)), flush=True)
    assert bpy.ops.facecue.stop() == {"FINISHED"}
    assert addon.play() is None
    assert bpy.ops.facecue.start() == {"FINISHED"}  # the port is free again
    addon.unregister()
    addon.register()
    addon.unregister()
    print("done")


main(sys.argv[1], int(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4]))
