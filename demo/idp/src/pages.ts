/**
 * The pages of the demo identity provider: plain HTML with a style of its own and nothing from elsewhere, no script.
 * Every text that comes from outside is escaped.
 */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes text safe in HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

const STYLE = `
  :root { color-scheme: light dark; --line: #d4d4d8; --accent: #1d4ed8; --back: #fafafa; --card: #fff; --text: #18181b; --soft: #52525b; }
  @media (prefers-color-scheme: dark) { :root { --line: #3f3f46; --accent: #93c5fd; --back: #18181b; --card: #27272a; --text: #fafafa; --soft: #a1a1aa; } }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
  main { width: min(22rem, calc(100vw - 4rem)); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
  h1 { margin: 0 0 .25rem; font-size: 1.25rem; } p { margin: 0 0 1.25rem; color: var(--soft); font-size: .9rem; }
  label { display: block; margin: 0 0 .25rem; font-size: .9rem; } input { box-sizing: border-box; width: 100%; margin: 0 0 1rem; padding: .55rem .7rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: .4rem; }
  button { width: 100%; padding: .6rem; font: inherit; font-weight: 600; color: var(--card); background: var(--accent); border: 0; border-radius: .4rem; cursor: pointer; }
  button.plain { margin-top: .5rem; color: var(--text); background: none; border: 1px solid var(--line); font-weight: 400; }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; } .error { color: #b91c1c; } ul { padding-left: 1.2rem; font-size: .9rem; }
  @media (prefers-color-scheme: dark) { .error { color: #fca5a5; } }`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body>
</html>
`;
}

/** The login page. `error` is shown above the form and read out by screen readers. */
export function loginPage(uid: string, name: string, error: string | null): string {
  const alert = error === null ? "" : `<p class="error" role="alert">${escapeHtml(error)}</p>`;
  return page(
    "Log in · Sluice demo",
    `<h1>Log in</h1><p>The demo identity provider of Sluice. <code>npm start</code> has printed names and passwords.</p>${alert}
<form method="post" action="/interaction/${escapeHtml(uid)}/login">
<label for="name">Name</label><input id="name" name="name" value="${escapeHtml(name)}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Log in</button></form>`,
  );
}

/** What a client will learn, in words. */
const SCOPES: Readonly<Record<string, string>> = {
  openid: "who you are",
  profile: "your name",
  email: "your e-mail address",
  groups: "the groups you are in",
};

/** The consent page. */
export function consentPage(uid: string, client: string, scopes: readonly string[]): string {
  const items = scopes.map((scope) => `<li>${escapeHtml(SCOPES[scope] ?? scope)}</li>`).join("");
  return page(
    "Continue · Sluice demo",
    `<h1>Continue to ${escapeHtml(client)}?</h1><p>It will learn:</p><ul>${items}</ul>
<form method="post" action="/interaction/${escapeHtml(uid)}/consent"><button type="submit" autofocus>Continue</button></form>
<form method="post" action="/interaction/${escapeHtml(uid)}/abort"><button class="plain" type="submit">Cancel</button></form>`,
  );
}

/** The page for a request that can't go on. */
export function errorPage(sentence: string): string {
  return page("Not possible · Sluice demo", `<h1>That did not work</h1><p>${escapeHtml(sentence)}</p>`);
}
