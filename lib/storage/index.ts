export { sha256 } from "./hash.ts";
export { type ObjectStore, openObjects } from "./objects.ts";
export {
  newestRunRecord,
  type RunInputs,
  type RunRecord,
  readRunRecord,
  type StoredRecord,
  writeRunRecord,
} from "./run-record.ts";
export { writeAtomic } from "./write-atomic.ts";
