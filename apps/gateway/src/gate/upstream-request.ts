/** What goes upstream for a request: the inspected values, the text verbatim, an exact count of statements. Pure. */
import type { QueryRequest } from "@sluice/snowflake-wire";
import type { Inspection } from "../policy/port.ts";

export function upstreamRequest(request: QueryRequest, inspection: Inspection): QueryRequest {
  const { MULTI_STATEMENT_COUNT: _, ...parameters } = request.parameters;
  const count = inspection.statements.length;
  const seconds = inspection.statements.flatMap(({ decision }) => decision.limits.seconds ?? []);
  return {
    ...request,
    // We wait for the warehouse ourselves; the caller's own wait is ours to answer.
    asyncExec: false,
    requestId: null,
    describedJobId: null,
    parameters: {
      ...parameters,
      ...(count > 1 ? { MULTI_STATEMENT_COUNT: count } : {}),
      ...(seconds.length > 0 ? { STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(Math.min(...seconds)) } : {}),
    },
  };
}
