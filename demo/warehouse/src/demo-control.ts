/**
 * The warehouse's own control for tests and the demo, under `/__demo/`: its log, its fault switches,
 * putting the data back. Only with the token that was given at start; 404 otherwise.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { StatementLog } from "./statement-log.ts";
import { parseSwitches, type Switches } from "./switches.ts";

export interface DemoControl {
  readonly token: string;
  readonly log: StatementLog;
  readonly switches: Switches;
  /** Names of chunks that break off in the middle when they are read next. */
  readonly truncated: Set<string>;
  readonly reset: () => Promise<void>;
}

export async function answerDemo(
  demo: DemoControl,
  exchange: { request: IncomingMessage; response: ServerResponse; url: URL },
  readJson: () => Promise<unknown>,
): Promise<void> {
  const { request, response, url } = exchange;
  const send = (status: number, type: string, body: string) => {
    response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
  if (!isToken(demo.token, String(request.headers["x-sluice-demo"] ?? ""))) return send(404, "text/plain", "");
  switch (`${request.method} ${url.pathname}`) {
    case "GET /__demo/log":
      return send(200, "application/x-ndjson", demo.log.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    case "POST /__demo/switches": {
      const switches = parseSwitches(await readJson());
      if (switches === null) return send(400, "text/plain", "switches: a list of {kind, match, times?, delayMs?}\n");
      demo.switches.clear();
      for (const rule of switches) demo.switches.add(rule);
      return send(200, "application/json", '{"ok":true}');
    }
    case "POST /__demo/reset":
      await demo.reset();
      return send(200, "application/json", '{"ok":true}');
    default:
      return send(404, "text/plain", "");
  }
}

function isToken(expected: string, given: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
