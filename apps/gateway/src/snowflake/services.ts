/** What the Snowflake front door's handlers work with; main.ts puts it together. */
import type { Config } from "../config/config.ts";
import type { GatePorts } from "../gate/ports.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { SessionLife } from "../sessions/session-life.ts";
import type { FindPrevious } from "../sessions/submit.ts";
import type { ChunkDesk } from "./chunks.ts";

export interface Services {
  readonly config: Config;
  readonly gate: GatePorts;
  readonly findPrevious: FindPrevious;
  readonly sessions: SessionLife;
  readonly chunks: ChunkDesk;
  readonly log: Log;
  readonly metrics: Metrics;
}
