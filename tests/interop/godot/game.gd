# Plays the example's scene with a mesh that has the shapes named in FACECUE_SHAPES, and prints as JSON each frame of it
# that differs from the one before: what came, and what the mesh then has.
extends SceneTree

var last = ""
var mesh
var prefix = "blendShape1."


func _init():
	var face = load("res://face.tscn").instance()
	mesh = face.get_node("Mesh")
	mesh.mesh = head(OS.get_environment("FACECUE_SHAPES").split(","))
	face.url = OS.get_environment("FACECUE_URL")
	face.binary = OS.get_environment("FACECUE_BINARY") == "1"
	face.character = OS.get_environment("FACECUE_CHARACTER")
	face.udp_port = int(OS.get_environment("FACECUE_UDP"))
	face.connect("frame", self, "show_frame")
	face.connect("ready", self, "show_ready")
	get_root().add_child(face)


func show_ready():
	print("ready")


func head(names):
	var corners = PoolVector3Array([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0)])
	var arrays = []
	arrays.resize(Mesh.ARRAY_MAX)
	arrays[Mesh.ARRAY_VERTEX] = corners
	var shape = []
	shape.resize(Mesh.ARRAY_MAX)
	shape[Mesh.ARRAY_VERTEX] = corners
	var shapes = []
	var made = ArrayMesh.new()
	for name in names:
		made.add_blend_shape(prefix + name.to_lower())
		shapes.append(shape)
	made.add_surface_from_arrays(Mesh.PRIMITIVE_TRIANGLES, arrays, shapes)
	return made


func show_frame(character, values):
	var shown = {}
	for name in OS.get_environment("FACECUE_SHAPES").split(","):
		shown[name] = mesh.get("blend_shapes/" + prefix + name.to_lower())
	var line = to_json({"character": character, "values": exact(values), "mesh": exact(shown)})
	if line != last:
		last = line
		print(line)


# As text: to_json rounds numbers to six digits.
func exact(values):
	var texts = {}
	for name in values:
		texts[name] = "%.9f" % values[name]
	return texts
