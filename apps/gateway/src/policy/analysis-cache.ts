/**
 * What was read of a text is kept, since agents and drivers repeat themselves. The key is everything that analysis
 * depends on: the exact text, the catalog's digest, the current database and schema. Facts depend on no principal
 * and no policy. Bounded by count and by size; the least recently used goes first.
 */
import { type Analysis, analyse, type Catalog, literalsOf, type SessionContext } from "@sluice/policy-engine";

export interface ReadText {
  readonly analysis: Analysis;
  readonly literals: readonly string[];
}

const ENTRIES_MAX = 5_000;
/** Characters of all kept texts together; facts weigh about ten times their text. */
const CHARS_MAX = 4_000_000;
/** A text longer than this is read anew: it would push everything else out. */
const TEXT_CHARS_MAX = 65_536;

export class AnalysisCache {
  readonly #kept = new Map<string, ReadText & { readonly chars: number }>();
  #chars = 0;

  read(sql: string, catalog: Catalog, session: SessionContext): ReadText {
    if (sql.length > TEXT_CHARS_MAX || catalog.digest === undefined) return readNow(sql, catalog, session);
    const key = `${catalog.digest}\n${JSON.stringify([session.database, session.schema])}\n${sql}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      // Moves it to the end: a Map keeps the order of insertion.
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const made = { ...readNow(sql, catalog, session), chars: key.length };
    this.#kept.set(key, made);
    this.#chars += made.chars;
    this.#forgetExcess();
    return made;
  }

  #forgetExcess(): void {
    for (const [key, { chars }] of this.#kept) {
      if (this.#kept.size <= ENTRIES_MAX && this.#chars <= CHARS_MAX) return;
      this.#kept.delete(key);
      this.#chars -= chars;
    }
  }
}

const readNow = (sql: string, catalog: Catalog, session: SessionContext): ReadText => ({
  analysis: analyse(sql, { dialect: "snowflake", catalog, session }),
  literals: literalsOf(sql),
});
