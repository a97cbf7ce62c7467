// SPDX-License-Identifier: Apache-2.0
#include "mlflow/import_batch.hpp"

#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

// A batch is what an import that is killed does again.
constexpr std::size_t k_most_records = 100;
constexpr std::uint64_t k_most_files = 2000;
constexpr std::uint64_t k_most_bytes = 256'000'000;

// Tells an error of what is read from one of what is written.
class WatchedSource final : public ports::ByteSource {
 public:
  explicit WatchedSource(ports::ByteSource& source) : source_(source) {}

  std::size_t read(std::span<std::byte> buffer) override
  {
    try {
      return source_.read(buffer);
    } catch (const model::Error&) {
      failed_ = true;
      throw;
    }
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  ports::ByteSource& source_;
  bool failed_ = false;
};

}  // namespace

ImportBatch::ImportBatch(const ImportPorts& ports, model::MlflowImport& result,
                         const model::TroubleSink& troubles)
    : ports_(ports), result_(result), troubles_(troubles)
{
}

ImportBatch::~ImportBatch() = default;

void ImportBatch::add(ports::IntakeRun run, const FoundArtifacts& found)
{
  if (!store(found, run.artifacts)) {
    run.state.reset();
  }
  runs_.push_back(std::move(run));
  flush_if_full();
}

void ImportBatch::add(ports::IntakeModel model, const FoundArtifacts& found)
{
  if (!store(found, model.artifacts)) {
    model.state.reset();
  }
  models_.push_back(std::move(model));
  flush_if_full();
}

void ImportBatch::begin()
{
  if (!hold_) {
    hold_ = ports_.objects->hold();
    objects_ = ports_.objects->begin();
  }
}

bool ImportBatch::store(const FoundArtifacts& found, std::vector<model::Artifact>& artifacts)
{
  bool complete = true;
  for (const FoundArtifact& file : found.files) {
    begin();
    std::unique_ptr<ports::ByteSource> source;
    bool failed = true;
    try {
      source = found.tree->open(file.file);
      WatchedSource watched(*source);
      failed = false;
      try {
        const ports::StoredObject object = objects_->put(ports::ObjectKind::blob, watched);
        artifacts.push_back({file.path, object.digest, object.bytes, {}});
        ++result_.artifacts;
        result_.artifact_bytes += object.bytes;
        ++files_;
        bytes_ += object.bytes;
        ports_.reporter.advance(1, object.bytes);
      } catch (const model::Error&) {
        failed = watched.failed();
        throw;
      }
    } catch (const model::Error& error) {
      if (!failed) {
        throw;
      }
      troubles_({"artifact", found.tree->root() + "/" + file.file, error.message()});
      complete = false;
    }
  }
  return complete;
}

std::vector<model::MetricPoint> ImportBatch::points(const ports::IntakeRun& run,
                                                    const std::string& key)
{
  return ports_.store.points(run.run, key, [&](model::ImportTrouble trouble) {
    if (trouble.lost) {
      incomplete_.insert(run.run.id);
    }
    troubles_(std::move(trouble));
  });
}

void ImportBatch::flush_if_full()
{
  if (runs_.size() + models_.size() >= k_most_records || files_ >= k_most_files ||
      bytes_ >= k_most_bytes) {
    flush();
  }
}

void ImportBatch::flush()
{
  if (objects_) {
    objects_->commit();
    result_.new_bytes += objects_->written_bytes();
  }
  if (!runs_.empty()) {
    ports_.intake->take(
        runs_,
        {[this](const ports::IntakeRun& run, const std::string& key) { return points(run, key); },
         [this](const ports::IntakeRun& run) { return !incomplete_.contains(run.run.id); },
         troubles_},
        ports_.clock.now());
  }
  for (const ports::IntakeModel& model : models_) {
    ports_.intake->take(model);
  }
  runs_.clear();
  models_.clear();
  incomplete_.clear();
  objects_.reset();
  hold_.reset();
  files_ = 0;
  bytes_ = 0;
}

}  // namespace mlrepro::mlflow
