import { PageTitle } from "@/app/_components/page-title";
import { requireOperator } from "@/lib/auth/operator";

export default async function DeskPage() {
  const { name } = await requireOperator("/admin");
  return (
    <>
      <PageTitle title="Desk" />
      <p>
        The desk is open, <bdi>{name}</bdi>.
      </p>
    </>
  );
}
