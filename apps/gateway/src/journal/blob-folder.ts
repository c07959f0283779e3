/** A blob store in a folder: whole objects, written aside and renamed, so that a reader never sees half of one. */
import { dirname, join } from "node:path";
import { type JournalFs, nodeFs } from "./fs-port.ts";
import type { BlobStore } from "./port.ts";

export function blobFolder(dir: string, fs: JournalFs = nodeFs): BlobStore {
  return {
    name: "blobs",
    async put(key, bytes) {
      const parts = key.split("/");
      if (parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\0")))
        throw new Error("not a key for a blob");
      const path = join(dir, ...parts);
      await fs.makeDir(dirname(path));
      await fs.replace(path, bytes);
    },
  };
}
