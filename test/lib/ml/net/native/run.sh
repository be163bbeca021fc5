#!/usr/bin/env bash
# The tests of networks, with native TensorFlow installed. The install script of @tensorflow/tfjs-node downloads a binary;
# here its binding is compiled from the sources in its package, against the library in TensorFlow's Python wheel.
# Needs g++, the headers of Node beside its binary, and PYTHON with pip. Run it from the top: bash test/lib/ml/net/native/run.sh
set -euo pipefail
cd "$(dirname "$0")/../../../../.."
here="$PWD/test/lib/ml/net/native"
home="$PWD/var/tensorflow"
python="${PYTHON:-python3}"
headers="$(dirname "$(dirname "$(node -p process.execPath)")")/include/node"

package="$home/node_modules/@tensorflow/tfjs-node"
binding="$package/lib/napi-v8/tfjs_binding.node"
if [ ! -f "$binding" ]; then
  mkdir -p "$home"
  cp "$here/package.json" "$home/"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$home"
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps -d "$home" -r "$here/requirements.txt"
  "$python" -m zipfile -e "$home"/tensorflow*.whl "$home/wheel"
  rm "$home"/tensorflow*.whl
  mkdir -p "$package/deps/lib" "$(dirname "$binding")"
  ln -sf "$home/wheel/tensorflow/libtensorflow_cc.so.2" "$home/wheel/tensorflow/libtensorflow_framework.so.2" "$package/deps/lib/"
  ln -sf libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
  ln -sf libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"
  g++ -O2 -shared -fPIC -std=c++17 -DNAPI_VERSION=8 -DNODE_GYP_MODULE_NAME=tfjs_binding -DBUILDING_NODE_EXTENSION \
    -I"$headers" -I"$package/.." -I"$package" -I"$home/wheel/tensorflow/include" \
    "$package/binding/tfjs_backend.cc" "$package/binding/tfjs_binding.cc" \
    -L"$package/deps/lib" -ltensorflow -ltensorflow_framework '-Wl,-rpath,$ORIGIN/../../deps/lib' -o "$binding"
fi

# A copy of the sources in which the package's name means the real one; all else is found in the folders above.
copy="$PWD/var/native"
rm -rf "$copy"
mkdir -p "$copy/node_modules/@tensorflow"
ln -s "$package" "$copy/node_modules/@tensorflow/tfjs-node"
git ls-files -z package.json tsconfig.json vitest.config.ts features lib exports test/lib/ml/net test/temporary-folder.ts |
  xargs -0 cp --parents -t "$copy"
cp -r dist "$copy/"
cd "$copy"
TICKBOOK_SKIP_BUILD=1 TICKBOOK_REQUIRE_TFJS_NODE=1 npx vitest run test/lib/ml/net
