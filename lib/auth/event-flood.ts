/**
 * How much is written down one by one. A minute's rest is counted, and told as one event for each who caused it and one
 * for each kind, so that a flood costs a bounded number of rows and log lines, and still shows its size.
 */
export type FloodLimits = {
  readonly perCauser: number;
  readonly perKind: number;
  readonly minuteMs: number;
};

/** `causer` is null for all of whom nothing was written. */
export type Excess = { readonly kind: string; readonly causer: string | null; readonly times: number };

type Minute = {
  written: number;
  /** Never more entries than `perKind`: only those of whom something was written are counted by name. */
  readonly byCauser: Map<string, { written: number; excess: number }>;
  excess: number;
};

type Tell = (excess: Excess) => void;

/** Counts in this process, per kind. */
export function createFloodGate(limits: FloodLimits) {
  const minutes = new Map<string, Minute>();

  const close = (kind: string, tell: Tell) => {
    const minute = minutes.get(kind);
    minutes.delete(kind);
    for (const [causer, { excess }] of minute?.byCauser ?? [])
      if (excess > 0) tell({ kind, causer, times: excess });
    if (minute && minute.excess > 0) tell({ kind, causer: null, times: minute.excess });
  };

  const open = (kind: string, tell: Tell): Minute => {
    const minute: Minute = { written: 0, byCauser: new Map(), excess: 0 };
    minutes.set(kind, minute);
    setTimeout(() => close(kind, tell), limits.minuteMs).unref();
    return minute;
  };

  return {
    /** Whether this one is to be written by itself. What is not is counted, and told when its minute is over. */
    admits(kind: string, causer: string, tell: Tell): boolean {
      const minute = minutes.get(kind) ?? open(kind, tell);
      const counted = minute.byCauser.get(causer) ?? { written: 0, excess: 0 };
      if (minute.written < limits.perKind && counted.written < limits.perCauser) {
        minute.written += 1;
        counted.written += 1;
        minute.byCauser.set(causer, counted);
        return true;
      }
      if (counted.written > 0) counted.excess += 1;
      else minute.excess += 1;
      return false;
    },
  };
}
