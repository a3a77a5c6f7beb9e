import { env } from "@/lib/env";
import { Logo } from "./_components/logo";
import { NotFoundMessage } from "./_components/not-found-message";

export default function NotFound() {
  return (
    <main className="px-4 pt-16">
      <p className="flex items-center justify-center gap-2.5 font-semibold text-lg">
        <Logo size={24} />
        {env().PRODUCT_NAME}
      </p>
      <NotFoundMessage />
    </main>
  );
}
