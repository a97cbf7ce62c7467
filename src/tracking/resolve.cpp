// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/resolve.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "mlrepro/format/pointer_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/reference.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;
using model::ErrorKind;
using model::Run;
using model::Snapshot;
using plan::Reference;
using Detail = ports::RunQuery::Detail;

constexpr std::size_t k_shown_candidates = 5;

bool is_hex(const std::string& text)
{
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string quoted(const std::string& text)
{
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? "''" : std::string(1, c);
  }
  return out + "'";
}

class Resolver {
 public:
  Resolver(const Ports& ports, const Place& place, const std::string& text)
      : ports_(ports), place_(place), text_(text), reference_(plan::parse_reference(text))
  {
  }

  Target resolve()
  {
    Target target;
    if (reference_.kind == Reference::Kind::word && reference_.path.empty()) {
      target.snapshot = find_pointer();
    }
    if (!target.snapshot) {
      target.run = find_run();
      target.snapshot = target.run ? std::nullopt : find_snapshot();
    }
    if (!target.run && !target.snapshot) {
      throw Error(ErrorKind::not_found,
                  "reference '" + text_ + "': no run and no snapshot is called that", suggestion());
    }
    if (target.run && !reference_.path.empty()) {
      target.data = find_data(*target.run);
    }
    return target;
  }

 private:
  std::optional<Run> load(const std::vector<Run>& found)
  {
    if (found.empty()) {
      return std::nullopt;
    }
    if (found.size() > 1) {
      refuse_ambiguous(found);
    }
    return ports::find_run(ports_.runs, found.front().id);
  }

  [[noreturn]] void refuse_ambiguous(const std::vector<Run>& found) const
  {
    std::string names;
    for (std::size_t i = 0; i < std::min(found.size(), k_shown_candidates); ++i) {
      names += (i == 0 ? "" : ", ") + found[i].name + " (" + found[i].id.str().substr(0, 8) + ")";
    }
    if (found.size() > k_shown_candidates) {
      names += " and " + std::to_string(found.size() - k_shown_candidates) + " more";
    }
    throw Error(
        ErrorKind::ambiguous,
        "reference '" + text_ + "': names " + std::to_string(found.size()) + " runs: " + names,
        "write more of the id, or use @1 for the newest run");
  }

  std::vector<Run> list(ports::RunQuery query) const
  {
    query.detail = Detail::names;
    return ports_.runs.list(query);
  }

  std::optional<Run> find_run()
  {
    ports::RunQuery query;
    switch (reference_.kind) {
      case Reference::Kind::latest:
      case Reference::Kind::of_experiment:
        query.experiment = reference_.word;
        query.offset = reference_.position - 1;
        query.limit = 1;
        if (auto run = load(list(query))) {
          return run;
        }
        throw Error(ErrorKind::not_found,
                    "reference '" + text_ + "': there are fewer runs than that",
                    "see them with 'mlrepro list'");
      case Reference::Kind::tag:
        query.filter = "tags." + quoted(reference_.word) + " = " + quoted(reference_.value);
        return load(list(query));
      case Reference::Kind::word:
        return find_word();
    }
    return std::nullopt;
  }

  std::optional<Run> find_word()
  {
    ports::RunQuery by_name;
    by_name.name_prefix = reference_.word;
    const auto named = list(by_name);
    std::vector<Run> exact;
    std::copy_if(named.begin(), named.end(), std::back_inserter(exact),
                 [&](const Run& run) { return run.name == reference_.word; });
    if (!exact.empty()) {
      return load(exact);
    }
    // A whole name before the beginning of an id: "feed" is both.
    constexpr std::size_t k_id_digits = 32;
    const bool is_dataset = !find_dataset().empty();
    if (is_hex(reference_.word) && reference_.word.size() <= k_id_digits &&
        (!is_dataset || reference_.word.size() == k_id_digits)) {
      ports::RunQuery by_id;
      by_id.id_prefix = reference_.word;
      if (auto run = load(list(by_id))) {
        return run;
      }
    }
    return is_dataset ? std::nullopt : load(without_runs_of_sweeps(named));
  }

  // The names of a sweep's runs begin with its own: what fits both means the sweep.
  static std::vector<Run> without_runs_of_sweeps(const std::vector<Run>& named)
  {
    std::set<model::RunId> ids;
    for (const Run& run : named) {
      ids.insert(run.id);
    }
    std::vector<Run> kept;
    std::copy_if(named.begin(), named.end(), std::back_inserter(kept), [&](const Run& run) {
      return !run.sweep_item || !run.parent || !ids.contains(*run.parent);
    });
    return kept;
  }

  [[nodiscard]] std::vector<Snapshot> find_dataset() const
  {
    auto found = ports_.data.snapshots.list({"", reference_.word, 1});
    if (found.empty()) {
      const std::string path = plan::join_path(place_.cwd, reference_.word);
      found = ports_.data.snapshots.list({"", plan::recorded_path(place_.top, path), 1});
    }
    return found;
  }

  std::optional<Snapshot> find_snapshot() const
  {
    if (reference_.kind != Reference::Kind::word || !reference_.path.empty()) {
      return std::nullopt;
    }
    const auto dataset = find_dataset();
    if (!dataset.empty()) {
      return dataset.front();
    }
    if (!is_hex(reference_.word)) {
      return std::nullopt;
    }
    std::optional<Snapshot> only;
    for (const Snapshot& snapshot :
         ports_.data.snapshots.list({reference_.word, "", std::nullopt})) {
      if (only && only->id != snapshot.id) {
        throw Error(ErrorKind::ambiguous,
                    "reference '" + text_ + "': names several snapshots, such as " +
                        only->id.hex().substr(0, 16) + " and " + snapshot.id.hex().substr(0, 16),
                    "write more of the id");
      }
      only = only ? only : snapshot;
    }
    return only;
  }

