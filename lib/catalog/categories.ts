import { invariant } from "../result";
import { type Category, getCatalog } from "./catalog";

/** What something can be spent under now, in the order in which it is shown. */
export const listCategories = (): readonly Category[] =>
  getCatalog().categories.filter((each) => !each.isRetired);

/** The id of one of them, for examples: the first, or one further on, as far as there are so many. */
export function exampleCategory(index = 0): string {
  const all = listCategories();
  const category = all[index % all.length] ?? listAllCategories()[0];
  invariant(category, "the catalog has a category");
  return category.id;
}

/** The same and what nothing can be spent under any more, though something was. */
export const listAllCategories = (): readonly Category[] => getCatalog().categories;

/** What somebody outside called a category: one of the catalog's, also a retired one, or null. */
export const findCategory = (id: unknown): Category | null =>
  listAllCategories().find((each) => each.id === id) ?? null;

/** For a number this process knows no category by: one that another process writes, which has a newer catalog. */
const UNKNOWN = /^category_([0-9]{1,5})$/;

/** What entries keep of a category. Throws where there is none of this id. */
export function categoryNumberOf(id: string): number {
  const number = findCategory(id)?.number ?? UNKNOWN.exec(id)?.[1];
  invariant(number, `the catalog has a category ${id}`);
  return Number(number);
}

/** The id of the category that entries keep by this number; `category_<number>` where this process knows none. */
export const categoryIdOf = (number: number): string =>
  listAllCategories().find((each) => each.number === number)?.id ?? `category_${number}`;
