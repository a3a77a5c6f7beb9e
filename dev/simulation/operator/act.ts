import Stripe from "stripe";
import type { Person } from "../person";
import type { Random } from "../random";
import type { World } from "../world";
import { CHANGES } from "./changes";
import { COLLECTION } from "./collection";
import { deskOf, type Edit } from "./edit";
import { ENDINGS } from "./endings";
import { INVOICE_EDITS } from "./invoices";
import { PRICE_EDITS } from "./prices";

const EDITS: readonly Edit[] = [...CHANGES, ...PRICE_EDITS, ...INVOICE_EDITS, ...COLLECTION, ...ENDINGS];

/** An operator opens a customer in Stripe's dashboard and does something, rarely two things in a row. */
export async function operate(world: World, person: Person, random: Random): Promise<void> {
  do {
    const desk = deskOf(world, person, random);
    if (!desk) return;
    const edit = random.weighted(EDITS.map((each) => [each, each.weigh(desk)] as const));
    if (!edit) return;
    world.dashboard.touched.add(person.accountId);
    const outcome = await edit.run(desk).catch(refusal);
    world.figures.count("operator", edit.name);
    world.figures.count(`operator: ${edit.name}`, outcome);
    person.diary.push(`${world.now().toISOString()} operator: ${edit.name}: ${outcome}`);
  } while (random.chance(0.25));
}

/** What Stripe refuses is refused, and where it fails an operator looks what became of it; anything else is a mistake of the test. */
function refusal(error: unknown): string {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  if ((error.statusCode ?? 500) >= 500) return "failed";
  return `refused: ${error.code ?? error.message.slice(0, 60)}`;
}
