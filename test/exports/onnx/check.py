"""Checks every model of a folder with the reference implementation of ONNX and with onnxruntime's own package.

For each <name>.onnx: the full check, strict shape inference with known sizes for every output, and the outputs that
<name>.json expects:
  {"inputs": {"x": {"type": "float32", "dims": [2, 3], "data": [...]}}, "outputs": {...}, "tolerance": 1e-5}
null stands for NaN. An output may differ by tolerance * max(1, largest expected value).
Prints {"models": count, "failures": [...]}; the exit code is 1 if anything failed.
"""
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime


def array_of(tensor):
    values = [float("nan") if value is None else value for value in tensor["data"]]
    return numpy.array(values, dtype=tensor["type"]).reshape(tensor["dims"])


def check_shapes(model):
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    for output in inferred.graph.output:
        dims = output.type.tensor_type.shape.dim
        if not all(dim.HasField("dim_value") or dim.HasField("dim_param") for dim in dims):
            raise ValueError(f"output {output.name}: a size is unknown")
    known = {value.name for value in inferred.graph.value_info} | {value.name for value in inferred.graph.output}
    for node in inferred.graph.node:
        for name in node.output:
            if name and name not in known:
                raise ValueError(f"no shape is inferred for {name} of {node.op_type}")


def check_values(path, expected):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = list(expected["outputs"])
    found = session.run(names, {name: array_of(tensor) for name, tensor in expected["inputs"].items()})
    for name, values in zip(names, found):
        wanted = array_of(expected["outputs"][name])
        if values.shape != wanted.shape:
            raise ValueError(f"output {name} has the shape {values.shape}, not {wanted.shape}")
        finite = wanted[numpy.isfinite(wanted)]
        limit = expected["tolerance"] * max(1.0, float(numpy.abs(finite).max(initial=0)))
        if not numpy.allclose(values, wanted, rtol=0, atol=limit, equal_nan=True):
            raise ValueError(f"output {name} differs by {numpy.nanmax(numpy.abs(values - wanted))}")


def main(folder):
    failures = []
    paths = sorted(pathlib.Path(folder).glob("*.onnx"))
    for path in paths:
        try:
            model = onnx.load(str(path))
            onnx.checker.check_model(model, full_check=True)
            check_shapes(model)
            check_values(path, json.loads(path.with_suffix(".json").read_text()))
        except Exception as error:
            failures.append(f"{path.stem}: {error}")
    print(json.dumps({"models": len(paths), "failures": failures}))
    return 1 if failures or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
