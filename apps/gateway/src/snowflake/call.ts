/** One request of a driver, as its handler sees it. */
import type { IncomingMessage } from "node:http";
import type { QueryPair } from "@sluice/snowflake-wire";
import type { Services } from "./services.ts";

export interface Call {
  readonly request: IncomingMessage;
  readonly query: readonly QueryPair[];
  readonly services: Services;
  /** Aborted when the caller's connection closes before it has its answer. */
  readonly left: AbortSignal;
  /** Where this caller reaches us. */
  readonly publicUrl: string;
}
