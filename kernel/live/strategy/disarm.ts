/** What of `process` acts on others, or hands out what does. Nothing that this process still has to do needs it. */
const TOOLS = [
  "kill",
  "_kill",
  "dlopen",
  "binding",
  "_linkedBinding",
  "getBuiltinModule",
  "mainModule",
  "chdir",
];

/**
 * Behind the wall of the bundle's context: what leaked through it finds no way from an object to code made of text, and
 * a `process` that can do little. Called once everything is loaded.
 */
export function disarm(): void {
  for (const made of [() => {}, async () => {}, function* () {}, async function* () {}]) {
    Reflect.deleteProperty(Object.getPrototypeOf(made) as object, "constructor");
  }
  for (const name of TOOLS) {
    Reflect.deleteProperty(process, name);
    // Some stand on what it inherits from.
    if (name in process) Object.defineProperty(process, name, { value: undefined });
  }
}
