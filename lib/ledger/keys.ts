import { createHash } from "node:crypto";
import type { Command, HouseCommand, SpendingCommand } from "./decide";

/** A command with the caller's key: the same key is one effect and one answer, for ever. */
export type Keyed<C extends Command = Command> = { readonly key: string; readonly command: C };

/** What the database keeps of a spending command's key and body. */
export type Marks = {
  /** The first 16 bytes of the SHA-256 of the key, as an uuid is written without hyphens. */
  readonly key: string;
  /** The first 8 bytes of the SHA-256 of the body. */
  readonly fingerprint: bigint;
};

export function marksOf({ key, command }: Keyed<SpendingCommand>): Marks {
  return {
    key: sha256(key).toString("hex", 0, 16),
    fingerprint: sha256(spendingBody(command)).readBigInt64BE(0),
  };
}

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

export function houseFingerprint(command: HouseCommand): Buffer {
  return sha256(JSON.stringify(houseBody(command)));
}

function houseBody(command: HouseCommand): readonly string[] {
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
    case "revoke":
      return ["revoke", command.grantId, String(command.credits)];
    case "adjust":
      return ["adjust", String(command.credits)];
  }
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

export const isSpending = (keyed: Keyed): keyed is Keyed<SpendingCommand> => {
  const { kind } = keyed.command;
  return kind === "spend" || kind === "hold" || kind === "capture" || kind === "release";
};
