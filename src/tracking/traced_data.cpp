// SPDX-License-Identifier: Apache-2.0
#include "tracking/traced_data.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "mlrepro/format/trace_lines.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/access_rules.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/remote_inputs.hpp"
#include "mlrepro/tracking/record_data.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "tracking/trace_scope.hpp"

namespace mlrepro::tracking {
namespace {

using model::RunData;
using plan::TracedFile;

// What a record says of files that it does not have.
constexpr std::size_t k_most_outside = 200;
constexpr std::size_t k_named = 3;

model::FileStamp stamp_of(const ports::FileStat& stat)
{
  return {stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode, stat.device};
}

// A change of names or rights moves ctime only; the content is what was read.
bool same_content(const model::FileStamp& a, const model::FileStamp& b)
{
  return a.size == b.size && a.mtime_ns == b.mtime_ns && a.inode == b.inode && a.device == b.device;
}

std::string named(const std::vector<std::string>& paths)
{
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), k_named); ++i) {
    text += (i == 0 ? "'" : ", '") + paths[i] + "'";
  }
  if (paths.size() > k_named) {
    text += " and " + std::to_string(paths.size() - k_named) + " more";
  }
  return text;
}

}  // namespace

TracedData::TracedData(const Ports& ports, const model::Run& run, std::string top, Problem problem)
    : ports_(ports),
      run_(run),
      top_(std::move(top)),
      problem_(std::move(problem)),
      trace_(*run.trace),
      roots_(trace_scope(ports, run, {}).roots)
{
  if (run.code.digest) {
    code_.emplace();
    code_->type = model::EntryType::folder;
    code_->digest = *run.code.digest;
    code_top_ = ports.source.find_top(top_).value_or(top_);
  }
}

void TracedData::read(const std::vector<std::string>& untraced, std::vector<RunData>& inputs,
                      std::vector<RunData>& outputs)
{
  const std::string path = ports_.live.paths(run_.id).trace;
  format::TraceLines lines;
  if (ports_.data.files.stat(path, ports::FollowLinks::no)) {
    lines = format::parse_trace_lines(ports::read_file(ports_.data.files, path));
  }
  found_ = plan::find_traced_files(lines.accesses, roots_);
  drop_installations();
  look_at_writes();
  note_outside();
  trace_.remotes = found_.remotes;
  std::erase_if(trace_.remotes,
                [](const std::string& address) { return !plan::is_remote_input(address); });
  trace_.reasons = found_.blind;
  trace_.reasons.insert(trace_.reasons.end(), untraced.begin(), untraced.end());
  if (lines.bad > 0) {
    trace_.reasons.emplace_back("the trace's log is damaged");
  }
  trace_.complete = trace_.reasons.empty();
  const auto mark = [&](std::vector<RunData>& list, auto used) {
    for (RunData& data : list) {
      const std::string place = plan::absolute_path(top_, data.path);
      const bool seen = std::any_of(
          found_.inside.begin(), found_.inside.end(),
          [&](const TracedFile& file) { return used(file) && model::is_within(file.path, place); });
      if (seen || trace_.complete) {
        data.traced = seen;
      }
    }
  };
  mark(inputs, [](const TracedFile& file) { return file.read.has_value(); });
  mark(outputs, [](const TracedFile& file) { return file.written; });
}

// Of interpreters in the project that no virtual environment gave away.
void TracedData::drop_installations()
{
  for (const std::string& prefix : found_.prefixes) {
    const auto packages = ports_.data.files.stat(prefix + "/conda-meta", ports::FollowLinks::yes);
    if (packages && packages->type == ports::FileType::folder && prefix != top_) {
      std::erase_if(found_.inside,
                    [&](const TracedFile& file) { return model::is_within(file.path, prefix); });
    }
  }
}

// What was opened for writing and is as it was has not been written.
void TracedData::look_at_writes()
{
  for (auto* files : {&found_.inside, &found_.outside}) {
    for (TracedFile& file : *files) {
      if (!file.written) {
        continue;
      }
      const auto now = ports_.data.files.stat(
          file.path, file.is_link ? ports::FollowLinks::no : ports::FollowLinks::yes);
      file.written = now && now->type == ports::FileType::file &&
                     !(file.before && *file.before == stamp_of(*now));
      if (file.written && files == &found_.inside) {
        outputs_.push_back(file.path);
      }
    }
  }
  std::sort(outputs_.begin(), outputs_.end());
}

void TracedData::note_outside()
{
  for (const TracedFile& file : found_.outside) {
    if (file.read && trace_.outside_read.size() < k_most_outside) {
      trace_.outside_read.push_back(file.path);
    }
    if (file.written && trace_.outside_written.size() < k_most_outside) {
      trace_.outside_written.push_back(file.path);
    }
  }
}

bool TracedData::is_covered(const std::string& path, const std::vector<RunData>& declared) const
{
  return std::any_of(declared.begin(), declared.end(), [&](const RunData& data) {
    return data.declared && model::is_within(path, plan::absolute_path(top_, data.path));
  });
}

