import crypto from "node:crypto";
import type { Cause } from "./cause";
import type { Command, InternalCommand, SpendingCommand } from "./decide";

/** A command with the caller's key: the same key is one effect and one answer, for ever, whoever asks again. */
export type Keyed<C extends Command = Command> = {
  readonly key: string;
  readonly command: C;
  /** Who caused it and why, where it is not the assistant's. */
  readonly cause?: Cause | undefined;
  /** The small number of the API key it was asked for with, where it is the assistant's. */
  readonly apiKey?: number | null | undefined;
};

/** What the database keeps of a spending command's key: 16 bytes of its SHA-256, as an uuid without hyphens. */
export const keyMark = (key: string): string => sha256(key).slice(0, 32);

/** What the database keeps of a spending command's body: 8 bytes of its SHA-256. */
export const fingerprintOf = (command: SpendingCommand): bigint =>
  BigInt.asIntN(64, BigInt(`0x${sha256(spendingBody(command)).slice(0, 16)}`));

/** What makes two commands the same: everything asked for, not the id or instant somebody picked for it. */
function spendingBody(command: SpendingCommand): string {
  switch (command.kind) {
    case "spend":
    case "hold": {
      const { category, resource, reference } = command.purpose;
      const ttl = command.kind === "hold" ? command.ttlMs : 0;
      return JSON.stringify([command.kind, String(command.credits), category, resource, reference, ttl]);
    }
    case "capture":
      return `capture ${command.holdId} ${command.credits}`;
    case "release":
      return `release ${command.holdId}`;
  }
}

export const internalFingerprint = (command: InternalCommand): string =>
  sha256(JSON.stringify(internalBody(command)));

function internalBody(command: InternalCommand): readonly string[] {
  switch (command.kind) {
    case "grant": {
      const { kind, source, credits, expiresAt } = command.grant;
      return ["grant", kind, source, String(credits), expiresAt.toISOString()];
    }
    case "expire":
      return ["expire"];
    case "freeze":
    case "unfreeze":
      return [command.kind, command.grantId];
    case "extend":
      return ["extend", command.grantId, command.expiresAt.toISOString()];
    case "revoke":
      return ["revoke", command.grantId, String(command.credits)];
    case "restore":
      return ["restore", command.grantId, ...[command.used, command.unused, command.expired].map(String)];
    case "adjust":
      return ["adjust", String(command.credits)];
  }
}

/** In one call a third of the time, where the runtime has it (from Node 20.12 on). */
const sha256 = (text: string): string =>
  typeof crypto.hash === "function"
    ? crypto.hash("sha256", text)
    : crypto.createHash("sha256").update(text).digest("hex");

export const isSpending = (command: Command): command is SpendingCommand =>
  command.kind === "spend" ||
  command.kind === "hold" ||
  command.kind === "capture" ||
  command.kind === "release";
