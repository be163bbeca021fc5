import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../free-port.ts";

/** Whether Prometheus can be started here. With TICKBOOK_REQUIRE_PROMETHEUS=1 a missing one is an error. */
export function hasPrometheus(): boolean {
  const isThere = spawnSync("prometheus", ["--version"], { stdio: "ignore" }).status === 0;
  if (!isThere && process.env.TICKBOOK_REQUIRE_PROMETHEUS === "1")
    throw new Error("TICKBOOK_REQUIRE_PROMETHEUS is 1, and there is no prometheus on the PATH");
  if (!isThere)
    console.warn("no prometheus on the PATH: its test of metrics is skipped (apt install prometheus)");
  return isThere;
}

export interface Prometheus {
  /** Its newest samples of a query, by the values of the labels that stand in `by`. */
  query(
    text: string,
  ): Promise<readonly { readonly metric: Record<string, string>; readonly value: number }[]>;
  stop(): Promise<void>;
}

/** A Prometheus of its own on loopback that reads one address every half second. */
export async function startPrometheus(
  folder: string,
  target: string,
  credentials: string,
): Promise<Prometheus> {
  const port = await freePort();
  const config = {
    global: { scrape_interval: "500ms" },
    scrape_configs: [
      {
        job_name: "tickbook",
        authorization: { credentials_file: credentials },
        static_configs: [{ targets: [target] }],
      },
    ],
  };
  const file = join(folder, "prometheus.yml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(
    "prometheus",
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    async query(text) {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(text)}`;
      const response = await fetch(url).catch(() => undefined);
      if (!response?.ok) return [];
      const { data } = (await response.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
