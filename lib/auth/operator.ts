import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { deps } from "../deps";
import { noteWho } from "../requests/context";
import { signInPath } from "./callback-url";
import { stepUpPath } from "./desk-path";
import { auth, type Customer } from "./session";
import { keepDeskOpen } from "./step-up";

const SECOND_FACTOR_PATH = "/settings/profile/second-factor";

/** Once a request: the shell and the page both ask. */
const isDeskOpen = cache((sessionId: string) => keepDeskOpen(deps().db, sessionId));

/**
 * Who runs the product, whether or not they proved it again. Whoever is signed out is led to sign-in, an operator without the
 * second factor they need to where it is set up; for everybody else there is nothing at this address.
 */
export async function requirePossibleOperator(path?: string): Promise<Customer> {
  const customer = (await auth()) ?? redirect(signInPath(path));
  if (customer.mustAddFactor) redirect(SECOND_FACTOR_PATH);
  return customer.isOperator ? customer : notFound();
}

/** Every page and route of the desk calls this itself: an operator who proved again who they are, within the hour. */
export async function requireOperator(path?: string): Promise<Customer> {
  const operator = await requirePossibleOperator(path);
  if (!(await isDeskOpen(operator.sessionId))) redirect(stepUpPath(path));
  noteWho({ actor: "operator", account: undefined }); // What they do is to others' accounts.
  return operator;
}

/** For the shell alone, which shows its navigation to operators at an open desk and to nobody else. */
export async function findOperator(): Promise<Customer | null> {
  const customer = await auth();
  return customer?.isOperator && (await isDeskOpen(customer.sessionId)) ? customer : null;
}
