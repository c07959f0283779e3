/**
 * Snowflake's client protocol as typed messages: pure, for a server and for a client of it.
 *
 * A message is read with `parseJson`, then `decodeX`, and written with `encodeX`, then `renderJson`.
 * Decoders return a coded result and throw for nothing that came over the wire.
 */

export * from "./abort.ts";
export * from "./arrow/index.ts";
export * from "./authenticator.ts";
export * from "./bindings.ts";
export * from "./chunk-body.ts";
export * from "./column-type.ts";
export { type Credential, WORKLOAD_PROVIDERS, type WorkloadProvider } from "./credential.ts";
export * from "./endpoints.ts";
export {
  CODES,
  cancelled,
  denial,
  encodeFailure,
  encodeSuccess,
  type Failure,
  type FailureFields,
  failure,
  isSessionExpired,
  isSessionLost,
  sessionFailure,
} from "./envelope.ts";
export * from "./json.ts";
export * from "./login.ts";
export * from "./monitoring.ts";
export type { Result, WireError, WireErrorCode } from "./outcome.ts";
export {
  ANSWER_PARAMETER_NAMES,
  FORCED_PARAMETERS,
  overlayParameters,
  type Parameter,
  type ParameterScope,
  type ParameterValue,
  parameterValue,
  REFUSED_PARAMETERS,
  SERVER_PARAMETERS,
  SETTABLE_PARAMETERS,
} from "./parameters.ts";
export type { QueryContext, QueryContextEntry } from "./query-context.ts";
export * from "./query-request.ts";
export * from "./query-response.ts";
export { type Chunk, type ResultData, resultData } from "./result-data.ts";
export { Secret } from "./secret.ts";
export * from "./session.ts";
export * from "./statement-type.ts";
export * from "./token.ts";
