import { expect, test, vi } from "vitest";

// What a machine without the optional package sees.
vi.mock("koffi", () => {
  throw new Error("Cannot find package 'koffi'");
});

test("says how XGBoost is added where it is missing", async () => {
  const { openXgboost } = await import("../../../../lib/ml/tree/xgboost/library.ts");
  await expect(openXgboost()).rejects.toMatchObject({
    code: "ml.no-xgboost",
    hint: expect.stringMatching(/libxgboost0.*npm install koffi.*leave engine out/),
  });
});
