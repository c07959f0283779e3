/**
 * The text that Snowflake's JSON results give for a cell (protocol reference, section 8.1), from
 * the cell of an Arrow result: so that a recording looks the same whichever format a driver asked for.
 */
import type { ArrowCell } from "./column-writer.ts";
import type { ArrowField } from "./schema.ts";

/** Text of a cell, or null for NULL. Structured values, which have no such text, come as JSON. */
export function snowflakeCellText(field: ArrowField, cell: ArrowCell): string | null {
  if (cell === null) return null;
  const metadata = new Map(field.metadata);
  const scale = Math.min(Math.max(Number(metadata.get("scale") ?? 0) || 0, 0), 38);
  switch (metadata.get("logicalType")) {
    case "FIXED":
    case "TIME":
      return isInteger(cell) ? scaledText(BigInt(cell), scale) : structuredText(cell);
    case "TIMESTAMP_NTZ":
    case "TIMESTAMP_LTZ":
      return Array.isArray(cell)
        ? epochText(cell[0], cell[1], scale)
        : isInteger(cell)
          ? scaledText(BigInt(cell), scale)
          : structuredText(cell);
    case "TIMESTAMP_TZ":
      return zonedText(cell, scale);
    default:
      return plainText(cell);
  }
}

function isInteger(cell: ArrowCell | undefined): cell is number | bigint {
  return typeof cell === "bigint" || (typeof cell === "number" && Number.isInteger(cell));
}

/** value × 10^-scale with exactly `scale` fraction digits. */
function scaledText(value: bigint, scale: number): string {
  if (scale === 0) return value.toString();
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function epochText(epoch: ArrowCell | undefined, nanoseconds: ArrowCell | undefined, scale: number): string | null {
  if (!isInteger(epoch) || !isInteger(nanoseconds)) return null;
  const whole = scaledText(BigInt(epoch) * 1_000_000_000n + BigInt(nanoseconds), 9);
  return scale === 0 ? whole.slice(0, -10) : whole.slice(0, whole.length - 9 + Math.min(scale, 9));
}

function zonedText(cell: ArrowCell, scale: number): string | null {
  if (!Array.isArray(cell)) return plainText(cell);
  const [epoch, second, third] = cell;
  const time =
    cell.length === 2 ? (isInteger(epoch) ? scaledText(BigInt(epoch), scale) : null) : epochText(epoch, second, scale);
  const zone = cell.length === 2 ? second : third;
  return time === null || !isInteger(zone) ? null : `${time} ${zone}`;
}

function plainText(cell: ArrowCell): string | null {
  if (typeof cell === "string") return cell;
  if (typeof cell === "boolean") return cell ? "1" : "0";
  if (cell instanceof Uint8Array) return hexText(cell);
  if (typeof cell === "number")
    return Number.isFinite(cell) || Number.isNaN(cell) ? String(cell) : cell > 0 ? "inf" : "-inf";
  return typeof cell === "bigint" ? cell.toString() : structuredText(cell);
}

function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("");
}

function structuredText(cell: ArrowCell): string {
  return JSON.stringify(cell, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value instanceof Uint8Array ? hexText(value) : value,
  );
}
