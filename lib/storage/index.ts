export { type AppendLog, type AppendLogOptions, openAppendLog, readAppendLog } from "./append-log.ts";
export { builtFile } from "./built-file.ts";
export { makeFolderSync } from "./folder.ts";
export { type FolderLock, lockFolder } from "./folder-lock.ts";
export { sha256 } from "./hash.ts";
export { type ObjectStore, openObjects } from "./objects.ts";
export { lookFor, ownIdentity, type ProcessIdentity } from "./process-identity.ts";
export {
  newestRunRecord,
  type RunInputs,
  type RunRecord,
  type RunTypes,
  readRunRecord,
  type StoredRecord,
  type TypeFinding,
  writeRunRecord,
} from "./run-record.ts";
export { openSqlite, type SqliteDatabase, type SqliteOptions, type SqlValue } from "./sqlite.ts";
export { writeAtomic } from "./write-atomic.ts";
