export { exportOnnx, type OnnxExport } from "./onnx/export-onnx.ts";
export type { ParityGroup, ParityReport } from "./onnx/parity.ts";
