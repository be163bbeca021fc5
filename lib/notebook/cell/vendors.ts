/** The compilers, loaded on first use: about 35 ms that a program without notebooks does not pay. */
export interface Vendors {
  readonly transformSync: typeof import("oxc-transform").transformSync;
  readonly parseSync: typeof import("oxc-parser").parseSync;
  readonly MagicString: typeof import("magic-string").default;
}

let loading: Promise<Vendors> | undefined;

export function loadVendors(): Promise<Vendors> {
  loading ??= Promise.all([import("oxc-transform"), import("oxc-parser"), import("magic-string")]).then(
    ([transform, parser, magic]) => ({
      transformSync: transform.transformSync,
      parseSync: parser.parseSync,
      MagicString: magic.default,
    }),
  );
  return loading;
}
