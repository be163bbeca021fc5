import { createRng } from "#core";
import type { FeatureSet, FeatureStream } from "#features";
import type { TableColumns } from "#model";

type Series = Readonly<Record<string, TableColumns<"series">>>;

/** Every series that a set reads: values above 0 whose publication is late by up to 8 minutes, some restated, some NaN. */
export function randomSeries({ needs }: FeatureSet, seed: number, length = 60): Series {
  return Object.fromEntries(
    needs.series.map((name, k) => {
      const rng = createRng(seed + k);
      const rows = Array.from({ length }, (_, i) => {
        const time = (rng.next() < 0.1 ? i - 1 : i) * 3 * 6e4;
        return {
          time,
          published: time + rng.nextInt(16) * 3e4,
          value: rng.next() < 0.05 ? Number.NaN : rng.next(),
        };
      });
      rows.sort((a, b) => a.published - b.published);
      const column = (field: "time" | "published" | "value") => Float64Array.from(rows, (row) => row[field]);
      return [name, { time: column("time"), published: column("published"), value: column("value") }];
    }),
  );
}

/** Publishes, before a bar is pushed, all that is published by its close. */
export function createPublisher(series: Series): (stream: FeatureStream, close: number) => void {
  const next = new Map<string, number>();
  return (stream, close) => {
    for (const [name, { time, published, value }] of Object.entries(series)) {
      let i = next.get(name) ?? 0;
      for (; i < time.length && published[i]! <= close; i++)
        stream.publish(name, { time: time[i]!, published: published[i]!, value: value[i]! });
      next.set(name, i);
    }
  };
}
