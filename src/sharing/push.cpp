// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/sharing/push.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "mlrepro/format/record_document.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/text_source.hpp"
#include "sharing/content_roots.hpp"
#include "sharing/remote_records.hpp"

namespace mlrepro::sharing {
namespace {

using model::Error;
using model::ErrorKind;

// What was asked for by name.
struct Chosen {
  bool everything = true;
  bool recheck = false;  // also what the remote knows
  std::set<model::RunId> runs;
  std::set<model::Digest> snapshots;
};

Chosen choose(const Ports& ports, const tracking::Place& place,
              const std::vector<std::string>& references)
{
  Chosen chosen;
  for (const std::string& reference : references) {
    chosen.everything = false;
    const tracking::Target target = tracking::resolve(ports.store, place, reference);
    if (target.data) {
      throw Error(ErrorKind::usage, "reference '" + reference + "': names a part of a run",
                  "push the run, or the snapshot by its id");
    }
    if (target.run) {
      chosen.runs.insert(target.run->id);
    } else if (target.snapshot) {
      chosen.snapshots.insert(target.snapshot->id);
    }
  }
  return chosen;
}

bool is_about_content(const Error& error)
{
  return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::not_found;
}

// A record that is to get its name when its content is there.
struct NewRecord {
  std::string name;
  model::Digest document;
  std::vector<ports::ContentRoot> roots;
  model::LeftOut left_out;  // what is said when that did not go over
};

class Push {
 public:
  Push(const Ports& ports, ports::Remote& remote)
      : ports_(ports), remote_(remote), there_(list_records(remote)), stones_(missing_tombstones())
  {
    upload_ = ports.content.upload(remote, forbidden_);
  }

  void distrust_remote() { upload_->distrust_remote(); }

  void add_runs(const Chosen& chosen)
  {
    for (const ports::ExchangedRun& run : ports_.records.runs()) {
      const bool named = chosen.recheck || chosen.runs.contains(run.id);
      if (!chosen.everything && !chosen.runs.contains(run.id)) {
        continue;
      }
      if (!run.ended) {
        result_.running.push_back({run.id, run.name, "it has not ended"});
      } else if (!named && run.document && there_.has(run.id, *run.document)) {
        ++result_.unchanged;
      } else {
        add_run(run);
      }
    }
  }

  void add_snapshots(const Chosen& chosen)
  {
    for (const model::Snapshot& snapshot : ports_.records.snapshots()) {
      const bool named = chosen.recheck || chosen.snapshots.contains(snapshot.id);
      if (!chosen.everything && !chosen.snapshots.contains(snapshot.id)) {
        continue;
      }
      const std::string text = format::encode_snapshot_document(snapshot);
      const bool known = there_.snapshots.contains(ports_.store.data.digester.digest(text));
      if (known && !named) {
        continue;
      }
      try {
        const auto roots = roots_of(snapshot);
        upload_->add(roots);
        const model::Digest document = upload_->add_document(text);
        if (!known) {
          records_.push_back(
              {snapshot_name(document), document, roots, {std::nullopt, label_of(snapshot), ""}});
          ++result_.snapshots;
        }
      } catch (const Error& error) {
        leave_out({std::nullopt, label_of(snapshot), error.message()}, error);
      }
    }
  }

  void add_tombstones(Tombstones which)
  {
    if (which == Tombstones::of_what_goes) {
      keep_met_tombstones();
    }
    if (!stones_.empty()) {
      of_stones_ = upload_->add_document(format::encode_tombstones(stones_));
      result_.forgotten = stones_.size();
    }
  }

  void send()
  {
    upload_->send(ports_.store.data.reporter);
    // First of all names: whoever sees a new record then knows what must not come with it.
    if (of_stones_) {
      write_name(forgotten_name(*of_stones_), *of_stones_);
    }
    for (NewRecord& record : records_) {
      if (const auto lacking = upload_->lacking(record.roots)) {
        withdraw(record, *lacking);
      } else {
        write_name(record.name, record.document);
      }
    }
  }

  model::Exchange result() &&
  {
    const ports::TransferSize size = upload_->size();
    result_.records = size.records;
    result_.bytes = size.bytes;
    return std::move(result_);
  }

