#!/usr/bin/env bash
# The kernel against Jupyter's own tools: jupyter_kernel_test and nbconvert. Needs a build (npm run build) and a Python
# with jupyter_client, jupyter_kernel_test and nbconvert; PYTHON names it (default: python3).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../../../.." && pwd)"
python="${PYTHON:-python3}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# A kernelspec for this run alone, and nothing kept in the repository.
mkdir -p "$work/kernels/tickbook-conformance" "$work/runtime" "$work/here"
ROOT="$root" SPEC="$work/kernels/tickbook-conformance/kernel.json" node --input-type=module -e '
  import { writeFileSync } from "node:fs";
  import { pathToFileURL } from "node:url";
  const { kernelArgv } = await import(pathToFileURL(`${process.env.ROOT}/dist/kernel/jupyter/argv.js`).href);
  const spec = { argv: kernelArgv(), display_name: "tickbook", language: "typescript", interrupt_mode: "message" };
  writeFileSync(process.env.SPEC, JSON.stringify(spec));
'
export JUPYTER_PATH="$work" JUPYTER_RUNTIME_DIR="$work/runtime" JUPYTER_CONFIG_DIR="$work/config" IPYTHONDIR="$work/ipython"
cp "$here/sample.ipynb" "$work/here/"
cd "$work/here"
PYTHONDONTWRITEBYTECODE=1 "$python" "$here/test_kernel.py" -v 2>&1 | tee "$work/tests.log"
# A skipped test checks nothing: only the pager may be one.
if grep -E "skipped" "$work/tests.log" | grep -vE "No code page something|^OK \(skipped=1\)$"; then
  echo "a test was skipped" >&2
  exit 1
fi
"$python" -m nbconvert --to notebook --execute --output executed.ipynb sample.ipynb
"$python" "$here/check_notebook.py" executed.ipynb
