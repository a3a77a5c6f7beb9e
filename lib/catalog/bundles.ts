import { type Bundle, getCatalog } from "./catalog";

/** The Quick Select cards, in the order they are shown. */
export const listBundles = (): readonly Bundle[] => getCatalog().bundles;

/** Looks only among our own bundles, so `__proto__`, arrays and the like find nothing. */
export const findBundle = (id: unknown): Bundle | null =>
  listBundles().find((each) => each.id === id) ?? null;
