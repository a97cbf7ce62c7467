// SPDX-License-Identifier: Apache-2.0
import { disclosure, el } from './dom.js';
import { patches } from './patch.js';
import { table } from './table.js';
import { command, counted } from './words.js';

const short = (commit) => (commit ? commit.slice(0, 12) : 'no commit');

function commits(diff) {
  const { a, b } = diff.code.commits;
  return el('p', {}, a === b ? (a ? `Both at commit ${short(a)}` : 'Neither has a commit') : `From commit ${short(a)} to ${short(b)}`,
    diff.code.files.length > 0 ? `; ${counted(diff.code.files.length, 'file')} changed.` : '.');
}

function commandDiff(diff, context) {
  return !diff.command.same && table({
    caption: 'Commands', className: 'facts', head: ['', 'Command'],
    rows: ['a', 'b'].map((side, i) =>
      [{ text: context.badge(side) }, { text: command(diff.command[side]), code: true }]),
  });
}

// The working tree as the run found it.
function uncommitted(run) {
  const { changes, omitted } = run.code;
  return [changes.length > 0 && disclosure(counted(changes.length, 'uncommitted change'), () => table({
    caption: 'Uncommitted changes', head: ['Path', 'State'],
    rows: changes.slice(0, 500).map((change) => [{ text: change.path, code: true }, change.state]),
  })), omitted.length > 0 && disclosure(`${counted(omitted.length, 'file')} not stored`, () => table({
    caption: 'Files that were not stored', head: ['Path', 'Reason'],
    rows: omitted.slice(0, 500).map((file) => [{ text: file.path, code: true }, file.reason]),
  }))];
}

export function code(report, context) {
  const { diff } = report;
  if (!context.runs.some(Boolean)) return null;
  if (!diff) {
    const [run] = context.runs;
    const { commit, branch, remote_url: url, digest } = run.code;
    return [table({
      caption: 'Code', className: 'facts',
      rows: [['Commit', { text: commit ?? 'none', code: true }], ['Branch', branch],
        ['Remote', url], ['Working tree', digest && { text: digest, code: true }]]
        .filter(([, value]) => value !== null),
    }), uncommitted(run)];
  }
  if (!diff.code.comparable) {
    return [commandDiff(diff, context),
      el('p', { class: 'remark' }, 'The code can’t be compared: one side has none in the store.')];
  }
  return [commandDiff(diff, context), diff.code.same
    ? el('p', { class: 'remark' }, 'The code is the same, uncommitted changes included.')
    : commits(diff), patches(diff.code.files)];
}
