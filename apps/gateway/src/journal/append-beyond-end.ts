/**
 * What is done about a session after its chain has ended (a late vote, a chunk fetched later) is evidence all the
 * same: it goes to the log's own chain, outside any session.
 */
import type { EntryDraft } from "@sluice/evidence";
import { type AppendedEntry, type Journal, JournalError } from "./port.ts";

export async function appendBeyondEnd(journal: Journal, draft: EntryDraft): Promise<AppendedEntry> {
  try {
    return await journal.append(draft);
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== "JOURNAL_CHAIN" || draft.session === null) throw error;
    const { epoch: _, ...outside } = draft;
    return await journal.append({ ...outside, session: null });
  }
}
