/** Tags of documents over what the warehouse says. */
import { describe, expect, test } from "vitest";
import type { CatalogTable } from "../facts.ts";
import { PLAIN_CRYPTO } from "../testing/example-facts.ts";
import { parseBundle } from "./bundle.ts";
import { mergeCatalog } from "./merge-catalog.ts";

const DOCUMENT = `apiVersion: sluice/v1
kind: Catalog
defaultDatabase: d
tables:
  - name: d.s.users
    rows: 5
    columns:
      - { name: ID, type: TEXT }
      - { name: EMAIL, type: TEXT, tags: [pii] }
      - { name: PROFILE, type: TEXT, paths: { email: [pii] } }
      - { name: GONE, type: TEXT, tags: [pii] }
  - { name: d.s.later, columns: [{ name: X, type: TEXT }] }
`;
const { bundle } = parseBundle([{ path: "c.yaml", text: DOCUMENT }], PLAIN_CRYPTO);
const seen: CatalogTable = {
  name: "D.S.USERS",
  columns: [
    { name: "EMAIL", type: "VARCHAR", tags: ["seen"] },
    { name: "ID", type: "NUMBER" },
    { name: "PROFILE", type: "VARIANT" },
  ],
  rows: 7,
};

describe("mergeCatalog", () => {
  if (bundle === null) throw new Error("the example must load");
  const merged = mergeCatalog([seen], bundle, PLAIN_CRYPTO);
  const users = merged.tables.find((table) => table.name === "D.S.USERS");
  test("lays tags over columns, and takes none away", () => {
    expect(users?.columns.find((column) => column.name === "EMAIL")?.tags).toEqual(["pii", "seen"]);
    expect(users?.columns.find((column) => column.name === "PROFILE")?.paths).toEqual({ email: ["pii"] });
  });
  test("types, order, columns and sizes are the warehouse's", () => {
    expect(users?.columns.map((column) => [column.name, column.type])).toEqual([
      ["EMAIL", "VARCHAR"],
      ["ID", "NUMBER"],
      ["PROFILE", "VARIANT"],
    ]);
    expect(users?.rows).toBe(7);
  });
  test("a table that only a document knows is kept", () =>
    expect(merged.tables.map((table) => table.name)).toEqual(["D.S.LATER", "D.S.USERS"]));
  test("names are canonical and the digest names the content", () => {
    expect(merged.defaultDatabase).toBe("D");
    expect(mergeCatalog([seen], bundle, PLAIN_CRYPTO).digest).toBe(merged.digest);
    expect(mergeCatalog([], bundle, PLAIN_CRYPTO).digest).not.toBe(merged.digest);
  });
});
