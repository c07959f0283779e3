/** Counters for /metrics. Labels come from closed sets only. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  readonly registry: Registry;
  readonly decisions: Counter<"effect">;
  readonly endings: Counter<"ending">;
  readonly refusals: Counter<"code">;
  readonly held: Gauge;
  readonly sessions: Gauge;
  readonly added: Histogram;
}

export function openMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    decisions: new Counter({
      name: "sluice_decisions_total",
      help: "Decisions by effect.",
      labelNames: ["effect"],
      registers,
    }),
    endings: new Counter({
      name: "sluice_statements_total",
      help: "Statements by how they ended.",
      labelNames: ["ending"],
      registers,
    }),
    refusals: new Counter({
      name: "sluice_refusals_total",
      help: "Refusals by code.",
      labelNames: ["code"],
      registers,
    }),
    held: new Gauge({ name: "sluice_held_statements", help: "Statements that wait for approval now.", registers }),
    sessions: new Gauge({ name: "sluice_sessions", help: "Open downstream sessions on this replica.", registers }),
    added: new Histogram({
      name: "sluice_decide_seconds",
      help: "Time to analyse, decide and record a statement before it is forwarded.",
      buckets: [0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 1],
      registers,
    }),
  };
}
