/**
 * A text that must not be printed: passwords, passcodes, bearer tokens, session and master tokens.
 *
 * Every usual way of turning a value into text (template strings, JSON, Node's inspection, `String`) gives
 * `[redacted]`; only `reveal()` gives the text, so that a search for that word finds every use.
 */

const REDACTED = "[redacted]";

/** Holds one secret text. Two secrets are compared by the caller, in constant time, on `reveal()`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Never log, record or put into an error what this returns. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  get [Symbol.toStringTag](): string {
    return REDACTED;
  }

  /** What Node's `util.inspect` and `console.log` print. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}
