import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import {
  givenParameters,
  type ParameterFlags,
  withParameterOptions,
} from "../../../kernel/cli/parameters.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

function given(argv: readonly string[]) {
  const command = withParameterOptions(new Command().exitOverride().argument("[file]"));
  command.parse([...argv], { from: "user" });
  return givenParameters(command.opts<ParameterFlags>());
}

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe("parameters on the command line", () => {
  it("are pairs of words or assignments; raw ones stay texts", async () => {
    expect(await given(["n.ipynb", "-p", "a", "1", "-p", "b=2", "c=x=y", "-r", "d", "3"])).toEqual({
      parameters: { a: "1", b: "2", c: "x=y", d: "3" },
      raw: ["d"],
    });
    await expect(given(["-p", "a"])).rejects.toMatchObject({ code: "cli.bad-option" });
  });

  it("come from files in YAML and JSON, where quotes give a text; the command line wins", async () => {
    const yaml = file(
      "p.yaml",
      '---\n# for the close\nhorizon: 10\nname: "007"\nsymbols: [BTC/USDT, ETH/USDT]\ndeep:\n  x: -0.5\n',
    );
    const json = file("q.json", '{ "horizon": 11, "flag": true }');
    expect(await given(["-f", yaml, "-f", json, "-p", "flag", "false"])).toEqual({
      parameters: {
        horizon: 11,
        name: "007",
        symbols: ["BTC/USDT", "ETH/USDT"],
        deep: { x: -0.5 },
        flag: "false",
      },
      raw: ["name"],
    });
    expect(await given(["-f", file("empty.yaml", "# nothing\n")])).toEqual({ parameters: {}, raw: [] });
  });

  it.each([
    ["broken.yaml", "a: 1\nb: [1, 2\n", /broken\.yaml: line \d+: /],
    ["twice.yaml", "a: 1\na: 2\n", /line 2: .*unique/],
    ["list.yaml", "- 1\n", /names with values/],
    ["broken.json", "{", /broken\.json: /],
  ])("that can't be read are refused with file and line: %s", async (name, text, message) => {
    const error = await given(["-f", file(name, text)]).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "cli.bad-parameter-file", message: expect.stringMatching(message) });
  });
});
