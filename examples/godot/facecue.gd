# A face that Facecue plays, for Godot 3: frames over WebSocket (binary or JSON) or VMC over UDP become the blend shapes
# of a MeshInstance. Names are matched whatever their case and prefix ("blendShape1.jawOpen", "JawOpen").
extends Node

signal frame(character, values)  # by the channels' names; over UDP there is no character

export var url = "ws://127.0.0.1:8765"  # with ?token=... where the driver asks for one; empty: no WebSocket
export var binary = true
export var character = ""  # empty: whoever comes first
export var udp_port = 0  # 39539 is what VMC uses; 0: no UDP
export var mesh_path = NodePath("Mesh")

const VERSION = 1  # of the binary frame
const HEAD_BYTES = 24  # before its values
const DEEPEST = 8  # OSC bundles in bundles
const LONGEST_PAUSE = 4.0

var names = []  # of the channels, as the driver's hello has them
var _socket = WebSocketClient.new()
var _udp = PacketPeerUDP.new()
var _properties = {}  # of the mesh, by the bare name in lower case
var _pending = {}
var _pause = 0.25  # seconds between two attempts to connect
var _wait = 0.0


func _ready():
	bind(get_node_or_null(mesh_path))
	_socket.connect("connection_established", self, "_opened")
	_socket.connect("connection_closed", self, "_closed")
	_socket.connect("connection_error", self, "_closed")
	_socket.connect("data_received", self, "_received")
	if udp_port and _udp.listen(udp_port, "127.0.0.1") != OK:
		push_warning("facecue cannot listen on port %d" % udp_port)


func bind(mesh_instance):
	_properties = {}
	if mesh_instance == null or not mesh_instance.mesh is ArrayMesh:
		return
	for i in range(mesh_instance.mesh.get_blend_shape_count()):
		var name = mesh_instance.mesh.get_blend_shape_name(i)
		_properties[name.substr(name.find_last(".") + 1).to_lower()] = "blend_shapes/" + name


func say(who, text, more = {}):
	var line = {"type": "line", "character": who, "text": text}
	for key in more:
		line[key] = more[key]
	_send(line)


func _process(delta):
	while _udp.is_listening() and _udp.get_available_packet_count():
		_read_osc(_udp.get_packet(), 0)
	if not url:
		return
	if _socket.get_connection_status() != NetworkedMultiplayerPeer.CONNECTION_DISCONNECTED:
		_socket.poll()
		return
	_wait -= delta
	if _wait <= 0:
		_wait = _pause
		_pause = min(2 * _pause, LONGEST_PAUSE)
		_socket.connect_to_url(url)


func _opened(_protocol):
	_pause = 0.25
	var format = "binary" if binary else "json"
	_send({"type": "subscribe", "characters": [character if character else "*"], "format": format, "rate": 60})


func _closed(_was_clean = false):
	_wait = _pause


func _send(message):
	var peer = _socket.get_peer(1)
	peer.set_write_mode(WebSocketPeer.WRITE_MODE_TEXT)
	peer.put_packet(to_json(message).to_utf8())


func _received():
	var packet = _socket.get_peer(1).get_packet()
	if not _socket.get_peer(1).was_string_packet():  # true of the packet read last
		_read_binary(packet)
		return
	var message = parse_json(packet.get_string_from_utf8())
	if message is Dictionary and message.get("type") == "hello":
		names = message.names
	if message is Dictionary and message.get("type") == "frame":
		for who in message.characters:
			_show(who, message.characters[who])
			if not character:
				return


# The layout is described in protocols/frames.py.
func _read_binary(packet):
	var data = StreamPeerBuffer.new()
	data.data_array = packet
	if packet.size() < HEAD_BYTES or data.get_u8() != VERSION:
		return
	var width = data.get_u8()
	var count = data.get_u16()
	data.seek(HEAD_BYTES + 4 * width * count)
	for i in range(count):
		var who = data.get_utf8_string(data.get_u16())
		if not character or who == character:
			data.seek(HEAD_BYTES + 4 * width * i)
			var values = []
			for _channel in range(width):
				values.append(data.get_float())
			_show(who, values)
			return


func _read_osc(packet, depth):
	var data = StreamPeerBuffer.new()
	data.big_endian = true
	data.data_array = packet
	var address = _read_text(data)
	if address == "#bundle" and depth < DEEPEST:
		data.seek(16)
		while data.get_available_bytes() >= 4:
			var size = data.get_32()
			if size <= 0 or size > data.get_available_bytes():
				return
			_read_osc(data.get_data(size)[1], depth + 1)
	elif address == "/VMC/Ext/Blend/Apply":
		_apply(character, _pending)
	elif address == "/VMC/Ext/Blend/Val" and _read_text(data).begins_with(",sf"):
		var name = _read_text(data)
		if data.get_available_bytes() >= 4:
			_pending[name] = data.get_float()


# A string of OSC ends with a NUL and is padded to 4 bytes.
func _read_text(data):
	var text = PoolByteArray()
	while data.get_available_bytes():
		var byte = data.get_u8()
		if not byte:
			break
		text.append(byte)
	var rest = -data.get_position() & 3
	data.seek(min(data.get_position() + rest, data.get_size()))
	return text.get_string_from_utf8()


func _show(who, values):
	var by_name = {}
	for i in range(min(names.size(), values.size())):
		by_name[names[i]] = values[i]
	_apply(who, by_name)


func _apply(who, values):
	var mesh_instance = get_node_or_null(mesh_path)
	for name in values:
		var property = _properties.get(name.to_lower())
		if property and mesh_instance:
			mesh_instance.set(property, values[name])
	emit_signal("frame", who, values)
