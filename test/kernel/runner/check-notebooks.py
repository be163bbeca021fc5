"""Validates every .ipynb file of a folder with Python's nbformat; needs `pip install nbformat`.

python3 test/kernel/runner/check-notebooks.py FOLDER [PREFIX]
"""

import pathlib
import sys

import nbformat

prefix = sys.argv[2] if len(sys.argv) > 2 else ""
files = sorted(pathlib.Path(sys.argv[1]).glob(f"{prefix}*.ipynb"))
if not files:
    sys.exit(f"no notebooks in {sys.argv[1]}")
for file in files:
    notebook = nbformat.reads(file.read_text(encoding="utf8"), as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    if prefix == "out-" and (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        sys.exit(f"{file} is of format {notebook.nbformat}.{notebook.nbformat_minor}")
print(f"{len(files)} valid notebooks")
