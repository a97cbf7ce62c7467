// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/sharing/pull.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "mlrepro/format/pointer_file.hpp"
#include "mlrepro/format/record_document.hpp"
#include "mlrepro/model/error.hpp"
#include "sharing/content_roots.hpp"
#include "sharing/remote_records.hpp"

namespace mlrepro::sharing {
namespace {

using model::Error;
using model::ErrorKind;

// Records become visible together in batches, so that one commit serves many.
constexpr std::size_t k_runs_per_commit = 200;
constexpr std::size_t k_points_per_commit = 1'000'000;
constexpr std::size_t k_shortest_prefix = 4;

struct PulledRun {
  model::Digest document;
  format::RunDocument content;
  std::vector<ports::ContentRoot> roots;
};

// The references of a request, and which of them named something.
class Wanted {
 public:
  explicit Wanted(const std::vector<std::string>& references) : references_(references) {}

  [[nodiscard]] bool everything() const { return references_.empty(); }

  bool takes(const model::Run& run)
  {
    return any([&](const std::string& reference) {
      return run.name == reference || begins(run.id.str(), reference);
    });
  }
  bool takes(const model::Snapshot& snapshot)
  {
    return any([&](const std::string& reference) {
      return snapshot.name == reference || snapshot.path == reference ||
             snapshot.path + std::string(format::k_pointer_suffix) == reference ||
             begins(snapshot.id.hex(), reference);
    });
  }

  void require_all_found(const std::string& label) const
  {
    for (const std::string& reference : references_) {
      if (!found_.contains(reference)) {
        throw Error(ErrorKind::not_found, "reference '" + reference + "': " + label + " has none",
                    "'mlrepro pull --dry-run' lists what it has that is not here");
      }
    }
  }

 private:
  static bool begins(const std::string& id, const std::string& reference)
  {
    return reference.size() >= k_shortest_prefix && id.starts_with(reference);
  }

  template <typename Match>
  bool any(Match match)
  {
    bool taken = references_.empty();
    for (const std::string& reference : references_) {
      if (match(reference)) {
        found_.insert(reference);
        taken = true;
      }
    }
    return taken;
  }

  const std::vector<std::string>& references_;
  std::set<std::string> found_;
};

class Pull {
 public:
  Pull(const Ports& ports, const ports::Remote& remote, const PullRequest& request)
      : ports_(ports),
        damage_(request.damage),
        label_(remote.label()),
        wanted_(request.references),
        there_(list_records(remote)),
        download_(ports.content.download(remote)),
        stones_(read_tombstones(*download_, there_))
  {
    download_->forbid(content_of(ports.records.tombstones()));
    download_->forbid(content_of(stones_));
  }

  void add_runs()
  {
    std::map<model::RunId, ports::ExchangedRun> here;
    for (ports::ExchangedRun& run : ports_.records.runs()) {
      here.emplace(run.id, std::move(run));
    }
    for (const auto& [id, documents] : there_.runs) {
      const auto own = here.find(id);
      bool is_new = own == here.end();
      bool unchanged = true;
      for (const model::Digest& document : documents) {
        const bool known =
            own != here.end() && std::find(own->second.known.begin(), own->second.known.end(),
                                           document) != own->second.known.end();
        if ((!known || !wanted_.everything()) && add_run(id, document, is_new, known)) {
          is_new = false;
          unchanged = false;
        }
      }
      result_.unchanged += own != here.end() && unchanged ? 1 : 0;
    }
  }

  void add_snapshots()
  {
    std::set<model::Digest> here;
    for (const model::Snapshot& snapshot : ports_.records.snapshots()) {
      here.insert(ports_.store.data.digester.digest(format::encode_snapshot_document(snapshot)));
    }
    for (const model::Digest& document : there_.snapshots) {
      if (!here.contains(document) || !wanted_.everything()) {
        add_snapshot(document, here.contains(document));
      }
    }
  }

  void require_all_found() const { wanted_.require_all_found(label_); }

  // What turned out to be damaged on the way is not there after all.
  void fetch()
  {
    download_->fetch(ports_.store.data.reporter);
    std::erase_if(runs_, [&](const PulledRun& run) {
      const model::Run& record = run.content.record.run;
      const auto lacking = download_->lacking(run.roots);
      if (lacking) {
        std::erase_if(result_.runs,
                      [&](const model::Exchange::Run& item) { return item.id == record.id; });
        leave_out({record.id, record.name, ""}, Error(ErrorKind::corrupt, *lacking));
      }
      return lacking.has_value();
    });
    std::erase_if(snapshots_, [&](const model::Snapshot& snapshot) {
      const auto lacking = download_->lacking(roots_of(snapshot));
      if (lacking) {
        leave_out({std::nullopt, label_of(snapshot), ""}, Error(ErrorKind::corrupt, *lacking));
      }
      return lacking.has_value();
    });
  }

  // What is here already was destroyed elsewhere only: nobody asked to destroy it here.
  void choose_tombstones()
  {
    std::set<model::Digest> known;
    for (const model::Tombstone& stone : ports_.records.tombstones()) {
      known.insert(stone.digest);
    }
    std::erase_if(stones_, [&](const model::Tombstone& stone) {
      return known.contains(stone.digest) || ports_.store.data.objects.find(stone.digest);
    });
    result_.forgotten = stones_.size();
  }

