/**
 * The demo identity provider: OpenID Connect on loopback, with the demo's people, for `npm start` and for tests. It
 * stands in for a company's own; it is never part of a production image.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { answerInteraction } from "./interaction.ts";
import { openDirectory, type Person } from "./people.ts";
import { makeProvider, makeSigningKeys } from "./provider.ts";

export { type Person, parsePeople } from "./people.ts";

/** The id under which the console is registered. */
export const CONSOLE_CLIENT_ID = "sluice-console";

/** Settings of the demo identity provider. */
export interface IdpOptions {
  /** Port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  readonly people: readonly Person[];
  /** Where the console listens, on 127.0.0.1 and localhost. Default 4000. */
  readonly consolePort?: number;
  /** The console's secret. Default: none, the console is a public client with PKCE. */
  readonly clientSecret?: string;
}

/** A running identity provider. */
export interface Idp {
  readonly issuer: string;
  stop(): Promise<void>;
}

/** Starts the provider and resolves when it listens. */
export async function startIdp(options: IdpOptions): Promise<Idp> {
  const directory = openDirectory(options.people);
  const origins = ["127.0.0.1", "localhost"].map((host) => `http://${host}:${options.consolePort ?? 4000}`);
  const redirectUris = origins.map((origin) => `${origin}/api/auth/callback/sluice`);
  // Made before we listen: nobody may reach a server that does not answer yet.
  const keys = await makeSigningKeys();
  const server = createServer();
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const issuer = `http://127.0.0.1:${port}`;
  const client = { clientId: CONSOLE_CLIENT_ID, clientSecret: options.clientSecret ?? null, redirectUris };
  const provider = makeProvider(issuer, directory, client, keys);
  const protocol = provider.callback();
  // A form's answer redirects on to the console, and browsers hold form-action against redirects too.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' ${origins.join(" ")}; frame-ancestors 'none'; base-uri 'none'`;
  server.on("request", (request, response) => {
    response.setHeader("content-security-policy", policy);
    response.setHeader("referrer-policy", "no-referrer");
    response.setHeader("x-content-type-options", "nosniff");
    void answerInteraction(provider, directory, request, response).then((isAnswered) => {
      if (!isAnswered) void protocol(request, response);
    });
  });
  return {
    issuer,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
