import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DatabaseBusy } from "../db/transact";
import { type ActionSteps, done, failed, parseForm, runAction, textField } from "./action-core";

const schema = z.object({
  amount: textField({ max: 20, missing: "Enter an amount." }),
  note: z.string().optional(),
});
type Who = { readonly role: string };
class Redirect extends Error {
  digest = "NEXT_REDIRECT;push;/sign-in;307;";
}

function formOf(entries: readonly (readonly [string, string | File])[]): FormData {
  const form = new FormData();
  for (const [name, value] of entries) form.append(name, value);
  return form;
}

function steps(changes: Partial<ActionSteps<Who, typeof schema, { message: string }>> = {}) {
  const ran: unknown[] = [];
  const logged: unknown[] = [];
  const foreign: string[] = [];
  const all: ActionSteps<Who, typeof schema, { message: string }> = {
    headers: new Headers({ origin: "https://billing.example" }),
    appUrl: "https://billing.example",
    form: formOf([["amount", " 12.50 "]]),
    authenticate: async () => ({ role: "owner" }),
    onSignedOut: () => {
      throw new Redirect();
    },
    mayRun: () => true,
    input: schema,
    echo: ["amount"],
    run: async (input) => {
      ran.push(input);
      return done({ message: "Done." });
    },
    onForeignOrigin: () => void foreign.push("told"),
    onUnexpected: (error) => {
      logged.push(error);
      return "abc123";
    },
    ...changes,
  };
  return { all, ran, logged, foreign };
}

describe("a text field", () => {
  const field = textField({ max: 20, missing: "Enter a name." });
  const told = (text: string) => {
    const parsed = field.safeParse(text);
    return parsed.success ? parsed.data : parsed.error.issues[0]?.message;
  };

  it("takes names in any script, and trims them", () => {
    for (const name of ["Ada", "محمد", "שרה", "👩\u200d💻", "O’Brien"]) expect(told(` ${name} `)).toBe(name);
  });

  it("refuses what cannot be seen, and says what to do", () => {
    for (const name of ["a\u0000b", "\u202eadA", "A\u200e", "a\u2028b", "a\ud800b", "a\u061cb"]) {
      expect(told(name), JSON.stringify(name)).toMatch(/cannot be seen/);
    }
    for (const name of ["", " ", "\u200b", "\ufeff"]) expect(told(name)).toBe("Enter a name.");
  });
});

