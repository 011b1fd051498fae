// Builds what the browser loads from Sass and JavaScript sources. Usage: node build.mjs [output folder]
// The output folder defaults to the repository's own; tests give a scratch one and compare bytes.
import { cpSync, mkdirSync, readdirSync, readFileSync, existsSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const web = resolve(here, "../..");
const root = resolve(web, "../..");
const scratch = process.argv[2] && resolve(process.argv[2]);
const staticDir = join(scratch ?? join(web, "static"), "meterside");
const iconsFile = scratch ? join(scratch, "icons.json") : join(web, "design", "icons.json");
const fontPackage = "@fontsource-variable/atkinson-hyperlegible-next";

const components = readdirSync(join(web, "components"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();
const ofComponents = (extension) =>
  components.map((name) => join(web, "components", name, `${name}.${extension}`)).filter(existsSync);
const importPath = (file) => "./" + relative(root, file).replaceAll("\\", "/");

function styles() {
  const base = ["tokens", "base", "layout"].map((name) => join(web, "design/styles", `_${name}.scss`));
  const last = ["living", "print"].map((name) => join(web, "design/styles", `_${name}.scss`));
  const source = [...base, ...ofComponents("scss"), ...last].map((file) => `@use "${importPath(file)}";`);
  const compiled = sass.compileString(source.join("\n"), {
    url: pathToFileURL(join(root, "app.scss")),
    loadPaths: [join(web, "design/styles")],
    style: "expanded",
    charset: false,
  });
  const minified = esbuild.transformSync(compiled.css, {
    loader: "css",
    minify: true,
    target: ["chrome109", "firefox115", "safari16"],
  });
  writeFileSync(join(staticDir, "app.css"), minified.code);
}

function scripts() {
  const contents = ofComponents("js").map((file) => `import "${importPath(file)}";`).join("\n");
  esbuild.buildSync({
    stdin: { contents, resolveDir: root, sourcefile: "app.js" },
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2020"],
    legalComments: "none",
    outfile: join(staticDir, "app.js"),
  });
}

function icons() {
  const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
  const drawings = {};
  for (const name of names) {
    const svg = readFileSync(join(root, "node_modules/lucide-static/icons", `${name}.svg`), "utf8");
    const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    drawings[name] = body.replace(/\s*\n\s*/g, "").replaceAll(" />", "/>");
  }
  const licence = "Drawings: Lucide (lucide.dev), ISC licence, copyright Lucide Icons and Contributors; " +
    "parts from Feather, MIT licence, copyright Cole Bemis.";
  writeFileSync(iconsFile, JSON.stringify({ licence, icons: drawings }, null, 1) + "\n");
}

function fonts() {
  const from = join(root, "node_modules", fontPackage);
  const to = join(staticDir, "fonts");
  mkdirSync(to, { recursive: true });
  const name = "atkinson-hyperlegible-next-latin-wght-normal.woff2";
  cpSync(join(from, "files", name), join(to, "atkinson-hyperlegible-next.woff2"));
  cpSync(join(from, "LICENSE"), join(to, "LICENSE.txt"));
}

// What the built files were made from, so that a test without node still sees that they are stale.
function sources() {
  const walk = (folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]);
  const files = [
    ...walk(join(web, "components")).filter((file) => /\.(scss|js)$/.test(file)),
    ...walk(join(web, "design/styles")),
    ...["build/build.mjs", "build/icons.txt", "500.html", "favicon.svg", "logo.svg"].map((name) => join(web, "design", name)),
    join(root, "package-lock.json"),
  ];
  const digest = createHash("sha256");
  const named = files.map((file) => [relative(root, file).replaceAll("\\", "/"), file]);
  named.sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [name, file] of named) digest.update(name + "\0").update(readFileSync(file)).update("\0");
  writeFileSync(join(scratch ?? here, "built-from.txt"), digest.digest("hex") + "\n");
}

mkdirSync(staticDir, { recursive: true });
styles();
scripts();
icons();
fonts();
sources();
for (const name of ["logo.svg", "favicon.svg", "500.html"]) cpSync(join(web, "design", name), join(staticDir, name));
