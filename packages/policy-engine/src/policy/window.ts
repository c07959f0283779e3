/**
 * Time windows in a named zone. Pure: the moment is an argument, and the zone's offset at that moment comes
 * from the runtime's IANA tables. A window whose end isn't after its start runs over midnight and belongs
 * to the day on which it began.
 */
import type { Window } from "./documents.ts";

/** Offsets change at quarters of an hour at the finest, so one look-up serves a quarter of an hour. */
const QUARTER_MS = 15 * 60_000;
const ZONES_MAX = 64;
const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, { quarter: number; minutes: number }>();

/** Does the runtime know this IANA zone? */
export function isZone(zone: string): boolean {
  return /^[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)*$/.test(zone) && formatterOf(zone) !== null;
}

function formatterOf(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  try {
    const formatter = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
    if (formatters.size >= ZONES_MAX) formatters.clear();
    formatters.set(zone, formatter);
    return formatter;
  } catch {
    return null;
  }
}

/** Minutes that the zone is ahead of UTC at that moment. */
function offsetMinutes(zone: string, epochMs: number): number | null {
  const quarter = Math.floor(epochMs / QUARTER_MS);
  const memo = offsets.get(zone);
  if (memo?.quarter === quarter) return memo.minutes;
  const formatter = formatterOf(zone);
  if (formatter === null) return null;
  const part: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(epochMs)) part[type] = Number(value);
  const local = Date.UTC(
    part["year"] ?? 0,
    (part["month"] ?? 1) - 1,
    part["day"] ?? 1,
    part["hour"] ?? 0,
    part["minute"] ?? 0,
  );
  const minutes = Math.round((local - Math.floor(epochMs / 60_000) * 60_000) / 60_000);
  if (offsets.size >= ZONES_MAX) offsets.clear();
  offsets.set(zone, { quarter, minutes });
  return minutes;
}

/** Is the moment inside the window? null when the moment or the zone can't be read. */
export function isInside(window: Window, epochMs: number): boolean | null {
  if (!Number.isFinite(epochMs)) return null;
  const offset = offsetMinutes(window.zone, epochMs);
  if (offset === null) return null;
  const local = Math.floor(epochMs / 60_000) + offset;
  const minute = ((local % 1440) + 1440) % 1440;
  // 1970-01-01 was a Thursday (4).
  const day = (((Math.floor(local / 1440) + 4) % 7) + 7) % 7;
  const { fromMinute, toMinute, days } = window;
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute;
  const yesterday = (day + 6) % 7;
  return (days.includes(day) && minute >= fromMinute) || (days.includes(yesterday) && minute < toMinute);
}
