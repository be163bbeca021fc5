"""Reads the notebook that nbconvert executed: every cell must show what it should."""

import sys

import nbformat

notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
assert outputs[0] == [], outputs[0]
assert outputs[1][0].text == "the sum is 6\n", outputs[1]
assert outputs[1][1].data["text/plain"] == "6", outputs[1]
assert "text/html" in outputs[2][0].data, outputs[2]
lines = "".join(output.text for output in outputs[3]).splitlines()
assert lines == [f"line {i}" for i in range(20000)], len(lines)
print("nbconvert: the executed notebook is right")
