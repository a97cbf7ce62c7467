// SPDX-License-Identifier: Apache-2.0
// Inputs and outputs, or the files of two snapshots.
import { disclosure, el, scrollable } from './dom.js';
import { table } from './table.js';
import { bytes, count, counted, list, shortId } from './words.js';

const numeric = (text) => ({ text, numeric: true });
const code = (text) => ({ text, code: true });

function totals(report, item) {
  const cut = report.counts.find((counts) => counts.path === item.path);
  const of = (kind) => cut?.[kind] ?? item.files[kind].length;
  return ['added', 'removed', 'changed'].map((kind) => [kind, of(kind)]).filter(([, n]) => n > 0);
}

function filesTable(item) {
  const rows = ['changed', 'added', 'removed'].flatMap((kind) => item.files[kind].map((change) => [
    code(change.path || '(the file itself)'), kind,
    numeric(change.a ? bytes(change.a.bytes) : '–'), numeric(change.b ? bytes(change.b.bytes) : '–')]));
  return table({
    caption: `Files of ${item.path || 'the snapshot'} that differ`,
    head: ['Path', 'State', numeric('A'), numeric('B')], rows,
  });
}

function files(report, item) {
  if (!item.files) {
    return el('p', { class: 'remark' }, `${item.path}: its files are not in the store.`);
  }
  const kinds = totals(report, item);
  if (kinds.length === 0) return null;
  const total = kinds.reduce((sum, [, n]) => sum + n, 0);
  const listed = ['added', 'removed', 'changed'].reduce((sum, kind) => sum + item.files[kind].length, 0);
  const words = list(kinds.map(([kind, n]) => `${count(n)} ${kind}`));
  return disclosure([el('code', {}, item.path || 'Files'), ` ${counted(total, 'file')}: ${words}`], () => [
    filesTable(item), listed < total && el('p', { class: 'remark' },
      `${count(total - listed)} more: mlrepro diff A B --json`)], { open: listed <= 12 });
}

const state = (item) => (item.a === item.b ? 'the same' : !item.a ? 'only in B' : !item.b ? 'only in A' : 'differs');

function dataDiff(report, items, noun) {
  if (items.length === 0) return null;
  const changed = items.filter((item) => item.a !== item.b);
  const draw = (shown, caption) => table({
    caption, head: [noun, 'State', 'Snapshot A', 'Snapshot B'],
    rows: shown.map((item) => [code(item.path), state(item), code(shortId(item.a)), code(shortId(item.b))]),
  });
  return [el('h3', {}, `${noun}s`),
    changed.length > 0 ? draw(changed, `${noun}s that differ`)
      : el('p', { class: 'remark' }, `No ${noun.toLowerCase()} differs.`),
    changed.map((item) => files(report, item)),
    changed.length < items.length && disclosure(`All ${counted(items.length, noun.toLowerCase())}`,
      () => draw(items, `All ${noun.toLowerCase()}s`))];
}

function remarks(item) {
  return list([
    !item.stored && 'identity only', item.changed_during_run && 'changed while the run read it',
    !item.declared && 'found by the trace', item.partial && 'only the files that were used',
    item.forgotten && 'partly forgotten'].filter(Boolean)) || '';
}

function dataOf(items, noun) {
  return items.length > 0 && [el('h3', {}, `${noun}s`), table({
    caption: `${noun}s`, head: [noun, numeric('files'), numeric('size'), 'Snapshot', 'Remarks'],
    rows: items.map((item) => [code(item.path), numeric(count(item.files)), numeric(bytes(item.bytes)),
      code(shortId(item.snapshot)), remarks(item)]),
  })];
}

function artifacts(runs, context) {
  return runs.map((run, i) => run?.artifacts.length > 0 && disclosure(
    `${context.two ? `${context.labels[i]}: ` : ''}${counted(run.artifacts.length, 'artifact')}`,
    () => table({
      caption: `Artifacts of ${run.name}`, head: ['Artifact', numeric('size'), 'SHA-256'],
      rows: run.artifacts.map((item) => [code(item.path), numeric(bytes(item.bytes)), code(shortId(item.digest))]),
    })));
}

// The rows of a query: what was asked, and what each column is to the model.
function queried({ source }) {
  return source.columns.length > 0 && [el('h3', {}, 'Query'), scrollable('The query', source.query ?? '', 'pre'),
    table({
      caption: 'Columns of the query', head: ['Column', 'Type in the source', 'Type', 'Role'],
      rows: source.columns.map((column) => [column.name, column.source_type, column.type, column.role]),
    })];
}

export function data(report, context) {
  if (report.kind === 'snapshots') {
    return report.diff.inputs.map((item) => files(report, item));
  }
  if (report.diff) {
    return [dataDiff(report, report.diff.inputs, 'Input'), dataDiff(report, report.diff.outputs, 'Output'),
      artifacts(context.runs, context)];
  }
  const [run] = context.runs;
  if (!run) return queried(report.sides[0].snapshot);
  return [dataOf(run.inputs, 'Input'), dataOf(run.outputs, 'Output'), artifacts([run], context)];
}
