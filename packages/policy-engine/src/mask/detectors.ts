/**
 * The closed list of detectors by name. `custom:NAME` comes from a policy's `patterns`.
 */
export const DETECTOR_NAMES = ["card", "ssn", "email", "phone", "iban", "secret"] as const;
export type DetectorName = (typeof DETECTOR_NAMES)[number];

/** Fires on `tok_…`, the form of this product's own keyed tokens. Always runs over literals, whatever the policy says. */
export const MASK_TOKEN = "mask-token";
