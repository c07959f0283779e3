/** What became of a request, in a form that any front door can put on its wire. */
import type { Failure, ResultData } from "@sluice/snowflake-wire";
import type { ErrorCode } from "../errors/catalogue.ts";

export type Outcome =
  | { readonly kind: "result"; readonly data: ResultData }
  /** A refusal or failure of the gateway's own. */
  | { readonly kind: "refusal"; readonly code: ErrorCode; readonly message: string }
  /** The warehouse's own failure, scrubbed where it could hold masked values. */
  | { readonly kind: "upstream-failure"; readonly failure: Failure };
