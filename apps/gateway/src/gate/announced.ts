/**
 * What a request must be, whatever policy says: as many statements as it announces, and no file transfer, whose bytes
 * would not pass through here. Pure.
 */
import type { QueryRequest } from "@sluice/snowflake-wire";
import type { ErrorCode } from "../errors/catalogue.ts";
import type { Inspection } from "../policy/port.ts";

/** A stage that drivers make for bind values of their own; refused at once, they send the values inline. */
const BIND_STAGE = /(^|\.)"?SYSTEM\$BIND"?$/i;

/** The refusal, or null when the request may be decided. */
export function notOffered(
  request: QueryRequest,
  inspection: Inspection,
): { readonly code: ErrorCode; readonly message?: string } | null {
  const { statements } = inspection;
  const isTransfer = statements.some(
    ({ facts }) =>
      facts.class === "put" ||
      facts.class === "get" ||
      facts.accesses.some((access) => access.kind === "stage" && BIND_STAGE.test(access.object)),
  );
  if (isTransfer) return { code: "SLUICE_FILE_TRANSFER" };
  const announced = Number(request.parameters["MULTI_STATEMENT_COUNT"] ?? 1);
  if (announced === 0 || announced === statements.length) return null;
  const message = `Actual statement count ${statements.length} did not match the desired statement count ${announced}.`;
  return { code: "SLUICE_STATEMENT_COUNT", message };
}
