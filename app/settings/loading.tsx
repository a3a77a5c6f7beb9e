import { PageSkeleton, Skeleton } from "../_components/skeleton";

export default function Loading() {
  return (
    <>
      <Skeleton className="mb-8 h-8 w-64" />
      <PageSkeleton />
    </>
  );
}
