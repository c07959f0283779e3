/**
 * Guarantee: the tree is RFC 6962's. The eight leaves, roots and paths below are those of the Certificate
 * Transparency reference tests.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nobleSha256, nodeCrypto } from "../test/crypto.ts";
import { hex, hexBytes } from "./bytes.ts";
import {
  appendLeaf,
  consistencyProof,
  EMPTY_FRONTIER,
  type Frontier,
  frontierRoot,
  inclusionProof,
  leafHash,
  nodesOf,
  peakCount,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";

const bytes = (text: string): Uint8Array => hexBytes(text) ?? new Uint8Array(0);
const INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(
  bytes,
);
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const leaves = INPUTS.map((input) => leafHash(input, nodeCrypto));
const grow = (hashes: readonly Uint8Array[]): Frontier =>
  hashes.reduce<Frontier>((tree, leaf) => appendLeaf(tree, leaf, nodeCrypto), EMPTY_FRONTIER);
const rootOf = (hashes: readonly Uint8Array[]): Uint8Array => frontierRoot(grow(hashes), nodeCrypto);

describe("published vectors", () => {
  it("the root of nothing is the hash of nothing", () => {
    expect(hex(rootOf([]))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  it.each(ROOTS.map((root, i) => [i + 1, root] as const))("the root of the first %i leaves", (size, root) => {
    expect(hex(rootOf(leaves.slice(0, size)))).toBe(root);
    const noble = INPUTS.slice(0, size).reduce<Frontier>(
      (tree, input) => appendLeaf(tree, leafHash(input, nobleSha256), nobleSha256),
      EMPTY_FRONTIER,
    );
    expect(hex(frontierRoot(noble, nobleSha256))).toBe(root);
  });

  it.each([
    [0, 1, []],
    [
      0,
      8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ],
    ],
    [
      5,
      8,
      [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ],
    ],
    [2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]],
    [
      1,
      5,
      [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ],
    ],
  ] as const)("inclusion of leaf %i in %i", (index, size, path) => {
    expect(inclusionProof(index, size, nodesOf(leaves, nodeCrypto), nodeCrypto).map(hex)).toEqual(path);
  });

  it.each([
    [1, 1, []],
    [
      1,
      8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ],
    ],
    [
      6,
      8,
      [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ],
    ],
    [
      2,
      5,
      [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ],
    ],
  ] as const)("consistency of %i with %i", (from, to, path) => {
    expect(consistencyProof(from, to, nodesOf(leaves, nodeCrypto), nodeCrypto).map(hex)).toEqual(path);
  });
});

describe("properties", () => {
  const SIZE = 70;
  const many = Array.from({ length: SIZE }, (_, i) => leafHash(Uint8Array.of(i, i >> 8), nodeCrypto));
  const nodes = nodesOf(many, nodeCrypto);
  const roots = Array.from({ length: SIZE + 1 }, (_, size) => rootOf(many.slice(0, size)));
  const root = (size: number): Uint8Array => roots[size] ?? new Uint8Array(0);

  it("every leaf of every tree proves its inclusion, and nothing else", () => {
    for (let size = 1; size <= SIZE; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(index, size, nodes, nodeCrypto);
        const leaf = many[index] ?? new Uint8Array(0);
        expect(verifyInclusion(leaf, index, size, proof, root(size), nodeCrypto)).toBe(true);
        expect(verifyInclusion(leaf, (index + 1) % size, size, proof, root(size), nodeCrypto)).toBe(size === 1);
        expect(verifyInclusion(leaf, index, size, proof, root(size - 1), nodeCrypto)).toBe(false);
        expect(verifyInclusion(leaf, index, size, [...proof, leaf], root(size), nodeCrypto)).toBe(false);
        expect(verifyInclusion(leaf, index, size * 2 + 1, proof, root(size), nodeCrypto)).toBe(false);
        if (proof.length > 0)
          expect(verifyInclusion(leaf, index, size, proof.slice(1), root(size), nodeCrypto)).toBe(false);
      }
    }
  });

  it("every tree proves that it grew from every smaller one, and from no other", () => {
    for (let to = 0; to <= SIZE; to++) {
      for (let from = 0; from <= to; from++) {
        const proof = consistencyProof(from, to, nodes, nodeCrypto);
        const later = { size: to, root: root(to) };
        expect(verifyConsistency({ size: from, root: root(from) }, later, proof, nodeCrypto)).toBe(true);
        if (from === 0) continue;
        const other = leafHash(Uint8Array.of(9, 9, 9), nodeCrypto);
        expect(verifyConsistency({ size: from, root: other }, later, proof, nodeCrypto)).toBe(false);
        if (proof.length > 0)
          expect(verifyConsistency({ size: from, root: root(from) }, later, proof.slice(1), nodeCrypto)).toBe(false);
        expect(verifyConsistency({ size: from, root: root(from) }, later, [...proof, other], nodeCrypto)).toBe(false);
      }
    }
  });

  it("a frontier has one peak for every bit of its size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SIZE }), (size) => {
        expect(grow(many.slice(0, size)).peaks.length).toBe(peakCount(size));
      }),
    );
  });

  it("out of range is a programmer error when proving, and false when verifying", () => {
    expect(() => inclusionProof(5, 5, nodes, nodeCrypto)).toThrow(RangeError);
    expect(() => consistencyProof(6, 5, nodes, nodeCrypto)).toThrow(RangeError);
    expect(verifyInclusion(root(1), 5, 5, [], root(5), nodeCrypto)).toBe(false);
    expect(verifyInclusion(root(1), 0.5, 5, [], root(5), nodeCrypto)).toBe(false);
  });
});
