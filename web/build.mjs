// SPDX-License-Identifier: Apache-2.0
// Makes the page of HTML reports: one file with its style and its script, and room for a title and a
// document. With --cpp also the C++ source that holds the page, gzip.
//
//   node web/build.mjs --modules NODE_MODULES --html FILE [--cpp FILE]
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));

function options(words) {
  const found = {};
  for (let i = 0; i < words.length; i += 2) {
    found[words[i].replace(/^--/, '')] = words[i + 1];
  }
  if (!found.modules || !found.html) {
    throw new Error('usage: node build.mjs --modules NODE_MODULES --html FILE [--cpp FILE]');
  }
  return { ...found, modules: resolve(found.modules) };
}

async function bundle(esbuild, entry, modules) {
  const result = await esbuild.build({
    entryPoints: [join(here, 'src', entry)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    charset: 'utf8',
    legalComments: 'none',
    nodePaths: [modules],
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  return { text: result.outputFiles[0].text.trimEnd(), inputs: Object.keys(result.metafile.inputs) };
}

// Of each package that is part of the bundle, its name, version and licence text.
function licences(inputs, modules) {
  const packages = new Set();
  for (const input of inputs) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) packages.add(found[1]);
  }
  return [...packages].sort().map((name) => {
    const folder = join(modules, name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file`);
    const text = readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}`;
  });
}

// What stands between <script> and </script> must not end the element, nor open a comment in it.
function checkedInline(text, what) {
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${what} has markup in it`);
  return text;
}

const hashOf = (text) => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

function fill(template, values) {
  return template.replace(/%%([a-z]+)%%/g, (mark, name) => {
    if (!(name in values)) throw new Error(`page.html: nothing for ${mark}`);
    return values[name];
  });
}

function asComment(texts) {
  const words = 'The script of this page contains:\n\n' + texts.join('\n\n----\n\n');
  return '<!--\n' + words.replace(/--+/g, (dashes) => '='.repeat(dashes.length)) + '\n-->\n';
}

function asSource(page) {
  const packed = gzipSync(Buffer.from(page, 'utf8'), { level: 9 });
  const rows = [];
  for (let i = 0; i < packed.length; i += 32) {
    rows.push([...packed.subarray(i, i + 32)].join(','));
  }
  return `#include "format/report_template.hpp"
const unsigned char mlrepro::format::k_report_template[] = {
${rows.join(',\n')}};
const std::size_t mlrepro::format::k_report_template_size = ${packed.length};
`;
}

const { modules, html, cpp } = options(process.argv.slice(2));
if (!existsSync(join(modules, 'esbuild'))) throw new Error(`no esbuild in ${modules}`);
const esbuild = createRequire(join(modules, 'package.json'))('esbuild');
const script = await bundle(esbuild, 'main.js', modules);
const style = await bundle(esbuild, 'style.css', modules);
const policy = [
  "default-src 'none'", `script-src ${hashOf(checkedInline(script.text, 'the script'))}`,
  `style-src ${hashOf(checkedInline(style.text, 'the style'))}`, 'img-src data:', "base-uri 'none'",
  "form-action 'none'",
].join('; ');
let page = fill(readFileSync(join(here, 'page.html'), 'utf8'), {
  policy, style: style.text, script: script.text,
});
page = page.replace('<html ', (start) => asComment(licences(script.inputs, modules)) + start);
for (const mark of ['%%mlrepro-title%%', '%%mlrepro-document%%']) {
  if (page.split(mark).length !== 2) throw new Error(`${mark} must be there once`);
}
writeFileSync(html, page);
if (cpp) writeFileSync(cpp, asSource(page));
