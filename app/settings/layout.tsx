import type { ReactNode } from "react";
import { DESK_PATH } from "@/lib/auth/desk-path";
import { auth } from "@/lib/auth/session";
import { env } from "@/lib/env";
import { buttonClass } from "../_components/button-class";
import { Logo } from "../_components/logo";
import { NavLinks } from "../_components/nav-links";
import { Notice } from "../_components/notice";
import { TellTimeZone } from "../_components/tell-time-zone";
import { signOutAction } from "../sign-in/actions";
import { COLLEAGUES } from "./colleagues/words";
import { SECOND_FACTOR_PATH } from "./profile/second-factor/path";
import { ZoneLine } from "./zone-line";

const LINKS = [
  { href: "/settings/profile", label: "Profile" },
  { href: COLLEAGUES, label: "Colleagues" },
  {
    href: "/settings/billing/overview",
    label: (
      <>
        Billing<span className="max-sm:sr-only"> & Subscription</span>
      </>
    ),
    section: "/settings/billing",
  },
];

/** The shell around every signed-in page. It protects nothing: each page asks for its customer itself. */
export default async function SettingsLayout({ children }: { readonly children: ReactNode }) {
  // Where that fails the page fails too, and says so inside the shell.
  const customer = await auth().catch(() => null);
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
          Settings
        </p>
        <NavLinks
          label="Settings"
          links={customer?.isOperator ? [...LINKS, { href: DESK_PATH, label: "Desk" }] : LINKS}
          className="side-links"
        />
        {customer && (
          <div className="person">
            <p>
              <bdi>{customer.name}</bdi>
              <bdi>{customer.email}</bdi>
            </p>
            <form action={signOutAction}>
              <button
                type="submit"
                className={buttonClass("secondary", "medium", "whitespace-nowrap lg:w-full")}
              >
                Sign out
              </button>
            </form>
          </div>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        {customer?.mustAddFactor && (
          <Notice tone="warning" className="mb-5">
            You run this product, so you need a second factor. Until it is on, you can do only what any
            customer can.{" "}
            <a href={SECOND_FACTOR_PATH} className="font-medium underline">
              Set it up
            </a>
          </Notice>
        )}
        {children}
        {customer && (
          <>
            <ZoneLine customer={customer} now={new Date()} />
            <TellTimeZone isFollowed={customer.zoneFrom !== "person"} />
          </>
        )}
      </main>
    </div>
  );
}
