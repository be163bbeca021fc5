// Makes an API key of the simulated exchange, unless the file is there already:
//   node docker/make-key.mjs <file>
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

const [, , path] = process.argv;
const key = { apiKey: randomBytes(16).toString("hex"), secret: randomBytes(32).toString("hex") };
try {
  // Daemon and exchange refuse a key that others may read.
  writeFileSync(path, JSON.stringify(key), { mode: 0o600, flag: "wx" });
} catch (error) {
  if (error.code !== "EEXIST") throw error;
}
