import { newId } from "../ids";

export const API_FAULTS = [
  "drop_before",
  "drop_after",
  "fail_before",
  "fail_after",
  "rate_limit",
  "lock_timeout",
  "conflict",
  "slow_before",
  "slow_after",
] as const;
export const WEBHOOK_FAULTS = [
  "webhook_lost",
  "webhook_doubled",
  "webhook_late",
  "webhook_reordered",
] as const;

export type FaultKind = (typeof API_FAULTS)[number] | (typeof WEBHOOK_FAULTS)[number];

export type FaultMatch = {
  method?: string;
  /** A path, where `*` stands for any text: `/v1/payment_intents*`. */
  pathPattern?: string;
  /** For webhook faults, an event type with the same `*`. */
  type?: string;
};

export type FaultRequest = {
  kind: FaultKind;
  match?: FaultMatch;
  /** How often it strikes; left out, until it is cleared. */
  times?: number | "forever";
  /** For slow and late. */
  ms?: number;
  /** For reordered: release in reverse once this many are held; left out, on demand. */
  count?: number;
};

export type Fault = {
  id: string;
  kind: FaultKind;
  match: FaultMatch;
  left: number | null;
  struck: number;
  ms: number;
  count: number | null;
};

/** The switches. Each fault strikes what it matches until its number is used up. */
export class Faults {
  private faults: Fault[] = [];

  add(request: FaultRequest): Fault {
    const { kind, match = {}, times = "forever", ms = 1000, count = null } = request;
    const fault = {
      id: newId("fault", 10),
      kind,
      match,
      left: times === "forever" ? null : times,
      struck: 0,
      ms,
      count,
    };
    this.faults.push(fault);
    return fault;
  }

  list(): Fault[] {
    return this.faults.filter((fault) => fault.left !== 0);
  }

  clear(id?: string): void {
    this.faults = id ? this.faults.filter((fault) => fault.id !== id) : [];
  }

  takeForRequest(kind: FaultKind, method: string, path: string): Fault | null {
    return this.take(kind, ({ match }) => {
      const methodFits = !match.method || match.method.toUpperCase() === method;
      return methodFits && fits(match.pathPattern, path);
    });
  }

  takeForEvent(kind: FaultKind, type: string): Fault | null {
    return this.take(kind, ({ match }) => fits(match.type, type));
  }

  private take(kind: FaultKind, matches: (fault: Fault) => boolean): Fault | null {
    const fault = this.faults.find((each) => each.kind === kind && each.left !== 0 && matches(each));
    if (!fault) return null;
    fault.struck += 1;
    if (fault.left !== null) fault.left -= 1;
    return fault;
  }
}

function fits(pattern: string | undefined, text: string): boolean {
  if (!pattern) return true;
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
