/** A journal whose appends fail on demand, by entry type: the disk that fills up at the worst moment. */
import type { EntryType } from "@sluice/evidence";
import { type Journal, JournalError, memoryJournal } from "../../src/journal/index.ts";

export interface FailingJournal {
  readonly journal: Journal;
  /** Appends of these types fail until `mend`. */
  break(...types: readonly EntryType[]): void;
  mend(): void;
}

export function failingJournal(inner: Journal = memoryJournal()): FailingJournal {
  const broken = new Set<EntryType>();
  const journal: Journal = new Proxy(inner, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (key !== "append") return typeof value === "function" ? value.bind(target) : value;
      return async (draft: { type: EntryType }, payload?: Uint8Array) => {
        if (broken.has(draft.type)) throw new JournalError("JOURNAL_POISONED", "the disk is full");
        return await target.append(draft as never, payload);
      };
    },
  });
  return { journal, break: (...types) => types.forEach((type) => broken.add(type)), mend: () => broken.clear() };
}
