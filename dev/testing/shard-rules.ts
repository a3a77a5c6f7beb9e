/** Tables whose rows lie in shards, and the view over them; what the ledger reads and writes. */
const SHARDED =
  /\b(accounts|balances|grants|current_grants|holds|entries|commands|usage_days|usage_progress)\b/;

/** A write, or a read that locks: it must find its one shard by a constant. */
const WRITES = /^\s*(insert|update|delete)\b|\bfor (no key )?(update|share)\b/i;
const CONSTANT = /"?account_id"?\s*=\s*\$\d+|\bvalues \(\$1(::uuid)?,|"accounts"\."id" = \$\d+/i;
const INSERTS = /^\s*insert into "?(\w+)"?/i;
/** Days are added up from entries of the same account, so that Citus hands the whole statement to their shard. */
const ADDED_UP_IN_SHARD = /^\s*insert into usage_days .* from entries as e\s+where e\.account_id = \$\d+/is;
/** What a row could be given anew on every node: Postgres calls these volatile, and Citus `now()` too where it says so. */
const VOLATILE = /\b(clock_timestamp|statement_timestamp|timeofday|random|gen_random_uuid|nextval)\s*\(/i;
const NOT_IMMUTABLE = new RegExp(
  `${VOLATILE.source}|\\b(now|date_trunc|to_char|current_setting)\\s*\\(`,
  "i",
);
/** Inside a lateral subquery Citus does not follow the account from the row outside to the shard. */
const LATERAL_BY_OUTER_ROW = /\blateral \(\s*select [^;]*?\bwhere (\w+)\.account_id = \w+\.account_id\b/i;

const after = (text: string, start: RegExp, end: RegExp): string => {
  const from = text.split(start)[1] ?? "";
  return from.split(end)[0] ?? "";
};

/**
 * What Citus (13.2) cannot do of a statement in one shard with a plain commit, one sentence each; empty for what touches
 * no shard. A read without a constant may go to all shards: whoever sends one to look for accounts names it.
 */
export function whyNotInOneShard(text: string): string[] {
  if (!SHARDED.test(text)) return [];
  const isInsert = INSERTS.test(text);
  const fromQuery = isInsert && /\bselect\b/i.test(text) && !ADDED_UP_IN_SHARD.test(text);
  const returning = after(text, /\breturning\b/i, /$^/);
  const set = after(text, /\bset\b/i, /\bfrom\b|\bwhere\b|\breturning\b/i);
  const inConflict = isInsert && NOT_IMMUTABLE.test(after(text, /\bdo update set\b/i, /\breturning\b/i));
  return [
    ...(fromQuery ? ["inserts from a query: COPY, two phases, and a repeated key has no code"] : []),
    ...(NOT_IMMUTABLE.test(returning) ? ["returns what is not immutable"] : []),
    ...(VOLATILE.test(set) || inConflict ? ["sets what is volatile"] : []),
    ...(LATERAL_BY_OUTER_ROW.test(text) ? ["asks all shards: a lateral subquery names no account"] : []),
    ...(CONSTANT.test(text) ? [] : [WRITES.test(text) ? "writes without one account" : "reads all shards"]),
  ];
}