  void adopt()
  {
    ports_.records.adopt({}, snapshots_, stones_);
    std::vector<ports::IncomingRun> batch;
    std::size_t points = 0;
    for (PulledRun& run : runs_) {
      ports::IncomingRun incoming = read_points(run);
      for (const auto& [key, series] : incoming.points) {
        points += series.size();
      }
      batch.push_back(std::move(incoming));
      if (batch.size() >= k_runs_per_commit || points >= k_points_per_commit) {
        ports_.records.adopt(batch, {}, {});
        batch.clear();
        points = 0;
      }
    }
    ports_.records.adopt(batch, {}, {});
  }

  model::Exchange result() &&
  {
    const ports::TransferSize size = size_;
    result_.records = size.records;
    result_.bytes = size.bytes;
    result_.snapshots = snapshots_.size();
    return std::move(result_);
  }

  void measure() { size_ = download_->size(); }

 private:
  // False when there is nothing of it to come.
  bool add_run(const model::RunId& id, const model::Digest& document, bool is_new, bool known)
  {
    std::string name = id.str();
    try {
      PulledRun run{document, format::decode_run_document(download_->document(document)), {}};
      model::RunRecord& record = run.content.record;
      name = record.run.name;
      if (record.run.id != id) {
        throw Error(ErrorKind::corrupt, "its record is of another run");
      }
      if (!wanted_.takes(record.run) || known) {
        return false;
      }
      if (run.content.environment) {
        record.run.environment =
            format::decode_environment_document(download_->document(*run.content.environment));
      }
      check_points(run);
      run.roots = roots_of(record);
      download_->add(run.roots);
      result_.runs.push_back({id, name, is_new});
      runs_.push_back(std::move(run));
      return true;
    } catch (const Error& error) {
      leave_out({id, name, ""}, error);
      return false;
    }
  }

  void add_snapshot(const model::Digest& document, bool known)
  {
    std::string name = "snapshot record " + document.hex().substr(0, 12);
    try {
      model::Snapshot snapshot = format::decode_snapshot_document(download_->document(document));
      name = label_of(snapshot);
      if (!wanted_.takes(snapshot) || known) {
        return;
      }
      download_->add(roots_of(snapshot));
      snapshots_.push_back(std::move(snapshot));
    } catch (const Error& error) {
      leave_out({std::nullopt, name, ""}, error);
    }
  }

  // That all is there and fits the record; kept is nothing, since points may be many.
  void check_points(const PulledRun& run)
  {
    const auto& points = run.content.points;
    std::size_t metrics = 0;
    for (const auto& [key, summary] : run.content.record.run.metrics) {
      std::size_t count = 0;
      if (const auto documents = points.find(key); documents != points.end()) {
        ++metrics;
        for (const model::Digest& document : documents->second) {
          count += format::decode_points(download_->document(document)).size();
        }
      }
      if (summary.count < 0 || static_cast<std::size_t>(summary.count) != count) {
        throw Error(ErrorKind::corrupt,
                    "metric '" + key + "' does not have the points that its record says");
      }
    }
    if (metrics != points.size()) {
      throw Error(ErrorKind::corrupt, "it has points of metrics that it does not have");
    }
  }

  ports::IncomingRun read_points(const PulledRun& run)
  {
    ports::IncomingRun incoming{run.content.record, {}, run.document};
    for (const auto& [key, documents] : run.content.points) {
      auto& series = incoming.points[key];
      for (const model::Digest& document : documents) {
        const auto some = format::decode_points(download_->document(document));
        series.insert(series.end(), some.begin(), some.end());
      }
    }
    return incoming;
  }

  void leave_out(model::LeftOut item, const Error& error)
  {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::not_found) {
      throw Error(error);
    }
    if (damage_ == Damage::refuses_all) {
      throw Error(ErrorKind::corrupt, label_ + ": " + item.name + ": " + error.message());
    }
    item.reason = error.message();
    result_.incomplete.push_back(std::move(item));
  }

  const Ports& ports_;
  Damage damage_;
  std::string label_;
  Wanted wanted_;
  RemoteRecords there_;
  std::unique_ptr<ports::ContentDownload> download_;
  std::vector<model::Tombstone> stones_;
  std::vector<PulledRun> runs_;
  std::vector<model::Snapshot> snapshots_;
  ports::TransferSize size_;
  model::Exchange result_;
};

}  // namespace

model::Exchange pull(const Ports& ports, const ports::Remote& remote, const PullRequest& request)
{
  // Nothing that is here, or comes, is collected before the records name it.
  const auto hold = ports.store.data.objects.hold();
  Pull pull(ports, remote, request);
  pull.add_runs();
  pull.add_snapshots();
  pull.require_all_found();
  pull.measure();
  pull.choose_tombstones();
  if (request.dry_run == DryRun::no) {
    pull.fetch();
    pull.adopt();
  }
  model::Exchange result = std::move(pull).result();
  result.dry_run = request.dry_run == DryRun::yes;
  return result;
}

}  // namespace mlrepro::sharing
