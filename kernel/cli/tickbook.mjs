#!/usr/bin/env node
import { setUp } from "./setup.mjs";

setUp();
// A computed address: the built file is not there when this one is checked.
const { main } = await import(new URL("../../dist/kernel/cli/main.js", import.meta.url).href);
await main(process.argv);
