/**
 * Masking of results: a plan fitted to the columns that came back, then applied to rowsets and to
 * the bodies of result chunks, in JSON and Arrow. What can't be masked doesn't leave.
 */
export { ArrowChunkMasker, type MaskedArrow, maskArrowBase64 } from "./arrow-masker.ts";
export { JsonChunkMasker, type MaskedRowset, maskRowset } from "./json-masker.ts";
export { createMaskKeys, type NodeMaskKeys } from "./mask-keys.ts";
export { createMasker, type Masker } from "./masker.ts";
export { MaskingError, type MaskingErrorCode, type MaskingResult } from "./masking-error.ts";
export { type MaskTools, planResult } from "./plan-result.ts";
export type { ColumnTreatment, MaskStreamOptions, ResultMask, RowCapture } from "./result-mask.ts";
