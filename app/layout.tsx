import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { env } from "@/lib/env";
import { EarlierVersion } from "./_components/earlier-version";
import "./globals.css";

/** Every page is of one customer, and the environment is read when the server runs, not when it is built. */
export const dynamic = "force-dynamic";

/** But for titles, which pages have in themselves. */
export function generateMetadata(): Metadata {
  const { PRODUCT_NAME, APP_URL } = env();
  return {
    metadataBase: new URL(APP_URL),
    description: `Credits, plans and payments of ${PRODUCT_NAME}`,
    robots: { index: false, follow: false },
    formatDetection: { telephone: false, date: false, email: false, address: false },
  };
}

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fafafa" },
    { media: "(prefers-color-scheme: dark)", color: "#0f1014" },
  ],
};

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" className={GeistSans.variable}>
      <body>
        <EarlierVersion>{children}</EarlierVersion>
      </body>
    </html>
  );
}
