/** Snowflake's date and time format elements as strftime's. */
const ELEMENTS: readonly (readonly [element: string, directive: string])[] = [
  ["YYYY", "%Y"],
  ["YY", "%y"],
  ["MMMM", "%B"],
  ["MON", "%b"],
  ["MM", "%m"],
  ["DD", "%d"],
  ["DY", "%a"],
  ["HH24", "%H"],
  ["HH12", "%I"],
  ["MI", "%M"],
  ["SS", "%S"],
  ["FF3", "%g"],
  ["FF6", "%f"],
  ["FF9", "%n"],
  ["FF", "%n"],
  ["AM", "%p"],
  ["PM", "%p"],
];

export function strftimeOf(format: string): string {
  let out = "";
  let at = 0;
  while (at < format.length) {
    const found = ELEMENTS.find(([element]) => format.slice(at, at + element.length).toUpperCase() === element);
    out += found?.[1] ?? format.charAt(at).replaceAll("'", "''").replaceAll("%", "%%");
    at += found?.[0].length ?? 1;
  }
  return out;
}