bool TracedData::is_code(const std::string& path) const
{
  if (!code_ || plan::looks_like_data(path) || path == code_top_ ||
      !model::is_within(path, code_top_)) {
    return false;
  }
  try {
    return versioning::find_entry(versioning::loader(ports_.data.objects), *code_,
                                  plan::recorded_path(code_top_, path))
        .has_value();
  } catch (const model::Error&) {
    return false;
  }
}

std::string TracedData::real_path(const std::string& path) const
{
  try {
    return ports_.data.files.resolve(path);
  } catch (const model::Error&) {
    return path;
  }
}

// Read by another name than it was written by.
bool TracedData::is_own_output(const std::string& path) const
{
  const std::string real = real_path(path);
  return real != path && std::binary_search(outputs_.begin(), outputs_.end(), real);
}

void TracedData::add_inputs(std::vector<RunData>& inputs)
{
  std::vector<std::string> paths;
  std::map<std::string, bool> changed;
  for (const TracedFile& file : found_.inside) {
    if (!file.read || is_covered(file.path, run_.inputs) || is_own_output(file.path) ||
        is_code(file.path)) {
      continue;
    }
    const auto now = ports_.data.files.stat(file.path, ports::FollowLinks::yes);
    changed[file.path] = !now || !same_content(stamp_of(*now), *file.read);
    paths.push_back(file.path);
  }
  const auto stored =
      run_.keep >= model::Level::data ? model::Stored::content : model::Stored::identity_only;
  for (const plan::DataGroup& group : grouped(std::move(paths))) {
    const bool any_changed =
        group.files.empty()
            ? changed[group.path]
            : std::any_of(group.files.begin(), group.files.end(), [&](const std::string& file) {
                return changed[plan::join_path(group.path, file)];
              });
    add(group, any_changed, stored, inputs);
  }
}

void TracedData::add_outputs(std::vector<RunData>& outputs)
{
  std::vector<std::string> paths;
  for (const std::string& path : outputs_) {
    const std::string recorded = plan::recorded_path(top_, path);
    const auto& metrics = run_.metric_files;
    if (!is_covered(path, run_.outputs) &&
        std::find(metrics.begin(), metrics.end(), recorded) == metrics.end()) {
      paths.push_back(path);
    }
  }
  const auto stored =
      run_.keep >= model::Level::evaluation ? model::Stored::content : model::Stored::identity_only;
  for (const plan::DataGroup& group : grouped(std::move(paths))) {
    add(group, false, stored, outputs);
  }
}

// What a link leads to can't be one of several files of a folder: a folder keeps links as links.
std::vector<plan::DataGroup> TracedData::grouped(std::vector<std::string> paths) const
{
  std::vector<plan::DataGroup> groups;
  for (plan::DataGroup& group : plan::group_files(std::move(paths), roots_)) {
    if (group.files.empty()) {
      groups.push_back(std::move(group));
      continue;
    }
    const std::string folder = real_path(group.path);
    std::vector<std::string> plain;
    for (std::string& file : group.files) {
      const std::string path = plan::join_path(group.path, file);
      if (real_path(path) == plan::join_path(folder, file)) {
        plain.push_back(std::move(file));
      } else {
        groups.push_back({path, {}});
      }
    }
    if (!plain.empty()) {
      groups.push_back({std::move(group.path), std::move(plain)});
    }
  }
  return groups;
}

void TracedData::add(const plan::DataGroup& group, bool changed, model::Stored stored,
                     std::vector<RunData>& list)
{
  RunData data;
  data.path = plan::recorded_path(top_, group.path);
  data.declared = false;
  data.traced = true;
  data.partial = !group.files.empty();
  data.changed_during_run = changed;
  try {
    record_data(ports_, {top_, run_.id}, stored, data, group.files);
  } catch (const model::Error& error) {
    problem_("'" + data.path + "', which the trace found,", error);
  }
  list.push_back(std::move(data));
}

void TracedData::warn(const std::vector<RunData>& inputs) const
{
  ports::Reporter& reporter = ports_.data.reporter;
  std::vector<std::string> undeclared;
  std::vector<std::string> changed;
  bool any_declared = false;
  for (const RunData& input : inputs) {
    any_declared = any_declared || input.declared;
    if (!input.declared) {
      undeclared.push_back(input.path);
    }
    if (input.changed_during_run) {
      changed.push_back(input.path);
    }
    if (input.traced == false) {
      reporter.warn("input '" + input.path + "' is declared and was never read");
    }
  }
  if (any_declared && !undeclared.empty()) {
    reporter.warn("read but not declared: " + named(undeclared) + " (recorded all the same)");
  }
  if (!changed.empty()) {
    reporter.warn("changed during the run: input " + named(changed));
  }
  if (!trace_.outside_read.empty()) {
    reporter.warn("read outside the project and not recorded: " + named(trace_.outside_read) +
                  " (name it with -i, or its folder with --data-root)");
  }
  if (!trace_.remotes.empty()) {
    reporter.warn("connected to " + named(trace_.remotes) +
                  ": what came from there is not recorded");
  }
  for (const std::string& reason : trace_.reasons) {
    reporter.warn("the trace is not complete: " + reason);
  }
}

}  // namespace mlrepro::tracking
