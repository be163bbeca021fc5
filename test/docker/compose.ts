import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../tidy/sources.ts";
import { parseYaml, type Yaml } from "./yaml.ts";

/** What the tests look at; what they do not know of is a failure of theirs. */
export interface Service {
  readonly image: string;
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly volumes: readonly (string | Mount)[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly hostname?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: unknown;
  readonly environment?: unknown;
  readonly privileged?: unknown;
  readonly cap_add?: unknown;
  readonly init?: string;
  readonly restart: string;
  readonly read_only: string;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly mem_limit: string;
  readonly pids_limit: string;
}

export interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly read_only: string;
  readonly bind: { readonly create_host_path: string };
}

export interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

export function composeText(): string {
  return readFileSync(join(ROOT, "docker/compose.yml"), "utf8");
}

/** docker/compose.yml, with variables put in and the service for real money, whose comment signs are taken off. */
export function readCompose(variables: Readonly<Record<string, string>>): Compose {
  const whole = composeText().replace(/^ {2}#(?=live:| {2})/gm, "  ");
  return interpolated(parseYaml(whole), variables) as unknown as Compose;
}

function interpolated(value: Yaml, variables: Readonly<Record<string, string>>): Yaml {
  if (typeof value === "string") {
    return value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (all, name: string, sign?: string, text = "") => {
      const found = variables[name] ?? (sign === "-" ? (text as string) : undefined);
      if (found === undefined) throw new Error(`${all} is not set`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((each) => interpolated(each, variables));
  if (value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, interpolated(each, variables)]));
}
