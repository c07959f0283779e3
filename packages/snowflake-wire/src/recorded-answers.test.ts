/**
 * The codec against answers of real servers that we did not write: the recordings that the Go driver's own
 * tests use, read from its module. They are downloaded into the module cache and never copied here.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeAuthenticatorResponse } from "./authenticator.ts";
import { isArray, isJsonObject, type Json, type JsonObject, parseJson, renderJson } from "./json.ts";
import { decodeLoginResponse, encodeLoginResponse } from "./login.ts";
import { decodeMonitoringResponse } from "./monitoring.ts";
import type { Result } from "./outcome.ts";
import { decodeQueryResponse, encodeQueryResponse } from "./query-response.ts";
import { decodeAcknowledgement } from "./session.ts";
import { decodeRenewResponse } from "./token.ts";

const MODULE = "github.com/snowflakedb/gosnowflake/v2@v2.1.0";

/** Where the module's files are, or why they can't be had. */
function moduleFolder(): { readonly folder: string } | { readonly missing: string } {
  const folder = mkdtempSync(join(tmpdir(), "recorded-answers-"));
  try {
    const printed = execFileSync("go", ["mod", "download", "-json", MODULE], {
      cwd: folder,
      encoding: "utf8",
      timeout: 120_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return { folder: String(JSON.parse(printed).Dir) };
  } catch (error) {
    return { missing: error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : "unknown" };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Recording {
  readonly file: string;
  readonly url: string;
  readonly body: Json;
}

function recordingsIn(folder: string): readonly Recording[] {
  const root = join(folder, "test_data", "wiremock", "mappings");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return files.toSorted().flatMap((file) => {
    // One file is a template whose placeholder its test replaces with a flag.
    const text = readFileSync(join(root, file), "utf8").replaceAll(/%[A-Z_]+%/g, "true");
    const parsed = parseJson(text);
    if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`${file}: not a JSON object`);
    const mappings = parsed.value.mappings;
    return (isArray(mappings) ? mappings : [parsed.value]).flatMap((mapping) => readMapping(file, mapping));
  });
}

function readMapping(file: string, mapping: Json): readonly Recording[] {
  if (!isJsonObject(mapping)) return [];
  const { request, response } = mapping;
  if (!isJsonObject(request) || !isJsonObject(response) || response.jsonBody === undefined) return [];
  const url = request.url ?? request.urlPath ?? request.urlPathPattern ?? request.urlPattern;
  return typeof url === "string" ? [{ file, url, body: response.jsonBody }] : [];
}

/** Decoder by endpoint; a recording of anything else (an identity provider, a cloud's metadata) has none. */
const DECODERS: readonly (readonly [RegExp, (json: Json) => Result<{ readonly kind: string }>])[] = [
  [/^\/session\/v1\/login-request/, decodeLoginResponse],
  [/^\/session\/authenticator-request/, decodeAuthenticatorResponse],
  [/^\/session\/token-request/, decodeRenewResponse],
  [/^\/queries\/v1\/query-request/, decodeQueryResponse],
  [/^\/queries\/.*\/result/, decodeQueryResponse],
  [/^\/monitoring\/queries/, decodeMonitoringResponse],
  [/^\/(?:session|telemetry\/send)$/, decodeAcknowledgement],
];

const found = moduleFolder();

if ("missing" in found) {
  console.info(`skipped: recorded answers of ${MODULE} can't be had here (${found.missing})`);
  describe("recorded server answers", () => {
    it("are there when everything must be tested", () => {
      expect(process.env.SLUICE_TEST_ALL).not.toBe("1");
    });
  });
} else {
  const recordings = recordingsIn(found.folder);
  const ours = recordings.flatMap((recording) => {
    const decode = DECODERS.find(([pattern]) => pattern.test(recording.url))?.[1];
    return decode === undefined ? [] : [{ ...recording, decode }];
  });
  const one = (file: string, url: string): Json => {
    const recording = recordings.find((candidate) => candidate.file === file && candidate.url.startsWith(url));
    if (recording === undefined) throw new Error(`${file}: no recording of ${url}`);
    return recording.body;
  };

  describe("recorded server answers", () => {
    it("are many", () => {
      expect(ours.length).toBeGreaterThan(35);
    });

    it.each(ours.map((recording, index) => [recording.file, recording.url, index] as const))(
      "%s %s (%i) is decoded",
      (_file, _url, index) => {
        const recording = ours[index];
        const result = recording?.decode(recording.body);
        expect(result).toMatchObject({ ok: true });
        const says = isJsonObject(recording?.body) && recording.body.success;
        expect(result?.ok && result.value.kind === "failure").toBe(!says);
      },
    );

    it("of a login keep the session id, the parameters and the context", () => {
      const result = decodeLoginResponse(one("auth/password/successful_flow.json", "/session/v1/login"));
      expect(result).toMatchObject({
        ok: true,
        value: {
          kind: "success",
          sessionId: "1172562260498",
          serverVersion: "8.48.0 b2024121104444034239f05",
          parameters: [{ name: "CLIENT_PREFETCH_THREADS", value: 4 }],
          sessionInfo: {
            databaseName: "TEST_DB",
            schemaName: "TEST_GO",
            warehouseName: "TEST_XSMALL",
            roleName: "ANALYST",
          },
        },
      });
      expect(result.ok && result.value.kind === "success" && result.value.masterToken?.reveal()).toBe("master token");
    });

    it.each([
      ["auth/password/invalid_password.json", "390100"],
      ["auth/password/invalid_user.json", "390422"],
      ["auth/pat/invalid_token.json", "394400"],
      ["auth/mfa/parallel_login_first_fails_then_successful_flow.json", "394508"],
      ["auth/oauth2/login_request_with_expired_access_token.json", "390303"],
    ])("of a refused login keep the code: %s", (file, code) => {
      expect(decodeLoginResponse(one(file, "/session/v1/login"))).toMatchObject({
        ok: true,
        value: { kind: "failure", code },
      });
    });

    it("of a long statement are in progress", () => {
      expect(decodeQueryResponse(one("query/long_running_query.json", "/queries"))).toEqual({
        ok: true,
        value: {
          kind: "inProgress",
          code: "333334",
          queryId: "01bfd516-0009-ae23-0000-4c390101d1aa",
          getResultUrl: "/queries/01bfd516-0009-ae23-0000-4c390101d1aa/result",
        },
      });
    });

    it.each(["select1.json", "retry/redirection_retry_workflow.json"])(
      "of a statement lose nothing when decoded and encoded: %s",
      (file) => {
        const body = one(file, "/queries/v1/query-request");
        const result = decodeQueryResponse(body);
        const again = result.ok ? parseJson(renderJson(encodeQueryResponse(result.value))) : result;
        const recorded = isJsonObject(body) ? body.data : null;
        // Only keys that the recording lacks may come on top.
        expect(again.ok && isJsonObject(again.value) && again.value.data).toMatchObject(toPlain(recorded));
      },
    );

    it("of a login lose nothing that drivers read", () => {
      const body = one("auth/password/successful_flow.json", "/session/v1/login");
      const result = decodeLoginResponse(body);
      const again = result.ok ? parseJson(renderJson(encodeLoginResponse(result.value))) : result;
      const recorded = toPlain(isJsonObject(body) ? body.data : null);
      expect(again.ok && isJsonObject(again.value) && again.value.data).toMatchObject({
        ...recorded,
        newClientForUpgrade: null,
      });
    });
  });
}

/** Without null prototypes, which the matcher tells apart. */
function toPlain(json: Json | undefined): JsonObject {
  return JSON.parse(renderJson(json ?? null)) as JsonObject;
}
