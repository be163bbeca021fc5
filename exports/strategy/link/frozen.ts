import { decodeValue, encodeValue, fail } from "#core";
import type { ModelArtifact } from "#model";
import { type ObjectStore, sha256 } from "#storage";
import { PARITY_LIMIT } from "../../onnx/parity.ts";

/** A model that a bundle carries as a file of its own. */
export interface BundledModel {
  readonly hash: string;
  readonly bytes: Uint8Array;
  /** Largest absolute difference that a prediction may have on another machine. */
  readonly tolerance: number;
}

export interface FrozenModule {
  /** JavaScript with one export a binding. */
  readonly source: string;
  readonly models: readonly BundledModel[];
}

/**
 * The module `tickbook:frozen`: each value as the canonical text that `freeze` stored, decoded where it is used. Models
 * become references: their bytes stay out of the script.
 * Errors: `storage.missing`, `storage.damaged`, `promote.link-failed` for a model whose hash is not that of its bytes.
 */
export async function frozenModule(
  frozen: readonly { readonly binding: string; readonly hash: string }[],
  objects: ObjectStore,
): Promise<FrozenModule> {
  const models = new Map<string, BundledModel>();
  const lines = ['import { decodeValue } from "#core";'];
  for (const { binding, hash } of frozen) {
    const value = decodeValue(new TextDecoder().decode(await objects.get(hash)));
    const text = encodeValue(withReferences(value, binding, models));
    lines.push(`export const ${binding} = decodeValue(${JSON.stringify(text)});`);
  }
  const sorted = [...models.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  return { source: `${lines.join("\n")}\n`, models: sorted };
}

function withReferences(value: unknown, binding: string, models: Map<string, BundledModel>): unknown {
  if (isModel(value)) {
    const { hash, inputs, features, window, bytes, parity } = value;
    if (sha256(bytes) !== hash) {
      fail("promote.link-failed", {
        message: `the model in ${binding} is named ${hash}, and its bytes have the hash ${sha256(bytes)}`,
        hint: "Freeze what exportOnnx returns.",
        fields: { binding, hash },
      });
    }
    models.set(hash, { hash, bytes, tolerance: parity?.limit ?? PARITY_LIMIT });
    return { kind: "onnx", hash, inputs, features, ...(window === undefined ? {} : { window }) };
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((item) => withReferences(item, binding, models));
  const parts = Object.entries(value).map(([name, part]) => [name, withReferences(part, binding, models)]);
  return Object.fromEntries(parts);
}

function isModel(value: unknown): value is ModelArtifact & { readonly parity?: { readonly limit?: number } } {
  const model = value as Partial<ModelArtifact> | null;
  return (
    typeof model === "object" &&
    model?.kind === "onnx" &&
    model.bytes instanceof Uint8Array &&
    typeof model.hash === "string"
  );
}
