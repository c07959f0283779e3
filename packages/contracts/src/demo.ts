/** `.sluice/demo.json`: what a running demo tells scripts. Its shape is an interface; fields are only ever added. */
import { z } from "zod";

const secretPerson = z.object({ password: z.string(), token: z.string() });

export const demoFile = z.object({
  v: z.literal(1),
  console: z.string(),
  /** The gateway's admin listener, where the command line finds the API. */
  admin: z.string(),
  gateway: z.object({
    protocol: z.string(),
    host: z.string(),
    port: z.number(),
    account: z.string(),
    warehouse: z.string(),
    database: z.string(),
    schema: z.string(),
  }),
  warehouse: z.object({
    protocol: z.string(),
    host: z.string(),
    port: z.number(),
    account: z.string(),
    user: z.string(),
    password: z.string(),
    /** For `sluice demo reset` and the statement log; the demo warehouse only. */
    adminToken: z.string(),
  }),
  people: z.record(z.string(), secretPerson),
  agents: z.record(z.string(), z.object({ token: z.string() })),
});
export type DemoFile = z.infer<typeof demoFile>;
