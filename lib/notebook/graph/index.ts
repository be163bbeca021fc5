export { type Bindings, bindingsOf, changingCalls, type UnitPlace, writesTo } from "./bindings.ts";
export type {
  CodeFacts,
  CodeUnit,
  Effect,
  Imported,
  NameUse,
  NameWrite,
  PassedName,
  WriteKind,
} from "./facts.ts";
export { type BackwardSlice, type SlicedUse, sliceBack } from "./slice-back.ts";
