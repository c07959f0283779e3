/**
 * Cuts a chunked byte stream into Arrow messages. Holds at most one message's bytes, and only
 * bytes that have really arrived: a declared length allocates nothing. A stream may end with or
 * without the end-of-stream marker, but only between messages and only after its schema; bytes
 * behind the marker are refused.
 */
import { accepted, type Result, refused } from "../outcome.ts";
import { decodeMessageHeader, type MessageHeader } from "./message.ts";
import { joinBytes } from "./writer.ts";

export interface ArrowLimits {
  readonly metadataBytesMax: number;
  /** Largest body of one record batch. */
  readonly bodyBytesMax: number;
}

export const ARROW_LIMITS: ArrowLimits = { metadataBytesMax: 8 * 1024 * 1024, bodyBytesMax: 512 * 1024 * 1024 };

export type ArrowMessage =
  | {
      readonly kind: "message";
      readonly metadata: Uint8Array;
      readonly header: MessageHeader;
      readonly body: Uint8Array;
    }
  | { readonly kind: "endOfStream" };

const PREFIX_BYTES = 8;
const CONTINUATION = 0xffffffff;

type Stage = "prefix" | "metadata" | "body" | "ended";

export class ArrowMessageReader {
  readonly #limits: ArrowLimits;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #stage: Stage = "prefix";
  #need = PREFIX_BYTES;
  #metadata: Uint8Array = new Uint8Array(0);
  #header: MessageHeader | null = null;
  #messages = 0;

  constructor(limits: ArrowLimits = ARROW_LIMITS) {
    this.#limits = limits;
  }

  /** Takes the next bytes and returns the messages that they complete. After a refusal the reader is of no further use. */
  push(chunk: Uint8Array): Result<readonly ArrowMessage[]> {
    if (chunk.length > 0) this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    const messages: ArrowMessage[] = [];
    while (this.#stage !== "ended" && this.#pendingBytes >= this.#need) {
      const refusal = this.#advance(this.#take(this.#need), messages);
      if (refusal !== null) return refusal;
    }
    if (this.#stage === "ended" && this.#pendingBytes > 0)
      return refused("ARROW_SYNTAX", "there are bytes behind the end of an Arrow stream");
    return accepted(messages);
  }

  /** Says whether the stream may end here. */
  end(): Result<null> {
    if (this.#stage !== "ended" && (this.#stage !== "prefix" || this.#pendingBytes > 0)) {
      return refused("ARROW_TRUNCATED", "an Arrow stream ended inside a message");
    }
    return this.#messages === 0
      ? refused("ARROW_TRUNCATED", "an Arrow stream ended before its schema")
      : accepted(null);
  }

  #advance(bytes: Uint8Array, messages: ArrowMessage[]): ReturnType<typeof refused> | null {
    switch (this.#stage) {
      case "prefix":
        return this.#readPrefix(bytes, messages);
      case "metadata":
        return this.#readMetadata(bytes);
      case "body":
        if (this.#header !== null)
          messages.push({ kind: "message", metadata: this.#metadata, header: this.#header, body: bytes });
        this.#messages++;
        this.#expect("prefix", PREFIX_BYTES);
        return null;
      case "ended":
        return null;
    }
  }

  #readPrefix(bytes: Uint8Array, messages: ArrowMessage[]): ReturnType<typeof refused> | null {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(0, true) !== CONTINUATION)
      return refused("ARROW_SYNTAX", "an Arrow message doesn't start with its marker");
    const length = view.getInt32(4, true);
    if (length === 0) {
      messages.push({ kind: "endOfStream" });
      this.#expect("ended", 0);
      return null;
    }
    if (length < 0 || length % 8 !== 0) return refused("ARROW_SYNTAX", "an Arrow message has an impossible length");
    if (length > this.#limits.metadataBytesMax)
      return refused("LIMIT", "the metadata of an Arrow message is too large");
    this.#expect("metadata", length);
    return null;
  }

  #readMetadata(bytes: Uint8Array): ReturnType<typeof refused> | null {
    const header = decodeMessageHeader(bytes);
    if (!header.ok) return header;
    if (header.value.bodyLength > this.#limits.bodyBytesMax) return refused("LIMIT", "a record batch is too large");
    this.#metadata = bytes;
    this.#header = header.value;
    this.#expect("body", header.value.bodyLength);
    return null;
  }

  #expect(stage: Stage, need: number): void {
    this.#stage = stage;
    this.#need = need;
  }

  /** The next `size` bytes: a view of one chunk where it can be, a copy where they span several. */
  #take(size: number): Uint8Array {
    this.#pendingBytes -= size;
    const taken: Uint8Array[] = [];
    let left = size;
    let whole = 0;
    for (const piece of this.#pending) {
      if (piece.length > left) break;
      taken.push(piece);
      left -= piece.length;
      whole++;
    }
    this.#pending.splice(0, whole);
    const [first] = this.#pending;
    if (left > 0 && first !== undefined) {
      taken.push(first.subarray(0, left));
      this.#pending[0] = first.subarray(left);
    }
    const [only] = taken;
    return taken.length === 1 && only !== undefined ? only : joinBytes(taken);
  }
}
