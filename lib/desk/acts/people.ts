import { and, eq, isNull, ne, sql } from "drizzle-orm";
import { memberRole, memberships, users } from "../../../db/schema";
import type { SecurityEvent } from "../../auth/security-events";
import { isLastOwner, lockMembers } from "../../colleagues/lock-members";
import { withdrawInvitationsOf } from "../../colleagues/withdraw-invitation";
import { toPublicId } from "../../ids";
import { err, ok, type Result } from "../../result";
import type { Act, ActRefusal, Measured, Prepared, Scene } from "./act";
import { accountAct } from "./act";
import { readId, readOneOf } from "./read-fields";
import { tellSecurity } from "./tell-security";

type Person = typeof users.$inferSelect;

/** Ends every session of a person: they sign in again. */
export const endSessions: Act = {
  of: "either",
  fields: ["person"],
  prepare: (scene) =>
    preparePerson(scene, async (person) =>
      ok({ change: raised, basis: [String(person.sessionVersion)], event: { kind: "session_revoked" } }),
    ),
  counter: null,
};

/** Keeps a person out, and ends their sessions. */
export const disablePerson: Act = {
  of: "either",
  fields: ["person"],
  prepare: (scene) =>
    preparePerson(scene, async (person) => {
      if (person.disabledAt) return err({ code: "already_so" });
      if (person.id === scene.operatorId) return err({ code: "oneself" });
      if (person.isOperator && (await isLastOperator(scene, person.id)))
        return err({ code: "last_operator" });
      return ok({
        change: { ...raised, disabledAt: scene.now },
        basis: ["enabled"],
        event: { kind: "person_disabled" },
      });
    }),
  counter: ({ person }) => (person ? { kind: "enable_person", fields: { person } } : null),
};

export const enablePerson: Act = {
  of: "either",
  fields: ["person"],
  prepare: (scene) =>
    preparePerson(scene, async (person) =>
      person.disabledAt
        ? ok({
            change: { disabledAt: null },
            basis: [person.disabledAt.toISOString()],
            event: { kind: "person_enabled" },
          })
        : err({ code: "already_so" }),
    ),
  counter: ({ person }) => (person ? { kind: "disable_person", fields: { person } } : null),
};

/** Makes somebody run the product, or ends that. */
export const setOperator: Act = {
  of: "either",
  fields: ["person", "operator"],
  prepare: (scene) =>
    preparePerson(scene, async (person) => {
      const wanted = readOneOf(scene.fields, "operator", ["yes", "no"]);
      if (!wanted.ok) return wanted;
      const isOperator = wanted.value === "yes";
      if (person.isOperator === isOperator) return err({ code: "already_so" });
      if (person.id === scene.operatorId) return err({ code: "oneself" });
      if (!isOperator && (await isLastOperator(scene, person.id))) return err({ code: "last_operator" });
      return ok({
        change: { isOperator },
        basis: [String(person.isOperator)],
        event: { kind: "role_changed", details: { operator: isOperator } },
      });
    }),
  counter: ({ person, operator }) =>
    person ? { kind: "set_operator", fields: { person, operator: operator === "yes" ? "no" : "yes" } } : null,
};

/** Gives a person of the account another role. Somebody who can sign in goes on owning it. */
export const setRole = accountAct({
  fields: ["person", "role"],
  prepare: async (scene) => {
    const { tx, account } = scene;
    const role = readOneOf(scene.fields, "role", memberRole.enumValues);
    if (!role.ok) return role;
    const id = readId(scene.fields, "person", "user");
    if (!id.ok) return id;
    const members = await lockMembers(tx, account.id);
    const member = members.find((each) => each.userId === id.value);
    if (!member) return err({ code: "subject_not_found" });
    if (member.role === role.value) return err({ code: "already_so" });
    if (member.role === "owner" && isLastOwner(members, id.value)) return err({ code: "last_owner" });
    const own = and(eq(memberships.accountId, account.id), eq(memberships.userId, id.value));
    return ok({
      subject: toPublicId("user", id.value),
      basis: [member.role],
      measure: async () => {
        const [row] = await tx.select().from(memberships).where(own);
        return [{ name: "Role", unit: "text", value: row?.role ?? "none" }];
      },
      run: async () => {
        await tx.update(memberships).set({ role: role.value }).where(own);
        if (member.role === "owner") await withdrawInvitationsOf(tx, account.id, id.value);
        return ok({ was: member.role });
      },
      afterwards: tellSecurity(scene, {
        kind: "role_changed",
        userId: id.value,
        details: { from: member.role, to: role.value },
      }),
    });
  },
  counter: ({ person, was }) => (person && was ? { kind: "set_role", fields: { person, role: was } } : null),
});

type Change = {
  readonly change: Partial<{ [K in keyof Person]: Person[K] | ReturnType<typeof sql> }>;
  readonly basis: readonly string[];
  /** Kept of the person after the commit. */
  readonly event: Pick<SecurityEvent, "kind" | "details">;
};

/** Every session row carries the version it was made under. */
const raised = { sessionVersion: sql`${users.sessionVersion} + 1` };

/** The person is locked, and where an account is named, they belong to it. */
async function preparePerson(
  scene: Scene,
  decide: (person: Person) => Promise<Result<Change, ActRefusal>>,
): Promise<Result<Prepared, ActRefusal>> {
  const { tx, account, fields } = scene;
  const id = readId(fields, "person", "user");
  if (!id.ok) return id;
  const [person] = await tx.select().from(users).where(eq(users.id, id.value)).for("no key update");
  if (!person) return err({ code: "subject_not_found" });
  if (account) {
    const own = and(eq(memberships.accountId, account.id), eq(memberships.userId, person.id));
    const [member] = await tx.select().from(memberships).where(own);
    if (!member) return err({ code: "subject_not_found" });
  }
  const decided = await decide(person);
  if (!decided.ok) return decided;
  const { change, basis, event } = decided.value;
  return ok({
    subject: toPublicId("user", person.id),
    basis,
    measure: () => measurePerson(scene, person.id),
    run: async () => {
      await tx.update(users).set(change).where(eq(users.id, person.id));
      return ok({});
    },
    afterwards: tellSecurity(scene, { ...event, userId: person.id }),
  });
}

async function measurePerson({ tx }: Scene, id: string): Promise<readonly Measured[]> {
  const [row] = await tx.execute<{ disabled: boolean; operator: boolean; running: string }>(sql`
    select u.disabled_at is not null as disabled, u.is_operator as operator,
      (select count(*) from sessions s where s.user_id = u.id and s.version = u.session_version and s.ended_at is null) as running
    from users u where u.id = ${id}`);
  return [
    { name: "Sessions that have not ended", unit: "text", value: String(row?.running ?? 0) },
    { name: "May sign in", unit: "text", value: row?.disabled ? "no" : "yes" },
    { name: "Operator", unit: "text", value: row?.operator ? "yes" : "no" },
  ];
}

async function isLastOperator({ tx }: Scene, id: string): Promise<boolean> {
  const others = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.isOperator, true), isNull(users.disabledAt), ne(users.id, id)))
    .for("no key update");
  return others.length === 0;
}
