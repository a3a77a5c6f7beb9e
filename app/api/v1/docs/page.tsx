import { Logo } from "@/app/_components/logo";
import { PageTitle } from "@/app/_components/page-title";
import { namedSchemas } from "@/lib/api/openapi";
import { OPERATIONS } from "@/lib/api/operations";
import { env, ledgerLimitsOf } from "@/lib/env";
import { GUIDE, Guide } from "./guide";
import { OperationPanel } from "./operation-panel";
import { ProblemsPanel } from "./problems-panel";

const LINK = "block rounded-control px-2.5 py-1.5 text-muted hover:bg-sunken hover:text-ink";

export default function DocsPage() {
  const settings = env();
  const { APP_URL, PRODUCT_NAME, API_REQUESTS_PER_SECOND } = settings;
  const { origin } = new URL(APP_URL);
  const schemas = namedSchemas();
  return (
    <div className="mx-auto max-w-[75rem] px-4 py-6 sm:px-6 md:py-9 lg:grid lg:grid-cols-[14.5rem_minmax(0,1fr)] lg:gap-10">
      <header className="lg:sticky lg:top-9 lg:self-start">
        <p className="mb-4 flex items-center gap-2.5 font-semibold lg:px-2.5">
          <Logo />
          {PRODUCT_NAME}
        </p>
        <Contents />
      </header>
      <main className="min-w-0">
        <PageTitle title="API" />
        <p className="-mt-3 mb-6 text-muted">
          Read balances, spend credits, hold them before work of unknown cost. The same as a machine reads it:{" "}
          <a href="/api/v1/openapi.json" className="text-accent underline underline-offset-2">
            OpenAPI 3.1
          </a>
          .
        </p>
        <div className="space-y-5">
          <Guide origin={origin} perSecond={API_REQUESTS_PER_SECOND} limits={ledgerLimitsOf(settings)} />
          {OPERATIONS.map((each) => (
            <OperationPanel key={each.id} operation={each} schemas={schemas} origin={origin} />
          ))}
          <ProblemsPanel />
        </div>
      </main>
    </div>
  );
}

function Contents() {
  const places = [
    ...GUIDE,
    ...OPERATIONS.map(({ id, summary: title }) => ({ id, title })),
    { id: "problems", title: "Problems" },
  ];
  return (
    <nav aria-label="Contents" className="mb-6 lg:mb-0">
      <ul className="grid grid-cols-2 gap-x-2 sm:grid-cols-3 lg:grid-cols-1">
        {places.map((each) => (
          <li key={each.id}>
            <a href={`#${each.id}`} className={LINK}>
              {each.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
