import type { ReactNode } from "react";
import { HOME_PATH } from "@/lib/auth/callback-url";
import { findOperator } from "@/lib/auth/operator";
import { env } from "@/lib/env";
import { buttonClass } from "../_components/button-class";
import { Logo } from "../_components/logo";
import { TellTimeZone } from "../_components/tell-time-zone";
import { ZoneLine } from "../settings/zone-line";
import { signOutAction } from "../sign-in/actions";
import { DeskLinks } from "./desk-links";

/**
 * The shell around the operator's desk. It protects nothing: each page asks for its operator itself. Who is none at an open
 * desk is shown nothing of it, not even what it has.
 */
export default async function DeskLayout({ children }: { readonly children: ReactNode }) {
  const operator = await findOperator().catch(() => null);
  if (!operator) return children;
  return (
    <div className="shell">
      <a
        href="#main"
        className="sr-only z-10 rounded-control bg-primary px-4 py-2 text-on-primary focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header>
        <p className="product">
          <Logo />
          <span>{env().PRODUCT_NAME}</span>
        </p>
        <p aria-hidden="true" className="area">
          Desk
        </p>
        <DeskLinks />
        <div className="person">
          <p>
            <bdi>{operator.name}</bdi>
            <bdi>{operator.email}</bdi>
          </p>
          <a href={HOME_PATH} className="mr-3 text-sm underline lg:mb-3 lg:block">
            Your own account
          </a>
          <form action={signOutAction}>
            <button
              type="submit"
              className={buttonClass("secondary", "medium", "whitespace-nowrap lg:w-full")}
            >
              Sign out
            </button>
          </form>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
        <ZoneLine customer={operator} now={new Date()} />
        <TellTimeZone isFollowed={operator.zoneFrom !== "person"} />
      </main>
    </div>
  );
}
