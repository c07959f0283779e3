/** The warehouse as the gate sees it: what became of a statement that was sent, or was not. */
import type { Failure, QueryRequest, ResultData } from "@sluice/snowflake-wire";

export type UpstreamAnswer =
  | { readonly kind: "result"; readonly data: ResultData }
  | { readonly kind: "failure"; readonly failure: Failure }
  | { readonly kind: "not-sent" }
  | { readonly kind: "unknown" }
  | { readonly kind: "session-gone" }
  | { readonly kind: "nonsense"; readonly reason: string };

export interface UpstreamPort {
  query(request: QueryRequest, requestId: string, isRepeatable: boolean): Promise<UpstreamAnswer>;
  result(queryId: string): Promise<UpstreamAnswer>;
  abort(requestId: string, sqlText: string): Promise<void>;
}
