/** Reads recordings back: statement texts and the rows that left, from the encrypted payloads of the journal. */
import type { Journal, RecordedEntry } from "../journal/port.ts";

export interface RecordedText {
  readonly sql: string;
  readonly bindings: unknown;
}

export interface RecordedPage {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly truncated: boolean;
}

export interface Recording {
  readonly texts: ReadonlyMap<string, RecordedText>;
  readonly pages: ReadonlyMap<string, RecordedPage>;
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export async function statementText(
  journal: Journal,
  session: string,
  statement: string,
): Promise<RecordedText | null> {
  for (const recorded of await journal.readSession(session)) {
    if (recorded.entry.type === "statement.received" && recorded.entry.body.statement === statement)
      return await readText(journal, recorded);
  }
  return null;
}

async function readText(journal: Journal, recorded: RecordedEntry): Promise<RecordedText | null> {
  if (recorded.payload === null) return null;
  try {
    const value: { sql: string; bindings: unknown } = JSON.parse(decode(await journal.readPayload(recorded.payload)));
    return value;
  } catch {
    // The key was destroyed or the payload has passed its retention: the entry stays, the text is gone.
    return null;
  }
}

/** Everything of a session that can still be read; `hasResults` false leaves the rows out. */
export async function readRecording(journal: Journal, session: string, hasResults: boolean): Promise<Recording> {
  const texts = new Map<string, RecordedText>();
  const pages = new Map<string, RecordedPage>();
  const columns = new Map<string, readonly string[]>();
  for (const recorded of await journal.readSession(session)) {
    const { entry } = recorded;
    if (entry.type === "statement.received") {
      const text = await readText(journal, recorded);
      if (text !== null) texts.set(entry.body.statement, text);
    } else if (entry.type === "result.schema")
      columns.set(
        entry.body.statement,
        entry.body.columns.map((column) => column.name),
      );
    else if (entry.type === "result.page" && hasResults && recorded.payload !== null) {
      const page = await readPage(journal, recorded);
      if (page !== null)
        pages.set(entry.body.statement, {
          columns: columns.get(entry.body.statement) ?? [],
          rows: page,
          truncated: entry.body.truncated === true,
        });
    }
  }
  return { texts, pages };
}

/** Recorded rows are JSON, one list of cells a row. */
async function readPage(
  journal: Journal,
  recorded: RecordedEntry,
): Promise<readonly (readonly (string | null)[])[] | null> {
  if (recorded.payload === null || recorded.entry.type !== "result.page") return null;
  try {
    return JSON.parse(decode(await journal.readPayload(recorded.payload)));
  } catch {
    return null;
  }
}
