import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { kill, openProject, startCommand } from "./project.ts";

it("a scheduler that is killed while it tells a webhook tells it when it is back, and runs nothing again", {
  timeout: 60_000,
}, async () => {
  const project = await openProject();
  const bodies: { run: string; attempt: number }[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      bodies.push(JSON.parse(text));
      // The first one gets no answer before its scheduler is killed.
      if (bodies.length > 1) response.end();
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const path = project.notebook("", "throw new Error('x')");
  const job = await project.desk.add(project.job(path, { onFailure: { webhook } }));
  const { id } = project.desk.runNow(job.id);
  const scheduler = startCommand(project, "scheduler", []);
  for (let tries = 0; tries < 400 && bodies.length === 0; tries++) await sleep(50);
  expect(project.desk.run(id)).toMatchObject({ status: "failed", output: "runs/nb-1/1.ipynb" });
  await kill(scheduler);
  startCommand(project, "scheduler", []);
  const end = await project.until(id, ({ note }) => note);
  expect(end).toMatchObject({ status: "failed", attempt: 1, note: expect.stringMatching(/^told 127/) });
  expect(bodies.map(({ run, attempt }) => [run, attempt])).toEqual([
    [id, 1],
    [id, 1],
  ]);
});
