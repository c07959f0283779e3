/**
 * UTF-8 without TextEncoder, which the ES library doesn't have: for names and metadata of a schema,
 * and for the cells that the writer takes. Decoding is strict, so that a schema that is written
 * again can't differ from the one that was read.
 */

/** Encodes text; a lone surrogate becomes U+FFFD, as everywhere else. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  return bytes.slice(0, encodeUtf8Into(text, bytes, 0));
}

/** Writes text at `at` and returns the position after it. `bytes` must have room for 3 bytes per code unit. */
export function encodeUtf8Into(text: string, bytes: Uint8Array, at: number): number {
  let position = at;
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index);
    if (code < 0x80) {
      bytes[position++] = code;
      continue;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const whole = text.codePointAt(index) ?? 0xfffd;
      if (whole > 0xffff) index++;
      code = whole > 0xffff ? whole : 0xfffd;
    }
    if (code < 0x800) {
      bytes[position++] = 0xc0 | (code >> 6);
    } else {
      if (code < 0x10000) {
        bytes[position++] = 0xe0 | (code >> 12);
      } else {
        bytes[position++] = 0xf0 | (code >> 18);
        bytes[position++] = 0x80 | ((code >> 12) & 0x3f);
      }
      bytes[position++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[position++] = 0x80 | (code & 0x3f);
  }
  return position;
}

/** Decodes text, or null when the bytes are not valid UTF-8 (overlong forms and surrogates included). */
export function decodeUtf8(bytes: Uint8Array): string | null {
  const parts: string[] = [];
  let part = "";
  let index = 0;
  while (index < bytes.length) {
    const lead = bytes[index] ?? 0;
    const size =
      lead < 0x80
        ? 1
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : lead >= 0xe0 && lead < 0xf0
            ? 3
            : lead >= 0xf0 && lead < 0xf5
              ? 4
              : 0;
    if (size === 0 || index + size > bytes.length) return null;
    let code = size === 1 ? lead : lead & (0x7f >> size);
    for (let next = 1; next < size; next++) {
      const byte = bytes[index + next] ?? 0;
      if ((byte & 0xc0) !== 0x80) return null;
      code = (code << 6) | (byte & 0x3f);
    }
    if (
      (size === 3 && code < 0x800) ||
      (size === 4 && (code < 0x10000 || code > 0x10ffff)) ||
      (code >= 0xd800 && code <= 0xdfff)
    )
      return null;
    part += String.fromCodePoint(code);
    index += size;
    if (part.length > 4096) {
      parts.push(part);
      part = "";
    }
  }
  parts.push(part);
  return parts.join("");
}
