// SPDX-License-Identifier: Apache-2.0
// The top of the page: what it is about, what differs in one sentence, and who ran what when.
import { el } from './dom.js';
import { facts, table } from './table.js';
import { bytes, command, counted, duration, list, shortId, time } from './words.js';

const kinds = {
  run: 'Run', runs: 'Comparison of two runs', working_tree: 'A run and the working tree',
  snapshot: 'Snapshot', snapshots: 'Comparison of two snapshots',
};

// What is in the working tree has no id.
const kindOf = (report) => (report.kind === 'snapshots' && report.sides[1].id === null
  ? 'A snapshot and the working tree' : kinds[report.kind]);

export function heading(report, context) {
  const names = report.sides.map((side, i) =>
    [context.two && context.badge('ab'[i]), context.two && ' ', el('span', { class: 'name' }, side.name)]);
  return [el('p', { class: 'kind' }, kindOf(report)),
    el('h1', {}, names[0], names[1] && el('span', { class: 'and' }, ' and '), names[1])];
}

const differing = (items) => items.filter((item) => item.a !== item.b);
const isResource = (metric) => metric.key.startsWith('system/');

// Lists of files may have been cut; then the numbers of all are beside them.
function filesWords({ diff, counts }) {
  const files = diff.inputs[0]?.files;
  if (!files) return 'the data';
  const all = counts.find(({ path }) => path === diff.inputs[0].path)
    ?? Object.fromEntries(Object.entries(files).map(([change, list]) => [change, list.length]));
  return counted(all.added + all.removed + all.changed, 'file');
}

export function changes(report) {
  const { diff } = report;
  if (!diff) return null;
  const parts = [];
  const add = (id, differs, words, same) => parts.push({ id, differs, words, same });
  const counts = (id, items, singular) =>
    add(id, items.length > 0, counted(items.length, singular), `${singular}s`);
  if (report.kind !== 'snapshots') {
    counts('metrics', differing(diff.metrics).filter((metric) => !isResource(metric)), 'metric');
    counts('parameters', differing(diff.params), 'parameter');
    add('code', !diff.code.same, diff.code.files.length > 0
      ? `the code in ${counted(diff.code.files.length, 'file')}` : 'the code', 'the code');
    add('overview', !diff.command.same, 'the command', 'the command');
    const items = differing(diff.environment);
    add('environment', items.length > 0, `the environment in ${counted(items.length, 'item')}`,
      'the environment');
  }
  if (report.kind === 'snapshots') {
    add('data', differing(diff.inputs).length > 0, filesWords(report), 'the data');
  } else {
    counts('data', differing(diff.inputs), 'input');
    counts('data', differing(diff.outputs), 'output');
  }
  return parts;
}

function verdict(report) {
  const parts = changes(report);
  if (!parts) return null;
  const differ = parts.filter((part) => part.differs);
  if (differ.length === 0) {
    return el('p', { class: 'verdict' }, el('strong', {}, 'No difference.'),
      ' Everything that was compared is the same.');
  }
  const links = differ.map((part, i) => [
    i === 0 ? '' : i + 1 === differ.length ? ' and ' : ', ',
    part.id === 'overview' ? part.words : el('a', { href: `#${part.id}` }, part.words)]);
  const same = parts.filter((part) => !part.differs).map((part) => part.same);
  return el('p', { class: 'verdict' }, el('strong', {}, 'Different: '), links, '.',
    same.length > 0 && ` The same: ${list(same)}.`);
}

function statusWords(run) {
  const how = run.signal !== null ? `, signal ${run.signal}`
    : run.exit_code ? `, exit code ${run.exit_code}` : '';
  return `${run.status}${how}`;
}

function codeWords(run) {
  const { code } = run;
  if (!code.commit) return code.in_git ? 'no commit yet' : 'not in Git';
  const dirty = code.dirty ? `, with ${counted(code.changes.length, 'uncommitted change')}` : '';
  return `${code.commit.slice(0, 12)}${code.branch ? ` on ${code.branch}` : ''}${dirty}`;
}

const machine = (run) => `${run.user} on ${run.host}`;

const tagWords = (run) =>
  Object.entries(run.tags).map(([key, value]) => (value ? `${key}=${value}` : key)).join(', ') || null;

const rows = [
  ['Run', (run) => ({ text: shortId(run.id), code: true })], ['Experiment', (run) => run.experiment], ['Status', statusWords],
  ['Started', (run) => time(run.started_at)], ['Took', (run) => duration(run.duration_s)],
  ['Command', (run) => ({ text: command(run.command), code: true })],
  ['Folder', (run) => (run.cwd === '.' ? null : run.cwd)], ['Code', codeWords],
  ['Machine', machine], ['Replays', (run) => run.parent && shortId(run.parent)],
  ['Tags', tagWords], ['Note', (run) => run.note],
];

function runsTable(context) {
  const cells = rows.map(([name, of]) => [name, ...context.runs.map((run) => (run ? of(run) : null))])
    .filter(([, ...values]) => values.some((value) => value !== null));
  return table({
    caption: context.two ? 'The two runs' : 'The run', className: 'facts overview',
    head: context.two ? ['', context.head(0), context.head(1)] : null, rows: cells,
  });
}

function problems(context) {
  return context.runs.map((run, i) => run && run.problems.length > 0 &&
    el('div', { class: 'notice' }, el('p', {}, el('strong', {},
      `${context.two ? `${context.labels[i]}: ` : ''}the record is not complete`)),
    el('ul', {}, run.problems.map((problem) => el('li', {}, problem)))));
}

function additions(context) {
  return context.runs.map((run, i) => {
    const added = run?.additions.filter((item) => item.kind !== 'name') ?? [];
    return added.length > 0 && el('p', { class: 'remark' },
      `${context.two ? `${context.labels[i]}: ` : ''}added after the run had ended: ` +
      list([...new Set(added.map((item) => `${item.kind} ${item.key}`.trim()))].slice(0, 20)) + '.');
  });
}

function snapshotTable({ snapshot }) {
  const { source } = snapshot;
  const rows = [['Snapshot', { text: shortId(snapshot.id), code: true }], ['Name', snapshot.name],
    ['Path', { text: snapshot.path, code: true }], ['Taken', time(snapshot.created_at)],
    ['Content', `${counted(snapshot.files, 'file')}, ${bytes(snapshot.bytes)}${snapshot.stored ? '' : ', not stored'}`],
    ['Source', source.uri], ['Database', source.product]];
  return facts('The snapshot', rows);
}

export function overview(report, context) {
  const snapshots = report.kind === 'snapshots' && table({
    caption: kindOf(report), className: 'facts overview',
    head: ['', context.head(0), context.head(1)],
    rows: [['Snapshot', ...report.sides.map((side) => ({ text: shortId(side.id), code: true }))]],
  });
  return el('section', { id: 'overview', 'aria-label': 'Overview' }, verdict(report),
    problems(context), report.kind === 'snapshot' ? snapshotTable(report.sides[0])
      : snapshots || runsTable(context), additions(context));
}
