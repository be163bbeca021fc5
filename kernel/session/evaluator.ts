import { Session as InspectorSession, type Runtime } from "node:inspector";
import { cellUrl } from "./stack-map.ts";

const RECEIVE = Symbol.for("tickbook.receive-value");
const SEND = Symbol.for("tickbook.send-value");
const OBJECT_GROUP = "tickbook-cell";
/** How the inspector says that another thread stopped the code. */
const TERMINATED = /Execution was terminated/;

export type Evaluation =
  | { readonly status: "ok"; readonly value: unknown }
  | {
      readonly status: "error";
      readonly thrown: unknown;
      /** Where the script did not compile, from 1; missing for errors of running code. */
      readonly at?: { readonly line: number; readonly column: number };
    }
  /** Another thread stopped the code. */
  | { readonly status: "interrupted" };

/**
 * Runs scripts in V8's REPL mode, through the inspector of this very process: variables of the top level live on from
 * script to script, may be declared again, and `await` works at the top level.
 */
export class Evaluator {
  private readonly inspector = new InspectorSession();
  private evaluations = 0;

  constructor() {
    this.inspector.connect();
  }

  async evaluate(code: string, cell: number): Promise<Evaluation> {
    // A group of its own: a cell that was interrupted may end while another one runs.
    const objectGroup = `${OBJECT_GROUP}-${++this.evaluations}`;
    let answer: Runtime.EvaluateReturnType;
    try {
      answer = await this.post<Runtime.EvaluateReturnType>("Runtime.evaluate", {
        expression: `${code}\n//# sourceURL=${cellUrl(cell)}`,
        replMode: true,
        awaitPromise: true,
        objectGroup,
      });
    } catch (error) {
      if (TERMINATED.test(String((error as Error).message))) return { status: "interrupted" };
      throw error;
    }
    const { result, exceptionDetails } = answer;
    try {
      if (!exceptionDetails) return { status: "ok", ...(await this.fetch(result)) };
      const { value: thrown } = await this.fetch(exceptionDetails.exception ?? result);
      const { scriptId, lineNumber, columnNumber } = exceptionDetails;
      const at = scriptId === undefined ? undefined : { line: lineNumber + 1, column: columnNumber + 1 };
      return { status: "error", thrown, ...(at ? { at } : {}) };
    } finally {
      // The inspector would keep every value it ever handed out alive.
      await this.post("Runtime.releaseObjectGroup", { objectGroup });
    }
  }

  /** The names that cells declared with `let`, `const` and `class`: they are no properties of the global object. */
  async names(): Promise<readonly string[]> {
    const { names } = await this.post<Runtime.GlobalLexicalScopeNamesReturnType>(
      "Runtime.globalLexicalScopeNames",
      {},
    );
    return names;
  }

  /** What V8 calls the scopes that a function reads variables from, its own aside: "Script", "Closure (name)". */
  async scopesOf(code: object): Promise<string[]> {
    const holder = globalThis as Record<symbol, unknown>;
    holder[SEND] = code;
    try {
      const { result } = await this.post<Runtime.EvaluateReturnType>("Runtime.evaluate", {
        expression: `globalThis[Symbol.for("${SEND.description}")]`,
        objectGroup: OBJECT_GROUP,
      });
      const { internalProperties = [] } = await this.propertiesOf(result);
      const scopes = internalProperties.find(({ name }) => name === "[[Scopes]]")?.value;
      if (!scopes) return ["unknown"];
      const list = await this.propertiesOf(scopes);
      return list.result
        .filter(({ name }) => /^\d+$/.test(name))
        .map(({ value }) => value?.description ?? "unknown");
    } finally {
      delete holder[SEND];
    }
  }

  close(): void {
    this.inspector.disconnect();
  }

  /** The inspector answers with descriptions; this fetches the value itself, wrapped so that a promise stays one. */
  private async fetch(remote: Runtime.RemoteObject): Promise<{ readonly value: unknown }> {
    if (remote.objectId === undefined) {
      const special = remote.unserializableValue;
      if (special === undefined) return { value: remote.type === "undefined" ? undefined : remote.value };
      return { value: special.endsWith("n") ? BigInt(special.slice(0, -1)) : Number(special) };
    }
    let value: unknown;
    const receiver = globalThis as Record<symbol, unknown>;
    receiver[RECEIVE] = (received: unknown) => {
      value = received;
    };
    try {
      await this.post("Runtime.callFunctionOn", {
        objectId: remote.objectId,
        functionDeclaration: `function () { "use strict"; globalThis[Symbol.for("${RECEIVE.description}")](this); }`,
      });
    } finally {
      delete receiver[RECEIVE];
    }
    return { value };
  }

  private propertiesOf({ objectId }: Runtime.RemoteObject): Promise<Runtime.GetPropertiesReturnType> {
    return this.post("Runtime.getProperties", { objectId, ownProperties: true });
  }

  private post<T>(method: string, params: object): Promise<T> {
    return new Promise((resolve, reject) => {
      this.inspector.post(method, params, (error, answer) => (error ? reject(error) : resolve(answer as T)));
    });
  }
}
