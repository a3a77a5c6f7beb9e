import type { Metadata } from "next";
import { NotFoundMessage } from "./_components/not-found-message";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main>
      <NotFoundMessage />
    </main>
  );
}
