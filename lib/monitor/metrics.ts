/** Figures of a process as Prometheus reads them: https://prometheus.io/docs/instrumenting/exposition_formats/ */

/** What a metric is. Names end in their unit, those of counters in `_total`. */
export interface MetricSpec {
  readonly name: string;
  /** A counter only rises while the process runs. */
  readonly kind: "gauge" | "counter";
  readonly help: string;
  readonly labels: readonly string[];
}

/** One value of a metric. */
export interface Figure {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricsPage {
  readonly contentType: string;
  /** The page: what `figures` tells, by metric, and how the process does (processor, memory, event loop). */
  text(figures: ReadonlyMap<MetricSpec, readonly Figure[]>): Promise<string>;
}

/** Begins to watch this process. One a process is enough. */
export async function openMetrics(): Promise<MetricsPage> {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import("prom-client");
  const ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  return {
    contentType: ofProcess.contentType,
    async text(figures) {
      // A label that is gone must not stay on the page, so each page is written anew.
      const registry = new Registry();
      for (const [{ name, kind, help, labels }, values] of figures) {
        const options = { name, help, labelNames: [...labels], registers: [registry] };
        if (kind === "gauge") {
          const gauge = new Gauge(options);
          for (const { labels: of, value } of values) gauge.set(of, value);
        } else {
          const counter = new Counter(options);
          for (const { labels: of, value } of values) counter.inc(of, value);
        }
      }
      return (await registry.metrics()) + (await ofProcess.metrics());
    },
  };
}
