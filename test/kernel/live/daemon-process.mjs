// The daemon in a process of its own, which ends itself with SIGKILL at the n-th passing of a named point.
const [, , root, text] = process.argv;
const { startDaemon } = await import(new URL("dist/kernel/live/index.js", root).href);
const { crashAt, ...options } = JSON.parse(text);

let left = crashAt?.count ?? 0;
const daemon = await startDaemon({
  ...options,
  onLog: (level, message) => console.error(`${level}: ${message}`),
  onPoint(point) {
    if (!crashAt || (crashAt.point !== "any" && point !== crashAt.point)) return;
    if (--left === 0) process.kill(process.pid, "SIGKILL");
  },
});
process.once("SIGTERM", () => daemon.stop());
await daemon.ended;
