// Gathers what the daemon needs at run time, from a clone that is installed and built, in a new folder:
//   node docker/daemon/pack.mjs <folder>
// The Dockerfile beside it does this, and test/docker/daemon-folder.test.ts trades from what it makes.
import { chmodSync, cpSync, existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** All packages that `tickbook live` loads while it trades a bundle with a model; a test traces them. */
const PACKAGES = JSON.parse(readFileSync(new URL("packages.json", import.meta.url), "utf8"));
// Without the build's settings, which would make the command line look for sources to build.
const OWN = ["package.json", "LICENSE", "kernel/cli/*.mjs", "dist"];

/** Read by compilers and debuggers only. */
const NOT_RUN = /\.([cm]?ts|map|tsbuildinfo)$/;
/** Native code lies in <platform>/<arch>. */
const NATIVE =
  /^node_modules\/(?:onnxruntime-node\/bin\/[^/]+|zeromq\/build)\/(aix|darwin|linux|win32)(?:\/([^/]+))?/;
/** ccxt a second and a third time, for browsers and for `require`. */
const OTHER_CCXT = /^node_modules\/ccxt\/dist\/(cjs$|ccxt\.browser)/;

function isNeeded(path) {
  const [, platform = process.platform, arch = process.arch] = NATIVE.exec(path) ?? [];
  const fits = platform === process.platform && arch === process.arch;
  return fits && !NOT_RUN.test(path) && !OTHER_CCXT.test(path);
}

function pack(to) {
  if (!to || existsSync(to)) throw new Error(`"${to ?? ""}": name a folder that does not exist yet`);
  for (const path of [...OWN, ...PACKAGES.map((name) => `node_modules/${name}`)]) {
    const [folder, ending] = path.split("/*");
    const isWanted = (from) => {
      const seen = relative(ROOT, from).replaceAll("\\", "/");
      return isNeeded(seen) && (ending === undefined || seen === folder || seen.endsWith(ending));
    };
    cpSync(join(ROOT, folder), join(to, folder), { recursive: true, filter: isWanted });
  }
  chmodSync(join(to, "kernel/cli/tickbook.mjs"), 0o755);
}

pack(process.argv[2]);
