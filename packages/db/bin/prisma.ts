/**
 * `node bin/prisma.ts <any prisma command>`: the official command over this package's schema engine, for example
 * `migrate diff --from-migrations prisma/migrations --to-schema prisma/schema.prisma --script`.
 */
import { runPrisma } from "../src/migrate/prisma-command.ts";

const { exitCode } = await runPrisma(process.argv.slice(2), { show: true });
process.exitCode = exitCode;
