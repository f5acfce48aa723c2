# Names the strongest shapes of the moment, so that there is something to see before a model is in the scene.
extends Label

const COUNT = 8
const LEAST = 0.05


func show_strongest(character, values):
	var rows = []
	for name in values:
		if values[name] >= LEAST:
			rows.append([values[name], name])
	rows.sort()
	rows.invert()
	text = character
	for i in range(min(COUNT, rows.size())):
		text += "\n%.2f  %s" % [rows[i][0], rows[i][1]]
