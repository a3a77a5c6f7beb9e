import type { MetadataRoute } from "next";
import { env } from "@/lib/env";

/** The product's name is read when the server runs, not when it is built. */
export const dynamic = "force-dynamic";

/** For who puts the pages on a home screen. */
export default function manifest(): MetadataRoute.Manifest {
  const { PRODUCT_NAME } = env();
  return {
    name: PRODUCT_NAME,
    short_name: PRODUCT_NAME,
    start_url: "/",
    display: "minimal-ui",
    background_color: "#fafafa",
    theme_color: "#fafafa",
    icons: [
      { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
      { src: "/apple-icon.png", sizes: "180x180", type: "image/png" },
    ],
  };
}
