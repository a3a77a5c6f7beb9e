import type Stripe from "stripe";
import type { Addressed } from "../../../db/address";
import { findCardsOnly } from "../cards-only";
import { findPortalChanges } from "../portal";
import type { Change } from "../setup-change";
import { countAtStripe } from "../setup-counts";
import { findPriceChanges } from "../setup-prices";
import { findProductChanges } from "../setup-products";
import { type AccountReport, readAccount, readRights, reasonOf } from "./account";
import { readDatabase } from "./belongs";
import { readUndelivered, readWebhook } from "./delivery";
import { about, type Finding, TOPICS, type Topic } from "./finding";

export type DoctorOptions = {
  readonly secretKey: string;
  /** The origin that customers reach the application at. */
  readonly appUrl: string;
  readonly database: Addressed | undefined;
  /** Whether STRIPE_WEBHOOK_SECRET is set. */
  readonly hasWebhookSecret: boolean;
  /** After so long, what has not answered is told as such. */
  readonly withinMs?: number;
  readonly now?: Date;
};

const WITHIN_MS = 20_000;

/**
 * Looks at everything at Stripe that the product depends on, and changes nothing. Never throws what Stripe or a network does:
 * what could not be learned is a finding of its own. The findings come by topic, in the order of `TOPICS`.
 */
export async function examine(stripe: Stripe, options: DoctorOptions): Promise<readonly Finding[]> {
  const until = Date.now() + (options.withinMs ?? WITHIN_MS);
  const none: AccountReport = {
    owner: { accountId: null, live: options.secretKey.includes("_live_") },
    findings: [about("key").unknown(NO_ANSWER)],
    goesOn: false,
  };
  const asked = readAccount(stripe, options.secretKey, options.now ?? new Date());
  const account = await within(until, asked, none);
  if (!account.goesOn) return account.findings;
  const looks = looksOf(stripe, options, account);
  const found = await Promise.all(
    looks.map(async ([topic, look]) => {
      const silent = [about(topic).unknown(NO_ANSWER)];
      const answer = look().catch((error: unknown) => [
        about(topic).unknown(`Not learned: ${reasonOf(error)}`),
      ]);
      return within<readonly Finding[]>(until, answer, silent);
    }),
  );
  const all = [...account.findings, ...found.flat()];
  return TOPICS.flatMap((topic) => all.filter((each) => each.topic === topic));
}

const NO_ANSWER = "Stripe did not answer in time.";

type Look = readonly [Topic, () => Promise<readonly Finding[]>];

function looksOf(stripe: Stripe, options: DoctorOptions, { owner }: AccountReport): readonly Look[] {
  const { secretKey, appUrl, database, hasWebhookSecret: hasSecret } = options;
  return [
    ["key", () => readRights(stripe, secretKey)],
    ["database", () => readDatabase(database, owner)],
    ["payment methods", async () => asSetUp("payment methods", (await findCardsOnly(stripe)).changes)],
    [
      "catalog",
      async () =>
        asSetUp("catalog", [
          ...(await findProductChanges(stripe)),
          ...(await findPriceChanges(stripe, countAtStripe(stripe))),
        ]),
    ],
    [
      "portal",
      async () => {
        const cards = await findCardsOnly(stripe);
        return asSetUp("portal", await findPortalChanges(stripe, { appUrl, cardsId: cards.id }));
      },
    ],
    ["webhook", () => readWebhook(stripe, { appUrl, live: owner.live, hasSecret })],
    ["deliveries", () => readUndelivered(stripe)],
  ];
}

/** What the setup would change there is what is wrong with it. */
function asSetUp(topic: Topic, changes: readonly Change[]): readonly Finding[] {
  const { good, bad } = about(topic);
  if (changes.length === 0) return [good("As the catalog and the setup have it.")];
  return changes.map(({ says }) => bad(`Not set up: ${says}.`, "npm run stripe:setup"));
}

async function within<T>(until: number, answer: Promise<T>, otherwise: T): Promise<T> {
  if (Date.now() >= until) return otherwise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, until - Date.now()), otherwise);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
