// Bundles the views with sample states into one page: out/index.html#<promote|live|schedule>,<light|dark|contrast>
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OUT = join(HERE, "out");
const LAB = join(HERE, "..");

/** A theme's tokens, under a class instead of for the whole page. */
function theme(name, folder) {
  const css = readFileSync(
    join(LAB, "node_modules", "@jupyterlab", folder, "style", "variables.css"),
    "utf8",
  );
  return css.replaceAll(":root", `.${name}`);
}

mkdirSync(OUT, { recursive: true });
await build({
  entryPoints: [join(HERE, "harness.tsx")],
  bundle: true,
  outfile: join(OUT, "harness.js"),
  format: "iife",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});
await build({
  entryPoints: [join(LAB, "style", "index.css")],
  bundle: true,
  outfile: join(OUT, "style.css"),
  logLevel: "warning",
});
const palette = join(LAB, "node_modules", "@jupyterlab", "apputils", "style", "materialcolors.css");
const themes = [
  readFileSync(palette, "utf8"),
  theme("light", "theme-light-extension"),
  theme("dark", "theme-dark-extension"),
  theme("contrast", "theme-dark-high-contrast-extension"),
];
writeFileSync(
  join(OUT, "index.html"),
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>tickbook in JupyterLab</title>
<style>${themes.join("\n")}</style>
<link rel="stylesheet" href="style.css">
<style>
body { margin: 0; background: var(--jp-layout-color2); }
.frames { display: flex; flex-wrap: wrap; gap: 24px; padding: 16px; align-items: flex-start; }
figcaption { font: 12px/20px system-ui; color: var(--jp-ui-font-color1); }
.frame { background: var(--jp-layout-color1); border: 1px solid var(--jp-border-color2); margin-bottom: 16px; }
</style>
</head>
<body><div id="root"></div><script src="harness.js"></script></body>
</html>
`,
);
console.log(join(OUT, "index.html"));