describe("an action", () => {
  it("runs its verb once with what the form says", async () => {
    const { all, ran } = steps();
    expect(await runAction(all)).toEqual({ kind: "done", message: "Done." });
    expect(ran).toEqual([{ amount: "12.50" }]);
  });

  it.each([undefined, "null", "https://evil.example"])(
    "from origin %j is refused before anybody is looked up, and told of",
    async (origin) => {
      const { all, ran, foreign } = steps({
        headers: new Headers(origin === undefined ? {} : { origin }),
        authenticate: () => expect.fail("looked somebody up"),
      });
      expect(await runAction(all)).toMatchObject({ kind: "failed", code: "foreign_origin" });
      expect(ran).toEqual([]);
      expect(foreign).toEqual(["told"]);
    },
  );

  it("is counted once its form is right, and refused without running when that was too often", async () => {
    const asked: Who[] = [];
    const refuse = async (who: Who) => {
      asked.push(who);
      return failed("too_often", "Later.");
    };
    const wrong = steps({ refuse, form: formOf([["amount", ""]]) });
    expect(await runAction(wrong.all)).toMatchObject({ kind: "invalid" });
    expect(asked).toEqual([]);
    const refused = steps({ refuse });
    expect(await runAction(refused.all)).toMatchObject({ code: "too_often", values: { amount: " 12.50 " } });
    expect([asked.length, refused.ran]).toEqual([1, []]);
    const allowed = steps({ refuse: async () => null });
    expect(await runAction(allowed.all)).toMatchObject({ kind: "done" });
  });

  it("sends the signed-out to sign in, before their form is read", async () => {
    const { all, ran } = steps({ authenticate: async () => null, form: "not even a form" });
    await expect(runAction(all)).rejects.toBeInstanceOf(Redirect);
    expect(ran).toEqual([]);
  });

  it("tells a member whose role does not allow it, before their form is read", async () => {
    const { all, ran } = steps({ mayRun: (who) => who.role === "billing", form: null });
    expect(await runAction(all)).toMatchObject({ kind: "failed", code: "forbidden" });
    expect(ran).toEqual([]);
  });

  it("explains each wrong field and shows again what was typed, but only what may be shown", async () => {
    const { all, ran } = steps({
      form: formOf([
        ["amount", "9".repeat(21)],
        ["note", "secret"],
      ]),
    });
    expect(await runAction(all)).toEqual({
      kind: "invalid",
      fields: { amount: "Please use at most 20 characters." },
      message: "Please use at most 20 characters.",
      values: { amount: "9".repeat(21) },
    });
    expect(ran).toEqual([]);
  });

  it.each<[string, readonly (readonly [string, string | File])[]]>([
    [
      "a field nobody declared",
      [
        ["amount", "1"],
        ["credits", "999999999"],
      ],
    ],
    [
      "a prototype's name",
      [
        ["amount", "1"],
        ["__proto__", "x"],
      ],
    ],
    [
      "a field sent twice",
      [
        ["amount", "1"],
        ["amount", "2"],
      ],
    ],
    ["a file in place of a text", [["amount", new File(["1"], "amount.txt")]]],
    ["a megabyte", [["amount", "1".repeat(1_000_000)]]],
  ])("refuses %s as a whole", async (_, entries) => {
    const { all, ran } = steps({ form: formOf(entries) });
    expect(await runAction(all)).toMatchObject({ kind: "invalid", fields: {} });
    expect(ran).toEqual([]);
  });

  it.each(["1\u00002", "1\u001b[31m", "1\u0085"])("refuses control characters in %j", async (amount) => {
    const { all, ran } = steps({ form: formOf([["amount", amount]]) });
    expect(await runAction(all)).toMatchObject({ kind: "invalid", fields: { amount: expect.any(String) } });
    expect(ran).toEqual([]);
  });

  it("refuses what is no form at all", async () => {
    for (const form of [undefined, null, 5, "amount=1", { amount: "1" }, ["amount", "1"]]) {
      expect(await runAction(steps({ form }).all)).toMatchObject({ kind: "invalid" });
    }
  });

  it("lets a redirect of its verb through", async () => {
    const { all, logged } = steps({
      run: async () => {
        throw new Redirect();
      },
    });
    await expect(runAction(all)).rejects.toBeInstanceOf(Redirect);
    expect(logged).toEqual([]);
  });

  it("says when the database is busy, and that nothing was changed", async () => {
    const { all } = steps({
      authenticate: async () => {
        throw new DatabaseBusy("no connection");
      },
    });
    expect(await runAction(all)).toMatchObject({
      kind: "failed",
      code: "busy",
      message: expect.stringContaining("nothing was changed"),
    });
  });

  it.each([
    Object.assign(new Error("gone"), { code: "CONNECTION_CLOSED" }),
    new Error("the ORM's own words", {
      cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }),
    }),
  ])("says when the database is away, and does not claim to know what happened", async (error) => {
    const { all, logged } = steps({
      run: async () => {
        throw error;
      },
    });
    expect(await runAction(all)).toMatchObject({ kind: "failed", code: "unavailable" });
    expect(logged).toEqual([]);
  });

  it("logs a bug under a reference and shows only the reference", async () => {
    const bug = new Error("password=hunter2");
    const { all, logged } = steps({
      run: async () => {
        throw bug;
      },
    });
    const state = await runAction(all);
    expect(state).toMatchObject({
      kind: "failed",
      code: "unexpected",
      message: expect.stringContaining("abc123"),
    });
    expect(JSON.stringify(state)).not.toContain("hunter2");
    expect(logged).toEqual([bug]);
  });

  it("passes on a refusal of its verb with what was typed", async () => {
    const { all } = steps({ run: async () => failed("card_declined", "Your card was declined.") });
    expect(await runAction(all)).toEqual({
      kind: "failed",
      code: "card_declined",
      message: "Your card was declined.",
      values: { amount: " 12.50 " },
    });
  });
});

describe("a form", () => {
  it("may carry the framework's own fields", () => {
    const form = formOf([
      ["$ACTION_REF_1", ""],
      ["$ACTION_1:0", "{}"],
      ["$ACTION_KEY", "k"],
      ["amount", "5"],
    ]);
    expect(parseForm(form, schema)).toMatchObject({ ok: true, input: { amount: "5" } });
  });

  it("that misses a field hears what to enter", () => {
    expect(parseForm(formOf([]), schema)).toMatchObject({
      state: { fields: { amount: "Enter an amount." } },
    });
  });
});
