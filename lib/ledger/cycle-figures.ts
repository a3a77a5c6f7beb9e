import type { Reader } from "../../db/client";
import type { CycleFigures } from "./figures";
import { getBalance } from "./queries";

export type { CycleFigures } from "./figures";

/**
 * The figures of the account's running cycle at this instant of the database's clock: the same that every page, the API and
 * mails show. Who has a balance has them already. Open the cycle first where `mustOpen` (`readBalance`, `loadBilling`). One
 * statement over the cycle's grants, whatever the history. Throws when the account has no books.
 */
export const getCycleFigures = (db: Reader, accountId: string): Promise<CycleFigures> =>
  getBalance(db, accountId);
