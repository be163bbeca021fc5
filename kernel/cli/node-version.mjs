// Syntax that any Node since 14 can read: its only job is to say, in one line, that a Node is too old.
const [major, minor] = process.versions.node.split(".").map(Number);

export function checkNodeVersion() {
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`tickbook needs Node 20.19 or later; this is Node ${process.versions.node}.`);
  process.exit(2);
}
