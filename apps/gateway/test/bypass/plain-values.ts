/**
 * The oracle of the bypass tests: knows the plain values of the demo's customers, and says whether a text holds one of
 * them: whole, a telling part of it, backwards, or behind base64 or hexadecimal.
 */

/** Shorter values and parts occur by chance. */
const VALUE_MIN = 6;
const EMAIL_PART = 8;
const CARD_PART = 12;
/** The ends of the demo's addresses are the same for everybody. */
const COMMON = ["@example.com", "@example.org", "@example.net"];

export interface PlainValues {
  /** The value, or the part of one, that the text holds; null when it holds none. */
  findIn(text: string): string | null;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly ssn: string;
  readonly card: string;
}

export function plainValues(people: readonly Person[]): PlainValues {
  const known = new Map<number, Set<string>>();
  const add = (text: string): void => {
    if (text.length < VALUE_MIN) return;
    const ofLength = known.get(text.length) ?? new Set();
    ofLength.add(text.toLowerCase());
    known.set(text.length, ofLength);
  };
  for (const { name, email, phone, ssn, card } of people) {
    for (const value of [name, phone, ssn, ssn.replaceAll("-", ""), phone.replace(/\D/g, "")]) add(value);
    for (let at = 0; at + EMAIL_PART <= email.length; at++) {
      const part = email.slice(at, at + EMAIL_PART);
      if (!COMMON.some((end) => end.includes(part))) add(part);
    }
    for (let at = 0; at + CARD_PART <= card.length; at++) add(card.slice(at, at + CARD_PART));
  }
  const look = (text: string): string | null => {
    const lower = text.toLowerCase();
    for (const [length, values] of known)
      for (let at = 0; at + length <= lower.length; at++) {
        const part = lower.slice(at, at + length);
        if (values.has(part)) return part;
      }
    return null;
  };
  return {
    findIn: (text) => {
      for (const form of formsOf(text)) {
        const found = look(form);
        if (found !== null) return found;
      }
      return null;
    },
  };
}

function formsOf(text: string): readonly string[] {
  const forms = [text, [...text].reverse().join("")];
  if (text.length >= 2 * VALUE_MIN && /^(?:[0-9A-Fa-f]{2})+$/.test(text))
    forms.push(Buffer.from(text, "hex").toString("latin1"));
  if (text.length >= VALUE_MIN && /^[A-Za-z0-9+/]+={0,2}$/.test(text))
    forms.push(Buffer.from(text, "base64").toString("latin1"));
  return forms;
}
