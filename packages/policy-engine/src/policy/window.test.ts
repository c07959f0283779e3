/** Windows in their zones, over midnight and over changes of the clock. */
import { describe, expect, test } from "vitest";
import { isInside, isZone } from "./window.ts";

const hours = { name: "hours", days: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1080, zone: "Europe/Madrid" };
const night = { name: "night", days: [5], fromMinute: 1320, toMinute: 360, zone: "Europe/Madrid" };
const at = (text: string) => Date.parse(text);

describe("isInside", () => {
  test.each([
    ["2026-11-20T08:00:00Z", true],
    ["2026-11-20T07:59:59Z", false],
    ["2026-11-20T16:59:59Z", true],
    ["2026-11-20T17:00:00Z", false],
    ["2026-11-21T10:00:00Z", false],
    ["2026-07-20T07:00:00Z", true],
    ["2026-07-20T06:59:59Z", false],
    ["2026-03-27T08:00:00Z", true],
    ["2026-03-30T07:00:00Z", true],
  ])("weekdays from nine to six in Madrid: %s is %s", (moment, inside) =>
    expect(isInside(hours, at(moment))).toBe(inside),
  );
  test.each([
    ["2026-11-20T21:00:00Z", true],
    ["2026-11-20T20:59:00Z", false],
    ["2026-11-21T04:59:00Z", true],
    ["2026-11-21T05:00:00Z", false],
    ["2026-11-21T21:00:00Z", false],
    ["2026-11-20T04:00:00Z", false],
  ])("a night belongs to the day on which it began: %s is %s", (moment, inside) =>
    expect(isInside(night, at(moment))).toBe(inside),
  );
  test("a zone with half hours", () =>
    expect(isInside({ ...hours, zone: "Asia/Kolkata" }, at("2026-11-20T03:30:00Z"))).toBe(true));
  test("before 1970", () => expect(isInside({ ...hours, zone: "UTC" }, at("1969-12-31T10:00:00Z"))).toBe(true));
  test("what can't be read is unknown", () => {
    expect(isInside(hours, Number.NaN)).toBeNull();
    expect(isInside({ ...hours, zone: "Nowhere/Land" }, 0)).toBeNull();
  });
  test.each([
    ["UTC", true],
    ["Europe/Madrid", true],
    ["America/Argentina/Buenos_Aires", true],
    ["Mars/Base", false],
    ["", false],
    ["../etc", false],
  ])("isZone(%s) is %s", (zone, known) => expect(isZone(zone)).toBe(known));
});
