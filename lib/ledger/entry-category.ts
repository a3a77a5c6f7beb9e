import { sql } from "drizzle-orm";

/**
 * The number of the category that an entry `e` is for, or null. Entries from before the catalog keep a word in a column of
 * their own, which stands for one of the numbers 1 to 3 for ever: so none of them had to be written again.
 */
export const ENTRY_CATEGORY = sql.raw(
  "coalesce(e.category, case e.former_category when 'ai_processing' then 1::smallint when 'infrastructure' then 2::smallint when 'platform' then 3::smallint end)",
);
/** Whether an entry `e` is usage. */
export const IS_USAGE = sql.raw("(e.category is not null or e.former_category is not null)");
