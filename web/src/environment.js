// SPDX-License-Identifier: Apache-2.0
import { disclosure, el } from './dom.js';
import { table } from './table.js';
import { bytes, counted } from './words.js';

const code = (text) => ({ text, code: true });

function items(list, caption, context) {
  return table({
    caption, head: ['Item', context.head(0), context.head(1)],
    rows: list.map((item) => [item.item, item.a, item.b]),
  });
}

function compared(report, context) {
  const all = report.diff.environment;
  const changed = all.filter((item) => item.a !== item.b);
  if (all.length === 0) return null;
  return [changed.length > 0 ? items(changed, 'What differs in the environment', context)
    : el('p', { class: 'remark' }, 'The environment is the same.'),
  changed.length < all.length && disclosure(`All ${counted(all.length, 'item')}`,
    () => items(all, 'The whole environment', context))];
}

export function environment(report, context) {
  if (!context.runs.some(Boolean)) return null;
  if (report.diff) return compared(report, context);
  const found = context.runs[0].environment;
  if (!found) return null;
  const { interpreter, packages, variables, facts } = found;
  const pairs = (map) => Object.entries(map).map(([key, value]) => [key, code(value)]);
  const more = (name, rows, head) => rows.length > 0 && disclosure(
    counted(rows.length, name), () => table({ caption: `${name}s`, head, rows }));
  return [table({
    caption: 'Environment', className: 'facts',
    rows: [['System', `${found.os}, ${found.kernel}, ${found.arch}`],
      ['Processor', `${found.cpu}, ${counted(found.threads, 'thread')}`],
      ['Memory', bytes(found.memory_bytes)], ['GPUs', found.gpus.join(', ') || null],
      ['Interpreter', interpreter && `${interpreter.name} ${interpreter.version}, ${interpreter.path}`]]
      .filter(([, value]) => value !== null),
  }), more('package', packages.map((item) => [item.name, code(item.version), item.source]),
    ['Package', 'Version', 'Source']),
  more('variable', pairs(variables), ['Variable', 'Value']),
  more('other fact', pairs(facts), ['Fact', 'Value'])];
}
