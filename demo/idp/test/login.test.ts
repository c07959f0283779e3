/**
 * A real login, as the console's library makes it: redirect, page, form, consent, code, token. And what must not work.
 */
import { createHash, randomBytes } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONSOLE_CLIENT_ID, type Idp, parsePeople, startIdp } from "../src/index.ts";

const CALLBACK = "http://127.0.0.1:4000/api/auth/callback/sluice";
const PASSWORD = "correct-horse";
let idp: Idp;

beforeAll(async () => {
  const people = [
    { name: "ana", password: PASSWORD, groups: ["admins", "analysts"] },
    { name: "sam", password: PASSWORD, groups: ["data-stewards"] },
  ];
  idp = await startIdp({ port: 0, people });
});

afterAll(() => idp.stop());

/** A browser with cookies that does not follow redirects by itself. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async request(address: string, form?: Record<string, string>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(address, idp.issuer), {
      redirect: "manual",
      headers: { cookie },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";")[0]?.split(/=(.*)/s) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  /** Follows redirects inside the provider; returns the last response and its address. */
  async follow(address: string, form?: Record<string, string>): Promise<{ response: Response; address: string }> {
    let at = new URL(address, idp.issuer).href;
    let response = await this.request(at, form);
    for (let hops = 0; hops < 10; hops++) {
      const location = response.headers.get("location");
      if (location === null) return { response, address: at };
      at = new URL(location, at).href;
      if (!at.startsWith(idp.issuer)) return { response, address: at };
      response = await this.request(at);
    }
    throw new Error("too many redirects");
  }
}

function authorizeUrl(changes: Record<string, string> = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const nonce = randomBytes(16).toString("base64url");
  const parameters = new URLSearchParams({
    client_id: CONSOLE_CLIENT_ID,
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: "openid profile email groups",
    state: "some-state",
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...changes,
  });
  for (const [name, value] of [...parameters]) if (value === "") parameters.delete(name);
  return { url: `${idp.issuer}/auth?${parameters}`, verifier, nonce };
}

async function codeFor(browser: Browser, name: string, url: string): Promise<URL> {
  const login = await browser.follow(url);
  expect(await login.response.text()).toContain("Log in");
  const consent = await browser.follow(`${login.address}/login`, { name, password: PASSWORD });
  expect(await consent.response.text()).toContain("the groups you are in");
  const done = await browser.follow(`${consent.address}/consent`, {});
  return new URL(done.address);
}

function redeem(code: string, verifier: string): Promise<Response> {
  const body = { grant_type: "authorization_code", code, redirect_uri: CALLBACK, client_id: CONSOLE_CLIENT_ID };
  return fetch(`${idp.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({ ...body, code_verifier: verifier }),
  });
}

describe("login", () => {
  test("gives the console a signed ID token with the person's groups", async () => {
    const { url, verifier, nonce } = authorizeUrl();
    const callback = await codeFor(new Browser(), "ana", url);
    expect(callback.href.startsWith(CALLBACK)).toBe(true);
    expect(callback.searchParams.get("state")).toBe("some-state");
    const answer = await redeem(callback.searchParams.get("code") ?? "", verifier);
    const { id_token: idToken }: { id_token: string } = JSON.parse(await answer.text());
    const keys = createRemoteJWKSet(new URL(`${idp.issuer}/jwks`));
    const { payload } = await jwtVerify(idToken, keys, { issuer: idp.issuer, audience: CONSOLE_CLIENT_ID });
    expect(payload).toMatchObject({
      sub: "ana",
      email: "ana@demo.example",
      groups: ["admins", "analysts"],
      nonce,
    });
  });

  test("redeems a code once, and never with another verifier", async () => {
    const first = authorizeUrl();
    const stolen = await codeFor(new Browser(), "sam", first.url);
    expect((await redeem(stolen.searchParams.get("code") ?? "", randomBytes(32).toString("base64url"))).status).toBe(
      400,
    );
    const second = authorizeUrl();
    const callback = await codeFor(new Browser(), "sam", second.url);
    const code = callback.searchParams.get("code") ?? "";
    expect((await redeem(code, second.verifier)).status).toBe(200);
    expect((await redeem(code, second.verifier)).status).toBe(400);
  });

  test.each([
    ["a wrong password", "ana", "wrong-password"],
    ["the password of nobody", "eve", PASSWORD],
    ["an empty password", "ana", ""],
  ])("refuses %s with one same sentence", async (_what, name, password) => {
    const browser = new Browser();
    const { address } = await browser.follow(authorizeUrl().url);
    const { response } = await browser.follow(`${address}/login`, { name, password });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain("That name and password do not belong together.");
  });

  test("refuses a form without the cookie of its login", async () => {
    const { address } = await new Browser().follow(authorizeUrl().url);
    const { response } = await new Browser().follow(`${address}/login`, { name: "ana", password: PASSWORD });
    expect(response.status).toBe(400);
  });

  test("refuses consent that no login came before", async () => {
    const browser = new Browser();
    const { address } = await browser.follow(authorizeUrl().url);
    const { response } = await browser.follow(`${address}/consent`, {});
    expect(response.status).toBe(400);
  });

  test("never redirects to an address that is not registered", async () => {
    const { url } = authorizeUrl({ redirect_uri: "http://evil.example/callback" });
    const { response } = await new Browser().follow(url);
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
  });

  test("sends a request without PKCE back with an error and without a code", async () => {
    const { url } = authorizeUrl({ code_challenge: "", code_challenge_method: "" });
    const { address } = await new Browser().follow(url);
    expect(new URL(address).searchParams.get("error")).toBe("invalid_request");
    expect(new URL(address).searchParams.get("code")).toBeNull();
  });

  test("tells the console when the person says no", async () => {
    const browser = new Browser();
    const { address } = await browser.follow(authorizeUrl().url);
    const aborted = await browser.follow(`${address}/abort`, {});
    expect(new URL(aborted.address).searchParams.get("error")).toBe("access_denied");
  });

  test("shows text from outside as text, on pages that load nothing from elsewhere", async () => {
    const browser = new Browser();
    const { address } = await browser.follow(authorizeUrl().url);
    const { response } = await browser.follow(`${address}/login`, {
      name: '"><script>alert(1)</script>',
      password: "x",
    });
    const html = await response.text();
    expect(html).not.toContain("<script>");
    expect(html).not.toMatch(/(?:src|href)=/);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("refuses even the right password after ten wrong ones within a minute", async () => {
    const own = await startIdp({ port: 0, people: [{ name: "vic", password: PASSWORD, groups: [] }] });
    const shared = idp;
    idp = own;
    try {
      const browser = new Browser();
      const { address } = await browser.follow(authorizeUrl().url);
      for (let n = 0; n < 10; n++) await browser.follow(`${address}/login`, { name: "vic", password: "wrong" });
      const { response } = await browser.follow(`${address}/login`, { name: "vic", password: PASSWORD });
      expect(response.status).toBe(401);
    } finally {
      idp = shared;
      await own.stop();
    }
  });
});

describe("the list of people", () => {
  test.each([
    ["that is not JSON", "ana"],
    ["that is empty", "[]"],
    [
      "with one name twice",
      '[{"name":"a","password":"12345678","groups":[]},{"name":"a","password":"12345678","groups":[]}]',
    ],
    ["with a short password", '[{"name":"a","password":"123","groups":[]}]'],
    ["with groups that are no list", '[{"name":"a","password":"12345678","groups":"admins"}]'],
  ])("is refused %s", (_what, text) => {
    expect(() => parsePeople(text)).toThrow();
  });
});
