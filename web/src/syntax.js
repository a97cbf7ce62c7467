// SPDX-License-Identifier: Apache-2.0
// What the words of source lines are: keywords, texts, numbers, names, comments.
import { createLowlight } from 'lowlight';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import julia from 'highlight.js/lib/languages/julia';
import makefile from 'highlight.js/lib/languages/makefile';
import matlab from 'highlight.js/lib/languages/matlab';
import python from 'highlight.js/lib/languages/python';
import r from 'highlight.js/lib/languages/r';
import rust from 'highlight.js/lib/languages/rust';
import scala from 'highlight.js/lib/languages/scala';
import sql from 'highlight.js/lib/languages/sql';
import yaml from 'highlight.js/lib/languages/yaml';

const languages = createLowlight({ bash, cpp, dockerfile, go, ini, java, javascript, json, julia,
  makefile, matlab, python, r, rust, scala, sql, yaml });

// Lines beyond this are data or made by a program, and nobody reads them.
const longestLine = 1000;
const mostLetters = 200_000;  // of one stretch of lines

const endings = {
  bash: 'sh bash zsh', cpp: 'c cc cpp cxx h hh hpp hxx cu cuh', go: 'go', ini: 'toml ini cfg',
  java: 'java', javascript: 'js mjs cjs jsx ts tsx', json: 'json ipynb', julia: 'jl', makefile: 'mk',
  matlab: 'm', python: 'py pyi pyx', r: 'r', rust: 'rs', scala: 'scala', sql: 'sql', yaml: 'yaml yml',
};
const byEnding = new Map(Object.entries(endings).flatMap(([language, list]) =>
  list.split(' ').map((ending) => [ending, language])));

function languageOf(path) {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (/^dockerfile(\.|$)/.test(name)) return 'dockerfile';
  if (name === 'makefile') return 'makefile';
  return byEnding.get(name.slice(name.lastIndexOf('.') + 1)) ?? null;
}

const kinds = {
  keyword: 'word', literal: 'word', meta: 'word', string: 'text', regexp: 'text', number: 'number',
  comment: 'comment', quote: 'comment', doctag: 'comment', title: 'name', attr: 'name', section: 'name',
  subst: 'plain',
};

// Adds the pieces of a tree to the last of `lines`, and more lines as it has them.
function collect(node, kind, lines) {
  if (node.type === 'text') {
    node.value.split('\n').forEach((text, i) => {
      if (i > 0) lines.push([]);
      if (text !== '') lines[lines.length - 1].push({ text, kind });
    });
    return;
  }
  const own = kinds[node.properties?.className?.[0]?.replace('hljs-', '')] ?? kind;
  node.children.forEach((child) => collect(child, own, lines));
}

// Of consecutive lines of a file, the pieces {text, kind} of each; null where its language is none
// of those above. What begins in the middle of a comment or text of several lines can't be known.
export function pieces(path, texts) {
  const language = languageOf(path);
  const whole = texts.join('\n');
  if (!language || whole.length > mostLetters || texts.some((text) => text.length > longestLine)) return null;
  const lines = [[]];
  collect(languages.highlight(language, whole), 'plain', lines);
  return lines;
}

// The part of a line's pieces from one letter to another.
export function cut(line, from, to) {
  let at = 0;
  return line.flatMap(({ text, kind }) => {
    const part = text.slice(Math.max(from - at, 0), Math.max(to - at, 0));
    at += text.length;
    return part === '' ? [] : [{ text: part, kind }];
  });
}
