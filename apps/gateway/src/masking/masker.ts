/**
 * Masking as the rest of the gateway sees it: plan, inline results, result chunks. Holds the keys;
 * what it returns holds them only inside closures.
 */
import type { Transform } from "node:stream";
import type { CustomDetector, MaskPlan } from "@sluice/policy-engine";
import type { ColumnType } from "@sluice/snowflake-wire";
import { ArrowChunkMasker, maskArrowBase64 } from "./arrow-masker.ts";
import { JsonChunkMasker, maskRowset } from "./json-masker.ts";
import { createMaskKeys } from "./mask-keys.ts";
import { type MaskingResult, masked } from "./masking-error.ts";
import { planResult } from "./plan-result.ts";
import type { MaskStreamOptions, ResultMask } from "./result-mask.ts";

export interface Masker {
  /** Fits a plan to a result's columns. `patterns`: the bundle's custom detectors; a scan by one that isn't among them is refused. */
  plan(plan: MaskPlan, rowtype: readonly ColumnType[], patterns?: readonly CustomDetector[]): MaskingResult<ResultMask>;
  /** Masks the raw JSON text of `data.rowset`. */
  rowset(rawRowset: string, mask: ResultMask, options?: MaskStreamOptions): Promise<MaskingResult<string>>;
  /** Masks `data.rowsetBase64`. */
  arrow(rowsetBase64: string, mask: ResultMask, options?: MaskStreamOptions): Promise<MaskingResult<string>>;
  /** Masks the uncompressed body of one result chunk; destroyed with a MaskingError when it can't. */
  chunk(format: "json" | "arrow", mask: ResultMask, options?: MaskStreamOptions): Transform;
}

/** A masker whose tokens come from the deployment's 32-byte masking key. */
export function createMasker(maskingKey: Uint8Array): Masker {
  const keys = createMaskKeys(maskingKey);
  return {
    plan: (plan, rowtype, patterns = []) => planResult(plan, rowtype, { keys, patterns }),
    async rowset(rawRowset, mask, options) {
      const result = maskRowset(rawRowset, mask, options);
      return result.ok ? masked(result.value.rowset) : result;
    },
    async arrow(rowsetBase64, mask, options) {
      const result = maskArrowBase64(rowsetBase64, mask, options);
      return result.ok ? masked(result.value.rowsetBase64) : result;
    },
    chunk: (format, mask, options) =>
      format === "json" ? new JsonChunkMasker(mask, options) : new ArrowChunkMasker(mask, options),
  };
}
