export { type Figure, type MetricSpec, type MetricsPage, openMetrics } from "./metrics.ts";
