/**
 * The Merkle tree of RFC 6962 §2.1: leaf and node hashes with their domain bytes, roots grown leaf by leaf from
 * a frontier of O(log n) hashes, inclusion and consistency proofs and their verification (RFC 9162 §2.1.3–2.1.4).
 *
 * Sizes are exact integers below 2^53; arithmetic avoids 32-bit operators for that reason.
 */
import { concat, equalBytes } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** SHA-256(0x00 ‖ data). In a log of entries `data` is the 32-byte entry hash. */
export function leafHash(data: Uint8Array, crypto: Crypto): Uint8Array {
  return crypto.sha256(concat(LEAF, data));
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, crypto: Crypto): Uint8Array {
  return crypto.sha256(concat(NODE, left, right));
}

/** The hashes of the perfect subtrees that make up the first `size` leaves, largest first. */
export interface Frontier {
  readonly size: number;
  readonly peaks: readonly Uint8Array[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, peaks: [] };

export function appendLeaf(frontier: Frontier, leaf: Uint8Array, crypto: Crypto): Frontier {
  const peaks = [...frontier.peaks];
  let hash = leaf;
  for (let rest = frontier.size; rest % 2 === 1; rest = (rest - 1) / 2) {
    const left = peaks.pop();
    if (left === undefined) throw new TypeError("the frontier has fewer peaks than its size says");
    hash = nodeHash(left, hash, crypto);
  }
  peaks.push(hash);
  return { size: frontier.size + 1, peaks };
}

/** The root over the frontier's leaves; of an empty tree the hash of nothing. */
export function frontierRoot(frontier: Frontier, crypto: Crypto): Uint8Array {
  let root: Uint8Array | null = null;
  for (const peak of frontier.peaks.toReversed()) root = root === null ? peak : nodeHash(peak, root, crypto);
  return root ?? crypto.sha256(new Uint8Array(0));
}

/** How many peaks a tree of `size` leaves has. */
export function peakCount(size: number): number {
  let peaks = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) peaks += rest % 2;
  return peaks;
}

/** Reads the hash of the perfect subtree over leaves [index·2^level, (index+1)·2^level). */
export type NodeReader = (level: number, index: number) => Uint8Array;

/** A reader over leaf hashes held in memory; subtrees are computed once. */
export function nodesOf(leaves: readonly Uint8Array[], crypto: Crypto): NodeReader {
  const levels: Map<number, Uint8Array>[] = [];
  const read: NodeReader = (level, index) => {
    if (level === 0) {
      const leaf = leaves[index];
      if (leaf === undefined) throw new RangeError("there is no such leaf");
      return leaf;
    }
    const known = levels[level]?.get(index);
    if (known !== undefined) return known;
    const hash = nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1), crypto);
    levels[level] ??= new Map();
    levels[level].set(index, hash);
    return hash;
  };
  return read;
}

/** The largest power of two below `n`, and its exponent; n ≥ 2. */
function split(n: number): { readonly k: number; readonly level: number } {
  let k = 1;
  let level = 0;
  while (k * 2 < n) {
    k *= 2;
    level++;
  }
  return { k, level };
}

/** MTH(D[start : start + n]); `start` is a multiple of the subtree it opens, as it always is in a proof. */
function rangeHash(start: number, n: number, read: NodeReader, crypto: Crypto): Uint8Array {
  if (n === 1) return read(0, start);
  const { k, level } = split(n);
  if (2 * k === n) return read(level + 1, start / n);
  return nodeHash(read(level, start / k), rangeHash(start + k, n - k, read, crypto), crypto);
}

/** PATH(index, D[size]), from the leaf up. Throws when index ≥ size. */
export function inclusionProof(index: number, size: number, read: NodeReader, crypto: Crypto): readonly Uint8Array[] {
  if (!(index >= 0 && index < size)) throw new RangeError("the leaf is not in the tree");
  const proof: Uint8Array[] = [];
  let start = 0;
  for (let n = size; n > 1; ) {
    const { k } = split(n);
    if (index - start < k) {
      proof.push(rangeHash(start + k, n - k, read, crypto));
      n = k;
    } else {
      proof.push(rangeHash(start, k, read, crypto));
      start += k;
      n -= k;
    }
  }
  return proof.reverse();
}

/** PROOF(from, D[to]), RFC 6962 §2.1.2. Empty when `from` is 0 or equals `to`. */
export function consistencyProof(from: number, to: number, read: NodeReader, crypto: Crypto): readonly Uint8Array[] {
  if (!(from >= 0 && from <= to)) throw new RangeError("the earlier tree is not the smaller one");
  if (from === 0 || from === to) return [];
  const proof: Uint8Array[] = [];
  let start = 0;
  let n = to;
  let m = from;
  let whole = true;
  while (m !== n) {
    const { k } = split(n);
    if (m <= k) {
      proof.push(rangeHash(start + k, n - k, read, crypto));
      n = k;
    } else {
      proof.push(rangeHash(start, k, read, crypto));
      start += k;
      n -= k;
      m -= k;
      whole = false;
    }
  }
  if (!whole) proof.push(rangeHash(start, n, read, crypto));
  return proof.reverse();
}

/** RFC 9162 §2.1.3.2. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
  crypto: Crypto,
): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash, crypto);
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2;
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = nodeHash(hash, sibling, crypto);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && equalBytes(hash, root);
}

/** RFC 9162 §2.1.4.2. An earlier tree of size 0 is consistent with anything, by an empty proof. */
export function verifyConsistency(
  from: { readonly size: number; readonly root: Uint8Array },
  to: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
  crypto: Crypto,
): boolean {
  if (from.size > to.size || from.size < 0) return false;
  if (from.size === to.size) return proof.length === 0 && equalBytes(from.root, to.root);
  if (from.size === 0) return proof.length === 0;
  let fn = from.size - 1;
  let sn = to.size - 1;
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  // The earlier tree is one perfect subtree: its root is where the path starts, and the proof leaves it out.
  const path = fn === 0 ? [from.root, ...proof] : proof;
  const first = path[0];
  if (first === undefined) return false;
  let fr = first;
  let sr = first;
  for (const sibling of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(sibling, fr, crypto);
      sr = nodeHash(sibling, sr, crypto);
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2;
        sn = Math.floor(sn / 2);
      }
    } else {
      sr = nodeHash(sr, sibling, crypto);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && equalBytes(fr, from.root) && equalBytes(sr, to.root);
}