 private:
  // Those that the remote does not know. Content that is forgotten at either place does not go.
  std::vector<model::Tombstone> missing_tombstones()
  {
    std::vector<model::Tombstone> there;
    if (!there_.forgotten.empty()) {
      there = read_tombstones(*ports_.content.download(remote_), there_);
    }
    const std::vector<model::Tombstone> here = ports_.records.tombstones();
    forbidden_ = content_of(there);
    forbidden_.merge(content_of(here));
    std::set<model::Digest> known;
    for (const model::Tombstone& stone : there) {
      known.insert(stone.digest);
    }
    std::vector<model::Tombstone> missing;
    std::copy_if(here.begin(), here.end(), std::back_inserter(missing),
                 [&](const model::Tombstone& stone) { return !known.contains(stone.digest); });
    return missing;
  }

  void keep_met_tombstones()
  {
    std::set<model::Digest> met = upload_->passed_over();
    for (const NewRecord& record : records_) {
      for (const ports::ContentRoot& root : record.roots) {
        met.insert(root.digest);
      }
    }
    std::erase_if(stones_,
                  [&](const model::Tombstone& stone) { return !met.contains(stone.digest); });
  }

  void write_name(const std::string& name, const model::Digest& document)
  {
    ports::TextSource text(document.hex() + "\n");
    (void)remote_.write(name, text);
  }

  void withdraw(NewRecord& record, const std::string& reason)
  {
    record.left_out.reason = reason;
    if (record.left_out.run) {
      std::erase_if(result_.runs, [&](const model::Exchange::Run& run) {
        return run.id == *record.left_out.run;
      });
    } else {
      --result_.snapshots;
    }
    result_.incomplete.push_back(std::move(record.left_out));
  }

  void add_run(const ports::ExchangedRun& run)
  {
    const model::RunRecord record = ports_.records.load(run.id);
    try {
      const auto roots = roots_of(record);
      upload_->add(roots);
      const model::Digest document = add_documents(record);
      ports_.records.note_document(record, document);
      if (there_.has(run.id, document)) {
        ++result_.unchanged;
        return;
      }
      records_.push_back({run_name(run.id, document), document, roots, {run.id, run.name, ""}});
      result_.runs.push_back({run.id, run.name, !there_.runs.contains(run.id)});
    } catch (const Error& error) {
      leave_out({run.id, run.name, error.message()}, error);
    }
  }

  model::Digest add_documents(const model::RunRecord& record)
  {
    format::RunDocument document;
    document.record = record;
    if (record.run.environment) {
      document.environment =
          upload_->add_document(format::encode_environment_document(*record.run.environment));
    }
    for (const auto& [key, summary] : record.run.metrics) {
      document.points.emplace(key, add_points(record.run.id, key));
    }
    return upload_->add_document(format::encode_run_document(document));
  }

  std::vector<model::Digest> add_points(const model::RunId& run, const std::string& key)
  {
    std::vector<model::Digest> documents;
    std::vector<model::MetricPoint> points;
    const auto flush = [&] {
      if (!points.empty()) {
        documents.push_back(upload_->add_document(format::encode_points(points)));
        points.clear();
      }
    };
    ports_.store.runs.for_each_point(run, key, [&](const model::MetricPoint& point) {
      points.push_back(point);
      if (points.size() == format::k_points_per_document) {
        flush();
      }
    });
    flush();
    return documents;
  }

  void leave_out(model::LeftOut item, const Error& error)
  {
    if (!is_about_content(error)) {
      throw Error(error);
    }
    result_.incomplete.push_back(std::move(item));
  }

  const Ports& ports_;
  ports::Remote& remote_;
  RemoteRecords there_;
  std::set<model::Digest> forbidden_;
  std::vector<model::Tombstone> stones_;
  std::unique_ptr<ports::ContentUpload> upload_;
  std::vector<NewRecord> records_;
  std::optional<model::Digest> of_stones_;
  model::Exchange result_;
};

}  // namespace

model::Exchange push(const Ports& ports, ports::Remote& remote, const tracking::Place& place,
                     const PushRequest& request)
{
  Chosen chosen = choose(ports, place, request.references);
  chosen.recheck = request.recheck == Recheck::yes;
  const auto hold = ports.store.data.objects.hold();
  Push push(ports, remote);
  if (chosen.recheck) {
    push.distrust_remote();
  }
  push.add_runs(chosen);
  push.add_snapshots(chosen);
  push.add_tombstones(request.tombstones);
  if (request.dry_run == DryRun::no) {
    push.send();
  }
  model::Exchange result = std::move(push).result();
  result.dry_run = request.dry_run == DryRun::yes;
  return result;
}

}  // namespace mlrepro::sharing
