/** The system's libxgboost, reached through koffi. Its functions: the C API of XGBoost 1.6 and later. */
import { fail } from "#core";

/** Debian's names first, then what other systems and pip's wheels use. */
const FILES = ["libxgboost.so.0", "libxgboost.so", "libxgboost.dylib", "xgboost.dll"];
const HINT =
  "Install the library (Debian and Ubuntu: apt install libxgboost0) and koffi (npm install koffi), or leave engine out.";

// biome-ignore lint/suspicious/noExplicitAny: handles and buffers of C have no types here.
type Call = (...args: any[]) => number;

export interface XgboostLibrary {
  /** "1.7.4". */
  readonly version: string;
  /** Calls a function of the C API. Errors: `ml.xgboost-failed`. */
  call(name: keyof typeof SIGNATURES, ...args: unknown[]): void;
  /** `length` floats or bytes behind a pointer, copied. */
  floats(pointer: unknown, length: number): Float32Array;
  bytes(pointer: unknown, length: number): Uint8Array;
}

const SIGNATURES = {
  XGBSetGlobalConfig: "int XGBSetGlobalConfig(const char*)",
  XGDMatrixCreateFromMat: "int XGDMatrixCreateFromMat(const float*, uint64_t, uint64_t, float, _Out_ void**)",
  XGDMatrixSetFloatInfo: "int XGDMatrixSetFloatInfo(void*, const char*, const float*, uint64_t)",
  XGDMatrixSetUIntInfo: "int XGDMatrixSetUIntInfo(void*, const char*, const uint32_t*, uint64_t)",
  XGDMatrixSetStrFeatureInfo: "int XGDMatrixSetStrFeatureInfo(void*, const char*, const char**, uint64_t)",
  XGDMatrixFree: "int XGDMatrixFree(void*)",
  XGBoosterCreate: "int XGBoosterCreate(void**, uint64_t, _Out_ void**)",
  XGBoosterSetParam: "int XGBoosterSetParam(void*, const char*, const char*)",
  XGBoosterUpdateOneIter: "int XGBoosterUpdateOneIter(void*, int, void*)",
  XGBoosterEvalOneIter:
    "int XGBoosterEvalOneIter(void*, int, void**, const char**, uint64_t, _Out_ const char**)",
  XGBoosterSaveModelToBuffer:
    "int XGBoosterSaveModelToBuffer(void*, const char*, _Out_ uint64_t*, _Out_ void**)",
  XGBoosterPredict: "int XGBoosterPredict(void*, void*, int, uint32_t, int, _Out_ uint64_t*, _Out_ void**)",
  XGBoosterFree: "int XGBoosterFree(void*)",
} as const;

/** Loads it once a thread. Errors: `ml.no-xgboost`. */
export async function openXgboost(): Promise<XgboostLibrary> {
  const { koffi, library } = await load();
  const lastError = library.func("const char* XGBGetLastError()");
  const functions = Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, signature]) => [name, library.func(signature) as Call]),
  );
  const parts = [[0], [0], [0]];
  library.func("void XGBoostVersion(_Out_ int*, _Out_ int*, _Out_ int*)")(...parts);
  const opened: XgboostLibrary = {
    version: parts.flat().join("."),
    call(name, ...args) {
      if (functions[name]!(...args) === 0) return;
      fail("ml.xgboost-failed", {
        message: `XGBoost refused ${name}: ${firstLines(String(lastError()))}`,
        hint: "Look at the options and the data; the same with engine left out trains by our own engine.",
        fields: { call: name },
      });
    },
    floats: (pointer, length) => Float32Array.from(koffi.decode(pointer, "float", length) as number[]),
    bytes: (pointer, length) => Uint8Array.from(koffi.decode(pointer, "uint8_t", length) as Uint8Array),
  };
  opened.call("XGBSetGlobalConfig", JSON.stringify({ verbosity: 0 }));
  return opened;
}

async function load() {
  const reasons: string[] = [];
  try {
    const { default: koffi } = await import("koffi");
    for (const file of FILES) {
      try {
        return { koffi, library: koffi.load(file) };
      } catch (error) {
        reasons.push(firstLines(error instanceof Error ? error.message : String(error)));
      }
    }
  } catch (error) {
    reasons.push(firstLines(error instanceof Error ? error.message : String(error)));
  }
  return fail("ml.no-xgboost", {
    message: `XGBoost cannot be loaded: ${reasons.join("; ")}`,
    hint: HINT,
    fields: { tried: FILES },
  });
}

/** Without the stack of C++ frames that follows. */
function firstLines(text: string): string {
  return text.split("\n")[0]!.slice(0, 300);
}
