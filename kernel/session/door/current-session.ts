import { dirname, join, resolve } from "node:path";
import { silentProgress } from "#core";
import { registeredSession, registerSession, type Session } from "../ports.ts";

/** The session of the host that runs this code; a plain script gets one of its own, rooted at its folder. */
export function currentSession(): Session {
  const known = registeredSession();
  if (known) return known;
  const root = process.argv[1] ? dirname(resolve(process.argv[1])) : process.cwd();
  const session: Session = {
    root,
    home: join(root, ".tickbook"),
    display: (bundle) => {
      if (bundle["text/plain"] !== undefined) process.stdout.write(`${String(bundle["text/plain"])}\n`);
    },
    startProgress: silentProgress,
    record: () => {},
  };
  registerSession(session);
  return session;
}
