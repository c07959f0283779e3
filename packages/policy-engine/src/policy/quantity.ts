/**
 * Numbers with units as policies write them: `30m`, `1GiB`, `500/h`. Each decoder answers in one unit,
 * named by the key it fills, and refuses what is zero, negative, fractional or in a unit it doesn't know.
 */

import { isScalar } from "yaml";
import { type Cursor, type Decode, fail, text } from "./yaml-reader.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

function scaled(units: Readonly<Record<string, number>>, example: string): Decode<number> {
  return (node, cursor) => {
    const whole = wholeScalar(node);
    if (whole !== null && Object.values(units).includes(1)) return whole;
    const typed = text(node, cursor);
    if (typed === undefined) return undefined;
    const match = /^([1-9][0-9]{0,9})\s?([A-Za-z]+)$/.exec(typed);
    const factor = match?.[2] === undefined ? undefined : units[match[2]];
    if (match?.[1] === undefined || factor === undefined) {
      return fail(
        cursor,
        node,
        "WRONG_VALUE",
        `\`${typed}\` is not understood: write it like \`${example}\` (units: ${Object.keys(units).join(", ")}).`,
      );
    }
    return Number(match[1]) * factor;
  };
}

function wholeScalar(node: unknown): number | null {
  if (!isScalar(node) || typeof node.value !== "number") return null;
  return Number.isInteger(node.value) && node.value > 0 ? node.value : null;
}

/** `30m` in seconds; a bare number is seconds. */
export const durationSeconds: Decode<number> = scaled(SECONDS, "30m");

/** `1GiB` in bytes; a bare number is bytes. */
export const sizeBytes: Decode<number> = scaled(BYTES, "1GiB");

/** `500/h`: the number, when the unit is the one expected. */
export function ratePer(unit: "h" | "day"): Decode<number> {
  return (node, cursor: Cursor) => {
    const typed = text(node, cursor);
    if (typed === undefined) return undefined;
    const match = /^([1-9][0-9]{0,8})\/([a-z]+)$/.exec(typed);
    if (match?.[1] !== undefined && match[2] === unit) return Number(match[1]);
    return fail(cursor, node, "WRONG_VALUE", `\`${typed}\` is not understood: write it like \`500/${unit}\`.`);
  };
}

/** `"09:00"` as minutes after midnight; `24:00` is the end of the day. */
export const minuteOfDay: Decode<number> = (node, cursor) => {
  const typed = text(node, cursor);
  if (typed === undefined) return undefined;
  const match = /^([0-9]{2}):([0-9]{2})$/.exec(typed);
  const minutes = match === null ? -1 : Number(match[1]) * 60 + Number(match[2]);
  if (match !== null && Number(match[2]) < 60 && minutes >= 0 && minutes <= 1440) return minutes;
  return fail(cursor, node, "WRONG_VALUE", `\`${typed}\` is not a time of day: write it like "09:00".`);
};
