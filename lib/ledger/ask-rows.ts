import type { Raw } from "../../db/client";
import { plainArray, type SetStatement } from "./set-sql";
import type { Prepared, Work } from "./work";

/** In two forms, of one account or of many. */
export type Query = Pick<SetStatement, "one" | "many">;

/** Looks each row up by itself: the limit keeps the planner from reading a table it takes for small instead. */
export const lookUpEach = (rows: string, columns: string, where: string) =>
  `select found.* from ${rows} cross join lateral (select ${columns} from ${where}) as found`;

/** Something of an account that a command names. */
export type Named = { readonly accountId: string; readonly name: string };

type AskOptions = {
  readonly toArray?: (values: readonly string[]) => string;
  readonly rest?: readonly string[];
};
export type Asker = ReturnType<typeof asker>;

/** Asks about accounts in one of the two forms, and about nothing when nothing is named. */
export function asker(raw: Raw, accountIds: readonly string[]) {
  const [first] = accountIds;
  const one = accountIds.length === 1 && first ? first : null;
  return {
    ofAccounts: <R extends object>(query: Query, ...parameters: string[]): Promise<readonly R[]> =>
      one
        ? raw.unsafe<R>(query.one, [one, ...parameters])
        : raw.unsafe<R>(query.many, [plainArray(accountIds), ...parameters]),
    ofNamed: async <R extends object>(
      query: Query,
      named: readonly Named[],
      { toArray = plainArray, rest = [] }: AskOptions = {},
    ): Promise<readonly R[]> => {
      if (named.length === 0) return [];
      const names = toArray(named.map((each) => each.name));
      return one
        ? raw.unsafe<R>(query.one, [one, names, ...rest])
        : raw.unsafe<R>(query.many, [plainArray(named.map((each) => each.accountId)), names, ...rest]);
    },
  };
}

export const named = (work: readonly Work[], pick: (each: Prepared) => string | null): Named[] =>
  work.flatMap(({ accountId, commands }) => {
    const names = new Set(commands.flatMap((each) => pick(each) ?? []));
    return [...names].map((name) => ({ accountId, name }));
  });

export const endedHold = ({ command }: Prepared): string | null =>
  command.kind === "capture" || command.kind === "release" ? command.holdId : null;
