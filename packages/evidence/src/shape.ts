/**
 * Shapes of entry bodies: a closed, typed description that a value is checked against. Unknown members are
 * refused, every text and list is bounded, and the TypeScript type follows from the shape, so that the table
 * of bodies is written once.
 */
export interface Shape<T> {
  /** null when `value` fits; otherwise what is wrong, with the path `at`. Never quotes the value. */
  readonly check: (value: unknown, at: string) => string | null;
  readonly optional: boolean;
  /** Carries the type only; never set. */
  readonly of?: T;
}

/** A member that may be absent or null. */
export interface MaybeShape<T> extends Shape<T> {
  readonly optional: true;
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type OfShape<S> = S extends Shape<infer T> ? T : never;
type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends MaybeShape<unknown> ? K : never }[keyof F];
export type OfFields<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: OfShape<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: OfShape<F[K]> | null | undefined;
};

const shape = <T>(check: Shape<T>["check"]): Shape<T> => ({ check, optional: false });

/** Text of 0 to `max` UTF-16 units. */
export const text = (max: number): Shape<string> =>
  shape((value, at) =>
    typeof value !== "string" ? `${at} is not text` : value.length > max ? `${at} is longer than ${max}` : null,
  );

/** A non-empty id of at most 200 visible ASCII characters. */
export const id: Shape<string> = shape((value, at) =>
  typeof value === "string" && /^[\x21-\x7e]{1,200}$/.test(value) ? null : `${at} is not an id`,
);

/** 32 bytes as lower-case hex. */
export const digest: Shape<string> = shape((value, at) =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? null : `${at} is not a SHA-256 in lower-case hex`,
);

/** A short machine word: `SLUICE_POLICY_DENIED`, `driver-closed`, `57014`. */
export const code: Shape<string> = shape((value, at) =>
  typeof value === "string" && /^[A-Za-z0-9_.:-]{1,80}$/.test(value) ? null : `${at} is not a code`,
);

/** A count: an exact integer from 0. */
export const count: Shape<number> = shape((value, at) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? null : `${at} is not a count`,
);

/** Milliseconds or another measured amount from 0; may have a fraction. */
export const amount: Shape<number> = shape((value, at) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? null : `${at} is not an amount`,
);

export const flag: Shape<boolean> = shape((value, at) =>
  typeof value === "boolean" ? null : `${at} is not true or false`,
);

/** RFC 3339 in UTC with up to microseconds: `2026-11-21T07:31:02.123Z`. */
export const time: Shape<string> = shape((value, at) => (isTime(value) ? null : `${at} is not a UTC time`));

export function isTime(value: unknown): value is string {
  return (
    typeof value === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

export const oneOf = <const T extends string>(...words: readonly T[]): Shape<T> =>
  shape((value, at) => (words.some((word) => word === value) ? null : `${at} is not one of ${words.join(", ")}`));

export const list = <T>(of: Shape<T>, max: number): Shape<readonly T[]> =>
  shape((value, at) => {
    if (!Array.isArray(value)) return `${at} is not a list`;
    if (value.length > max) return `${at} has more than ${max} members`;
    for (let i = 0; i < value.length; i++) {
      const problem = of.check(value[i], `${at}[${i}]`);
      if (problem !== null) return problem;
    }
    return null;
  });

/** Plain JSON whose own type is kept elsewhere (facts, a decision). Its canonical form is bounded with the entry. */
export const tree: Shape<object> = shape((value, at) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? null : `${at} is not an object`,
);

export const maybe = <T>(of: Shape<T>): MaybeShape<T> => ({
  check: (value, at) => (value === undefined || value === null ? null : of.check(value, at)),
  optional: true,
});

export const object = <F extends Fields>(fields: F): Shape<OfFields<F>> => {
  const entries = Object.entries(fields);
  return shape((value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return `${at} is not an object`;
    const members: Readonly<Record<string, unknown>> = { ...value };
    for (const key in members) {
      if (!Object.hasOwn(fields, key)) return `${at} has a member that is not known: ${key.slice(0, 80)}`;
    }
    for (const [key, field] of entries) {
      const problem = field.check(members[key], key);
      if (problem !== null) return `${at}.${problem}`;
    }
    return null;
  });
};
