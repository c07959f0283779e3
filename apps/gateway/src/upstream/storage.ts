/**
 * Where result chunks may be fetched from: the warehouse's own host, or a host on the connection's allow-list.
 * Redirects are not followed, and nothing of the caller's request travels along.
 */
import type { Readable } from "node:stream";
import { Agent, request } from "undici";

export class StorageClient {
  readonly #agent = new Agent({ connections: 64, connectTimeout: 5000, headersTimeout: 60_000, bodyTimeout: 60_000 });
  readonly #origin: string;
  readonly #hosts: readonly string[];

  constructor(upstreamOrigin: string, storageHosts: readonly string[]) {
    this.#origin = upstreamOrigin;
    this.#hosts = storageHosts;
  }

  isAllowed(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const url = new URL(address);
    if (url.username !== "" || url.password !== "") return false;
    if (url.origin === this.#origin) return true;
    return url.protocol === "https:" && url.port === "" && this.#hosts.some((host) => matches(host, url.hostname));
  }

  /** The body as it comes (gzip or plain). Rejects on another status than 200 and for a host that isn't allowed. */
  async fetch(address: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Readable> {
    if (!this.isAllowed(address)) throw new Error("chunk host is not allowed");
    const answer = await request(address, { dispatcher: this.#agent, headers: { ...headers }, signal });
    if (answer.statusCode !== 200) {
      answer.body.destroy();
      throw new Error(`chunk answered ${answer.statusCode}`);
    }
    return answer.body;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function matches(pattern: string, host: string): boolean {
  return pattern.startsWith("*.")
    ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
    : host === pattern;
}
