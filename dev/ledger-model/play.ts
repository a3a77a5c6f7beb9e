import type { Command } from "../../lib/ledger/decide";
import type { Purpose } from "../../lib/ledger/state";
import { credits } from "../../lib/money/credits";
import { Books } from "./books";
import {
  checkAnswer,
  checkGivenBack,
  checkIsSpendable,
  checkLife,
  checkOrder,
  checkOwed,
  checkState,
  checkSweep,
  checkUsage,
  checkWhetherRefused,
  checkWhole,
  endsOf,
} from "./checks";
import { Broken } from "./guarantees";
import {
  amountOf,
  capturedOf,
  extendedOf,
  type History,
  instantOf,
  readStep,
  restoredOf,
  revokedOf,
  type Step,
  targetOf,
} from "./history";
import { ModelAccount, type ModelAnswer } from "./model";
import { type Decided, decidesEachAlone, decidesInBatches, type Subject } from "./subject";

const PURPOSE: Purpose = { category: "ai_processing", resource: "sonata", reference: null };
const BEGINNING_MS = 1_000;

/** Hears of every command and what came of it. */
type Listener = (command: Command, decided: Decided, nowMs: number) => void;

/**
 * Plays a history against the ledger's rules and the model beside them, and returns the first guarantee that did not
 * hold, or null.
 */
export function play(history: History, listener?: Listener): Broken | null {
  const game = new Game(history.isBatched ? decidesInBatches() : decidesEachAlone(), listener);
  try {
    for (const code of history.codes) {
      const step = readStep(code);
      if (step) game.take(step);
    }
    return null;
  } catch (error) {
    if (error instanceof Broken) return error;
    // An impossible amount, or an assertion inside the rules.
    return new Broken("I3", error instanceof Error ? error.message : String(error));
  }
}

class Game {
  readonly #model = new ModelAccount(BEGINNING_MS);
  readonly #books = new Books();

  constructor(
    readonly subject: Subject,
    readonly listener: Listener | undefined,
  ) {}

  take(step: Step): void {
    const model = this.#model;
    model.passTo(instantOf(step, model));
    const now = new Date(model.nowMs);
    const command = commandOf(step, model);
    const before = this.subject.stored();
    const ends = endsOf(before);
    const decided = this.subject.decide(command, now);
    this.listener?.(command, decided, model.nowMs);
    const expected = askModel(model, command);
    if (expected) checkWhetherRefused(decided, expected);
    if ("answer" in decided) {
      this.#checkDone(command, decided);
      if (command.kind === "expire") checkSweep(before, this.subject.stored(), now);
    }
    if (expected) checkAnswer(decided, expected);
    checkLife(ends, this.subject.stored(), now);
    checkState(this.subject.settled(now), model);
  }

  #checkDone(command: Command, { due, movements }: Extract<Decided, { answer: unknown }>): void {
    const after = this.subject.stored();
    this.#books.record(due);
    this.#books.record(movements);
    this.#books.check(after);
    for (const each of due) checkUsage(each, null);
    for (const each of movements) {
      checkIsSpendable(each, command, this.#model);
      checkGivenBack(each, this.#model);
      checkUsage(each, command);
    }
    checkOrder(command, movements, after, this.#model);
    checkWhole(command, movements);
    checkOwed(command, movements);
  }
}

function commandOf(step: Step, model: ModelAccount): Command {
  const { what, length: ttlMs } = step;
  const grant = targetOf(step, model.grants);
  const hold = targetOf(step, model.holds);
  const [grantId, holdId] = [grant?.id ?? "no grant", hold?.id ?? "no hold"];
  switch (what) {
    case "grant":
      return newGrant(step, model);
    case "spend":
      return { kind: "spend", credits: amount(amountOf(step, model.available())), purpose: PURPOSE };
    case "hold": {
      const wanted = { credits: amount(amountOf(step, model.available())), ttlMs, purpose: PURPOSE };
      return { kind: "hold", holdId: nameOf("h", model.holds.length), ...wanted };
    }
    case "capture": {
      const held = hold?.parts.reduce((sum, each) => sum + each.credits, 0) ?? 1;
      return { kind: "capture", holdId, credits: amount(capturedOf(step, held, model.available())) };
    }
    case "release":
      return { kind: "release", holdId };
    case "expire":
      return { kind: "expire" };
    case "freeze":
    case "unfreeze":
      return { kind: what, grantId };
    case "extend": {
      const expiresMs = extendedOf(step, grant?.expiresMs ?? model.nowMs);
      return { kind: "extend", grantId, expiresAt: new Date(expiresMs) };
    }
    case "revoke": {
      const left = grant ? grant.credits - grant.revoked : 1;
      return { kind: "revoke", grantId, credits: amount(revokedOf(step, left)) };
    }
    case "restore": {
      const { used, unused, expired } = restoredOf(step, grant);
      return {
        kind: "restore",
        grantId,
        ...{ used: amount(used), unused: amount(unused), expired: amount(expired) },
      };
    }
    case "adjust":
      return { kind: "adjust", credits: amount(amountOf(step, model.available())) };
  }
}

function newGrant({ kind, size, startsInMs, length }: Step, model: ModelAccount): Command {
  const id = nameOf("g", model.grants.length);
  const startsAt = new Date(model.nowMs + startsInMs);
  const expiresAt = new Date(startsAt.getTime() + length);
  return { kind: "grant", grant: { id, kind, source: id, credits: amount(size + 1), startsAt, expiresAt } };
}

const amount = (value: number) => credits(BigInt(value));
/** In the order in which they were made, as the ledger's ids are. */
const nameOf = (letter: string, index: number) => letter + String(index).padStart(3, "0");

/** Null where the model has no opinion: a sweep is none of its business. */
function askModel(model: ModelAccount, command: Command): ModelAnswer | null {
  switch (command.kind) {
    case "spend":
      return model.spend(Number(command.credits));
    case "hold":
      return model.hold(command.holdId, Number(command.credits), command.ttlMs);
    case "capture":
      return model.capture(command.holdId, Number(command.credits));
    case "release":
      return model.release(command.holdId);
    case "grant": {
      const { id, kind, startsAt, expiresAt, credits: given } = command.grant;
      const life = { startsMs: startsAt.getTime(), expiresMs: expiresAt.getTime() };
      return model.grant({ id, kind, credits: Number(given), ...life });
    }
    case "freeze":
    case "unfreeze":
      return model.setFrozen(command.grantId, command.kind === "freeze");
    case "extend":
      return model.extend(command.grantId, command.expiresAt.getTime());
    case "revoke":
      return model.revoke(command.grantId, Number(command.credits));
    case "restore": {
      const { used, unused, expired } = command;
      const back = { used: Number(used), unused: Number(unused), expired: Number(expired) };
      return model.restore(command.grantId, back);
    }
    case "adjust":
      return model.adjust(Number(command.credits));
    case "expire":
      return null;
  }
}
