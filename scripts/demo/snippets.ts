/** Ready-to-paste programs that send a first statement through the gateway, one per client, with devin's token in them. */
import type { DemoFile } from "@sluice/contracts";

/** One program per client. */
export interface Snippets {
  readonly node: string;
  readonly python: string;
  readonly snow: string;
}

const QUERY = "select id, name, email, country from customers order by id limit 5";

function nodeSnippet({ gateway }: DemoFile, token: string): string {
  return `import snowflake from "snowflake-sdk";

snowflake.configure({ logLevel: "OFF" });
const connection = snowflake.createConnection({
  accessUrl: "${gateway.protocol}://${gateway.host}:${gateway.port}",
  account: "${gateway.account}",
  username: "devin",
  password: "${token}",
  database: "${gateway.database}",
  schema: "${gateway.schema}",
  warehouse: "${gateway.warehouse}",
});
await connection.connectAsync();
connection.execute({
  sqlText: "${QUERY}",
  complete: (error, _statement, rows) => {
    console.log(error?.message ?? rows);
    connection.destroy(() => {});
  },
});`;
}

function pythonSnippet({ gateway }: DemoFile, token: string): string {
  return `import snowflake.connector

with snowflake.connector.connect(
    protocol="${gateway.protocol}", host="${gateway.host}", port=${gateway.port}, account="${gateway.account}",
    user="devin", password="${token}",
    database="${gateway.database}", schema="${gateway.schema}", warehouse="${gateway.warehouse}",
) as connection:
    for row in connection.cursor().execute("${QUERY}"):
        print(row)`;
}

function snowSnippet({ gateway }: DemoFile, token: string): string {
  return `SNOWFLAKE_PASSWORD='${token}' snow sql --temporary-connection \\
  --protocol ${gateway.protocol} --host ${gateway.host} --port ${gateway.port} --account ${gateway.account} --user devin \\
  --database ${gateway.database} --schema ${gateway.schema} --warehouse ${gateway.warehouse} \\
  -q '${QUERY}'`;
}

/** The snippets for a running demo. */
export function snippetsFor(demo: DemoFile): Snippets {
  const token = demo.agents["devin"]?.token ?? "";
  return { node: nodeSnippet(demo, token), python: pythonSnippet(demo, token), snow: snowSnippet(demo, token) };
}