  std::optional<Snapshot> find_pointer() const
  {
    const std::string path = plan::join_path(place_.cwd, reference_.word);
    if (!reference_.word.ends_with(format::k_pointer_suffix)) {
      return std::nullopt;
    }
    const auto stat = ports_.data.files.stat(path, ports::FollowLinks::no);
    if (!stat || stat->type != ports::FileType::file) {
      return std::nullopt;
    }
    const auto pointer = read_pointer(path);
    auto found = ports_.data.snapshots.list({pointer.id.hex(), "", std::nullopt});
    if (found.empty()) {
      throw Error(ErrorKind::not_found,
                  "pointer file '" + reference_.word + "': snapshot " +
                      pointer.id.hex().substr(0, 12) + " is not in this store",
                  "it was taken elsewhere; use the store that has it with --store DIR");
    }
    const std::string own = plan::recorded_path(
        place_.top, path.substr(0, path.size() - format::k_pointer_suffix.size()));
    const auto same_path = std::find_if(found.begin(), found.end(),
                                        [&](const Snapshot& item) { return item.path == own; });
    return same_path == found.end() ? found.front() : *same_path;
  }

  // Trouble with its text names the file, since that text does not know where it stands.
  format::PointerFile read_pointer(const std::string& path) const
  {
    const std::string text = ports::read_file(ports_.data.files, path);
    try {
      return format::decode_pointer(text);
    } catch (const Error& error) {
      throw Error(error.kind(), "'" + reference_.word + "': " + error.message(), error.hint());
    }
  }

  model::RunData find_data(const Run& run) const
  {
    std::vector<std::string> names;
    std::string above;  // what has the path below it
    for (const auto* list : {&run.inputs, &run.outputs}) {
      for (const model::RunData& data : *list) {
        const std::string from_cwd =
            plan::recorded_path(place_.top, plan::join_path(place_.cwd, reference_.path));
        if (data.path == reference_.path || data.path == from_cwd) {
          return data;
        }
        if (reference_.path.starts_with(data.path + "/")) {
          above = data.path;
        }
        names.push_back(data.path);
      }
    }
    std::string hint = above.empty()
                           ? plan::did_you_mean(reference_.path, names)
                           : "it is below '" + above +
                                 "', which was recorded as a whole; a table in it is what 'query', "
                                 "'show --profile' and 'diff --rows' can be asked for";
    if (hint.empty() && !names.empty()) {
      hint = "it has: ";
      for (const std::string& name : names) {
        hint += (name == names.front() ? "" : ", ") + name;
      }
    }
    throw Error(ErrorKind::not_found,
                "reference '" + text_ + "': run " + run.name + " has no input or output '" +
                    reference_.path + "'",
                hint);
  }

  std::string suggestion() const
  {
    const std::string general =
        "see what there is with 'mlrepro list' and 'mlrepro list snapshots'";
    if (reference_.kind != Reference::Kind::word) {
      return general;
    }
    std::vector<std::string> names;
    ports::RunQuery query;
    query.limit = 1000;
    for (const Run& run : list(query)) {
      names.push_back(run.name);
    }
    for (const Snapshot& snapshot : ports_.data.snapshots.list({"", "", 1000})) {
      names.push_back(snapshot.name.empty() ? snapshot.path : snapshot.name);
    }
    const std::string near = plan::did_you_mean(reference_.word, names);
    return near.empty() ? general : near;
  }

  const Ports& ports_;
  const Place& place_;
  std::string text_;
  Reference reference_;
};

}  // namespace

Target resolve(const Ports& ports, const Place& place, const std::string& reference)
{
  Target target = Resolver(ports, place, reference).resolve();
  if (target.run) {
    target.run = with_live_events(ports, std::move(*target.run));
  }
  return target;
}

Run resolve_run(const Ports& ports, const Place& place, const std::string& reference)
{
  Target target = resolve(ports, place, reference);
  if (!target.run || target.data) {
    throw Error(ErrorKind::usage, "reference '" + reference + "': names data where a run is needed",
                "see the runs with 'mlrepro list'");
  }
  return std::move(*target.run);
}

Content resolve_content(const Ports& ports, const Place& place, const std::string& reference)
{
  const Target target = resolve(ports, place, reference);
  if (target.snapshot) {
    return {target.snapshot->root, target.snapshot->id, target.snapshot->path,
            target.snapshot->stored == model::Stored::content};
  }
  if (!target.data || !target.data->snapshot) {
    throw Error(
        target.data ? ErrorKind::not_found : ErrorKind::usage,
        "reference '" + reference + "': " +
            (target.data ? "nothing was there when the run was recorded" : "names a run, not data"),
        target.data ? "" : "name one of its paths: RUN:PATH");
  }
  const auto entry = ports::find_snapshot(ports.data.snapshots, *target.data->snapshot);
  if (!entry) {
    throw Error(ErrorKind::not_found,
                "reference '" + reference +
                    "': only the identity of that data is recorded, not its content");
  }
  return {entry->root, entry->id, target.data->path, target.data->stored};
}

}  // namespace mlrepro::tracking
