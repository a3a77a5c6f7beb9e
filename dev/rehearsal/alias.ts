import { monthsAfter } from "../../lib/calendar";

/** How times are written: from the flow's start, as a reader compares them, or as they were, for playing them again. */
export type TimeStyle = "counted" | "kept";

/** Longer texts are found first: a secret has an id in it, and an address may have all of them. */
const SECRET =
  /\b(?:(?:sk|rk|pk)_(?:test|live)_[\w*]+|whsec_\w+|[a-z]+(?:_[a-z]+)*_[A-Za-z0-9]+_secret_\w+|eyJ[\w-]+\.[\w.-]+)/g;
const ADDRESS = /\bhttps?:\/\/[^\s"'<>]+/g;
const E_MAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
/** See `belongings.ts`; here of any kind, ours with 32 hexadecimal digits among them. */
const ID = /\b(?!pm_card_)([a-z]{2,}(?:_[a-z]+)*?)_(?:test_)?(?=[A-Za-z0-9]*[0-9A-Z])[A-Za-z0-9]{8,}\b/g;
const ISO_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
/** A run's own name, as it is in the names of its test clocks. */
const RUN = /\b\d{4}-\d\d-\d\d-[0-9a-f]{6}\b/g;
const REFERENCE = /\bCR-[0-9A-Z]{4}-[0-9A-Z]{4}\b/g;

/** Seconds between 2018 and 2055: no amount of a rehearsal is as large, and no time outside. */
const FIRST_SECOND = 1_514_764_800;
const LAST_SECOND = 2_682_374_400;
const DAY = 86_400;
/** A flow's first minutes are its start, and what happens a month later may be as late. */
const NEAR = 2 * 3_600;
const FURTHEST_MONTHS = 36;

/** Drawn anew by Stripe for each object, and of no meaning for us. */
const DRAWN = new Set([
  "arn",
  "authorization_code",
  "client_reference_id",
  "display_items",
  "fingerprint",
  "invoice_prefix",
  "network_transaction_id",
  "network_reference",
  "number",
  "payment_account_reference",
  "receipt_number",
  "reference",
  "refill_rehearsal",
  "request_log_url",
  "risk_score",
  "trace_id",
]);

/**
 * Writes what was recorded so that two runs can be laid side by side: ids by kind in order of appearance (`cus_1`), times from
 * the flow's start, and nothing that is secret, drawn by chance or somebody's address.
 */
export class Aliases {
  private readonly known = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly startSeconds: number,
    private readonly times: TimeStyle,
  ) {}

  /** Any JSON; keys stay, values of whatever depth are written anew. */
  clean(value: unknown, key = ""): unknown {
    if (typeof value === "string") return this.text(value, key);
    if (typeof value === "number")
      return this.isCounted(value) ? this.time(value) : DRAWN.has(key) ? "drawn" : value;
    if (typeof value === "bigint") return value.toString();
    if (Array.isArray(value)) return value.map((each) => this.clean(each, key));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [this.inText(name), this.clean(each, name)]),
    );
  }

  private text(value: string, key: string): string {
    if (value !== "" && (DRAWN.has(key) || DRAWN.has(lastKeyOf(key)))) return "drawn";
    if (/^\d{10}$/.test(value) && this.isCounted(Number(value))) return this.time(Number(value));
    return this.inText(value);
  }

  private inText(value: string): string {
    const timed =
      this.times === "kept"
        ? value
        : value.replaceAll(ISO_TIME, (at) => this.time(Math.floor(Date.parse(at) / 1_000)));
    return timed
      .replaceAll(SECRET, "secret")
      .replaceAll(ADDRESS, "address")
      .replaceAll(E_MAIL, "e-mail")
      .replaceAll(RUN, "run")
      .replaceAll(REFERENCE, (reference) => this.alias("CR", reference))
      .replaceAll(UUID, (uuid) => this.alias("uuid", uuid))
      .replaceAll(ID, (id, kind: string) => this.alias(kind, id));
  }

  private alias(kind: string, id: string): string {
    const known = this.known.get(id);
    if (known) return known;
    const count = (this.counts.get(kind) ?? 0) + 1;
    const alias = `${kind}_${count}`;
    this.counts.set(kind, count);
    this.known.set(id, alias);
    return alias;
  }

  private isCounted(value: number): boolean {
    return this.times === "counted" && isTime(value);
  }

  private secondsAfter(months: number): number {
    return monthsAfter(new Date(this.startSeconds * 1_000), months).getTime() / 1_000;
  }

  private time(seconds: number): string {
    const after = seconds - this.startSeconds;
    if (Math.abs(after) < NEAR) return "start";
    for (let months = -12; months <= FURTHEST_MONTHS; months += 1)
      if (months !== 0 && Math.abs(seconds - this.secondsAfter(months)) < NEAR) return `month ${months}`;
    return `day ${Math.round(after / DAY)}`;
  }
}

const isTime = (value: number): boolean =>
  Number.isInteger(value) && value >= FIRST_SECOND && value <= LAST_SECOND;

/** `c` of a form's `a[b][c]`. */
const lastKeyOf = (key: string): string => /\[(\w+)\]$/.exec(key)?.[1] ?? key;
