import { runCommand } from "./command.ts";
import type { ServiceContext } from "./index.ts";
import type { Call, Method } from "./lab-target.ts";
import { notebookParam, textParam } from "./params.ts";

/** Each is one `tickbook schedule` command. */
export function scheduleMethods({ root: cwd, home }: ServiceContext): Readonly<Record<string, Method>> {
  const run = ({ signal }: Call, args: readonly string[], input?: string) =>
    runCommand(["schedule", ...args], { cwd, signal, ...(input === undefined ? {} : { input }) });
  const atHome = (call: Call, args: readonly string[], input?: string) =>
    run(call, [...args, "--home", home], input);
  const about =
    (command: string, name: string): Method =>
    (call) =>
      atHome(call, [command, textParam(call, name)]);
  const withSpec =
    (command: string): Method =>
    (call) =>
      atHome(call, [command, "--from-json", "-"], JSON.stringify(call.params));
  return {
    "schedule.parameters": (call) => run(call, ["params", notebookParam(call)]),
    "schedule.explain": (call) =>
      run(call, ["explain", textParam(call, "cron"), "--zone", textParam(call, "zone")]),
    "schedule.add": withSpec("add"),
    "schedule.run-once": withSpec("once"),
    "schedule.list": (call) => atHome(call, ["ls"]),
    "schedule.runs": about("history", "job"),
    "schedule.pause": about("pause", "job"),
    "schedule.resume": about("resume", "job"),
    "schedule.remove": about("rm", "job"),
    "schedule.run": about("run", "job"),
    "schedule.cancel": about("cancel", "run"),
    "schedule.start-scheduler": (call) => atHome(call, ["start-scheduler"]),
  };
}
