/** What each method makes of a text. */

import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Mask } from "../decision.ts";
import { detectLiterals } from "./detectors.ts";
import { dateShiftDays, maskText } from "./mask-text.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const KEYS = {
  hmac: (domain: string, text: string) =>
    createHmac("sha256", "test key").update(`${domain}\u0000${text}`).digest("hex"),
};
const mask = (one: Mask, text: string) => maskText(one, text, KEYS);
const hmac = (domain: string): Mask => ({ method: "hmac", domain, keepJoin: true });

describe("maskText", () => {
  test.each<[Mask, string, string | null]>([
    [{ method: "redact" }, "anything", "***"],
    [{ method: "redact" }, "", "***"],
    [{ method: "null" }, "anything", null],
    [{ method: "partial", keep: "last4" }, "+1-415-555-2671", "***2671"],
    [{ method: "partial", keep: "last4" }, "4242 4242 4242 4242", "***4242"],
    [{ method: "partial", keep: "last4" }, "1234567", "***"],
    [{ method: "partial", keep: "last4" }, "", "***"],
    [{ method: "partial", keep: "domain" }, "ana@example.com", "***@example.com"],
    [{ method: "partial", keep: "domain" }, "not an address", "***"],
    [{ method: "partial", keep: "domain" }, "@example.com", "***"],
    [{ method: "partial", keep: "domain" }, "x@secret words", "***"],
    [{ method: "partial", keep: "first1" }, "Ana", "A***"],
    [{ method: "partial", keep: "first1" }, "Al", "***"],
    [{ method: "generalise", to: "year" }, "2024-02-29", "2024"],
    [{ method: "generalise", to: "month" }, "2024-02-29 10:00:00", "2024-02"],
    [{ method: "generalise", to: "decade" }, "1987-05-01", "1980s"],
    [{ method: "generalise", to: "decade" }, "37", "30-39"],
    [{ method: "generalise", to: "zip3" }, "94110-1234", "941**"],
    [{ method: "generalise", to: "zip3" }, "9411", "***"],
    [{ method: "generalise", to: "year" }, "last spring", "***"],
    [{ method: "generalise", to: "year" }, "37", "***"],
    [{ method: "date-shift", days: 30 }, "soon", "***"],
    [{ method: "date-shift", days: 30 }, "2024-13-45", "***"],
    [{ method: "date-shift", days: 30 }, "2024-01-01 and a secret", "***"],
  ])("%j of %s is %s", (one, text, masked) => expect(mask(one, text)).toBe(masked));

  test("a token is the same for the same value and domain, and for no other", () => {
    expect(mask(hmac("a"), "ana@example.com")).toMatch(/^tok_[0-9a-z]{26}$/);
    expect(mask(hmac("a"), "ana@example.com")).toBe(mask(hmac("a"), "ana@example.com"));
    expect(mask(hmac("a"), "ana@example.com")).not.toBe(mask(hmac("b"), "ana@example.com"));
    expect(mask(hmac("a"), "ana@example.com")).not.toBe(mask(hmac("a"), "Ana@example.com"));
  });
  test("every token is recognised when it comes back in a statement", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (domain, text) => {
        expect(detectLiterals([`before ${mask(hmac(domain), text) ?? ""} after`], [])).toEqual(["mask-token"]);
      }),
    );
  });
  test("dates keep their distance, their shape and their time of day, and none stays where it was", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1900-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
        fc.integer({ min: 1, max: 400 }),
        (date, days) => {
          const text = date.toISOString().slice(0, 10);
          const shifted = mask({ method: "date-shift", days }, `${text} 10:20:30`) ?? "";
          const moved = (Date.parse(shifted.slice(0, 10)) - Date.parse(text)) / 86_400_000;
          expect(moved).toBe(dateShiftDays(days, KEYS));
          expect(Math.abs(moved)).toBeGreaterThanOrEqual(1);
          expect(Math.abs(moved)).toBeLessThanOrEqual(days);
          expect(shifted.slice(10)).toBe(" 10:20:30");
        },
      ),
    );
  });
});
