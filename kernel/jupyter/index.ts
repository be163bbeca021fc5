export { kernelArgv } from "./argv.ts";
