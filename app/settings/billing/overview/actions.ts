"use server";

import { refresh } from "next/cache";
import { z } from "zod";
import { customerAction, done } from "@/lib/action";

export const refreshAction = customerAction({
  input: z.object({}),
  run: async () => {
    refresh();
    return done({});
  },
});
