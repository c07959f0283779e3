import { COLUMN_TYPES } from "@sluice/snowflake-wire";
import { describe, expect, it } from "vitest";
import { ALL_MASKS, columnMask, columnScan, KEYS, maskPlan, typed } from "../../test/masking/samples.ts";
import { planResult } from "./plan-result.ts";

const TOOLS = { keys: KEYS, patterns: [{ name: "staff", re2: "E[0-9]{6}", words: [] }] };
const ROWTYPE = [typed("ID", "fixed"), typed("EMAIL", "text")];

describe("a plan", () => {
  const masks = [columnMask(1, { method: "redact" })];
  const misfit = { ok: false, error: expect.objectContaining({ code: "PLAN_MISFIT" }) };

  it("fits the result that was predicted, with names that weren't known left open", () => {
    expect(planResult(maskPlan(["ID", "EMAIL"], masks), ROWTYPE, TOOLS).ok).toBe(true);
    expect(planResult(maskPlan([null, "EMAIL"], masks), ROWTYPE, TOOLS).ok).toBe(true);
  });

  it.each([
    ["fewer columns", ["ID"]],
    ["more columns", ["ID", "EMAIL", "X"]],
    ["another name", ["ID", "MAIL"]],
    ["a name in another case", ["ID", "email"]],
    ["its names in another order", ["EMAIL", "ID"]],
  ])("doesn't fit a result with %s", (_name, outputs) => {
    expect(planResult(maskPlan(outputs, masks), ROWTYPE, TOOLS)).toMatchObject(misfit);
  });

  it("doesn't fit a result with more or fewer columns although no name is known", () => {
    for (const outputs of [[null], [null, null, null]]) {
      const plan = maskPlan(outputs, [columnMask(0, { method: "redact" })]);
      expect(planResult(plan, ROWTYPE, TOOLS)).toMatchObject(misfit);
    }
  });

  it("needs a prediction as soon as it masks or scans anything", () => {
    expect(planResult(maskPlan(null, []), ROWTYPE, TOOLS)).toMatchObject({
      ok: true,
      value: { isIdentity: true, rowtype: ROWTYPE },
    });
    expect(planResult(maskPlan(null, masks), ROWTYPE, TOOLS)).toMatchObject(misfit);
    expect(planResult(maskPlan(null, [], [columnScan(1, ["card"])]), ROWTYPE, TOOLS)).toMatchObject(misfit);
  });

  it.each([-1, 2, 0.5, Number.NaN])("doesn't fit with a mask at ordinal %d", (ordinal) => {
    expect(
      planResult(maskPlan([null, null], [columnMask(ordinal, { method: "redact" })]), ROWTYPE, TOOLS),
    ).toMatchObject(misfit);
    expect(planResult(maskPlan([null, null], [], [columnScan(ordinal, ["card"])]), ROWTYPE, TOOLS)).toMatchObject(
      misfit,
    );
  });

  it("doesn't fit with two masks for one column, or with a detector that nobody knows", () => {
    expect(planResult(maskPlan([null, null], [...masks, ...masks]), ROWTYPE, TOOLS)).toMatchObject(misfit);
    const twice = [columnScan(1, ["card"]), columnScan(1, ["ssn"])];
    expect(planResult(maskPlan([null, null], [], twice), ROWTYPE, TOOLS)).toMatchObject(misfit);
    expect(planResult(maskPlan([null, null], [], [columnScan(1, ["custom:other"])]), ROWTYPE, TOOLS)).toMatchObject(
      misfit,
    );
    expect(planResult(maskPlan([null, null], [], [columnScan(1, ["custom:staff"])]), ROWTYPE, TOOLS).ok).toBe(true);
  });
});

describe("what a mask does by type", () => {
  it.each(COLUMN_TYPES)("%s", (type) => {
    for (const mask of ALL_MASKS) {
      const planned = planResult(maskPlan([null], [columnMask(0, mask)]), [typed("C", type)], TOOLS);
      if (!planned.ok) throw planned.error;
      const treatment = planned.value.treatments[0];
      const isText = type === "text" && mask.method !== "null";
      const isJsonText = ["variant", "object", "array"].includes(type) && mask.method === "redact";
      expect([mask.method, treatment?.kind]).toEqual([mask.method, isText || isJsonText ? "mask" : "null"]);
      expect(planned.value.rowtype[0]?.type).toBe(type);
      if (treatment?.kind === "null") expect(planned.value.rowtype[0]?.nullable).toBe(true);
    }
  });

  it("structured and geographic columns become NULL", () => {
    const structured = typed("C", "object", { fields: [typed("x", "text")] });
    const geography = typed("C", "text", { extTypeName: "GEOGRAPHY" });
    for (const column of [structured, geography]) {
      const planned = planResult(maskPlan([null], [columnMask(0, { method: "redact" })]), [column], TOOLS);
      expect(planned).toMatchObject({ ok: true, value: { treatments: [{ kind: "null" }] } });
    }
  });

  it("a scan looks into text and semi-structured columns, leaves others, and blanks nested text that it can't reach", () => {
    const kinds = COLUMN_TYPES.map((type) => {
      const planned = planResult(maskPlan([null], [], [columnScan(0, ["email"])]), [typed("C", type)], TOOLS);
      return [type, planned.ok ? (planned.value.treatments[0]?.kind ?? "as it is") : "refused"];
    });
    const scanned = ["text", "variant", "object", "array"];
    expect(kinds).toEqual(
      COLUMN_TYPES.map((type) => [type, scanned.includes(type) ? "scan" : type === "map" ? "null" : "as it is"]),
    );
  });

  it("a mask goes before a scan of the same column", () => {
    const planned = planResult(
      maskPlan([null], [columnMask(0, { method: "redact" })], [columnScan(0, ["email"])]),
      [typed("C", "text")],
      TOOLS,
    );
    expect(planned).toMatchObject({ ok: true, value: { treatments: [{ kind: "mask" }] } });
  });
});

describe("the columns as announced", () => {
  function announced(length: number, mask: (typeof ALL_MASKS)[number]) {
    const planned = planResult(
      maskPlan([null], [columnMask(0, mask)]),
      [typed("C", "text", { length, byteLength: length * 4, nullable: false })],
      TOOLS,
    );
    return planned.ok ? planned.value.rowtype[0] : null;
  }

  it("are raised where masked values are longer, and only there", () => {
    expect(announced(2, { method: "redact" })).toMatchObject({ length: 5, byteLength: 20, nullable: false });
    expect(announced(10, { method: "redact" })).toMatchObject({ length: 10, byteLength: 40 });
    expect(announced(10, { method: "hmac", domain: "d", keepJoin: false })).toMatchObject({
      length: 30,
      byteLength: 120,
    });
    expect(announced(10, { method: "partial", keep: "domain" })).toMatchObject({ length: 12, byteLength: 48 });
    expect(announced(16_777_216, { method: "partial", keep: "domain" })).toMatchObject({ length: 16_777_216 });
    expect(announced(10, { method: "null" })).toMatchObject({ length: 10, nullable: true });
  });
});
