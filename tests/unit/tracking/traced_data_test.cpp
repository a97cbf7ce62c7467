// SPDX-License-Identifier: Apache-2.0
// What becomes of a run's record when its command is traced.
#include <gmock/gmock.h>

#include "mlrepro/tracking/run_command.hpp"
#include "mlrepro/tracking/seal_run.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::tracking {
namespace {

using model::FileAccess;
using model::RunData;
using Kind = FileAccess::Kind;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// What a traced command does, as the real runner would write it down.
class Traced {
 public:
  Traced(testing::MemoryFileTree& files, const ports::ProcessRequest& process)
      : files_(files), request_(process.trace.value())
  {
  }

  void read(const std::string& path) { note(Kind::read, path); }
  void write(const std::string& path, const std::string& content)
  {
    note(Kind::write, path);
    files_.add_file(path, content);
  }
  void note(Kind kind, const std::string& path)
  {
    const model::Sighting seen = kind == Kind::connect || kind == Kind::blind
                                     ? model::Sighting{model::Interest::inside, path}
                                     : request_.look(path);
    if (seen.interest != model::Interest::none) {
      add(request_.to_line({kind, seen.path, "", stamp(path)}));
    }
  }
  void add(const std::string& text)
  {
    const std::string& log = request_.log_path;
    files_.add_file(log, files_.exists(log) ? files_.content(log) + text : text);
  }

 private:
  [[nodiscard]] std::optional<model::FileStamp> stamp(const std::string& path) const
  {
    const auto stat = path.starts_with('/') && files_.exists(path)
                          ? files_.stat(path, ports::FollowLinks::yes)
                          : std::nullopt;
    return stat ? std::optional(model::FileStamp{stat->size, stat->mtime_ns, stat->ctime_ns,
                                                 stat->inode, stat->device})
                : std::nullopt;
  }

  testing::MemoryFileTree& files_;
  const ports::TraceRequest& request_;
};

class TracedRun : public ::testing::Test {
 protected:
  TracedRun()
  {
    request_.command = {"python3", "train.py"};
    request_.top = "/p";
    request_.cwd = "/p";
    request_.store = "/p/.mlrepro";
    request_.experiment = "p";
    request_.trace = true;
    world_.files.add_file("/p/data/a.csv", "1\n");
    world_.files.add_file("/p/data/b.csv", "2\n");
    world_.source.ignore("data");
  }

  model::Run run(const std::function<void(Traced&)>& does)
  {
    auto scripted = testing::exits_with(0);
    scripted.action = [this, does](const ports::ProcessRequest& process) {
      Traced traced(world_.files, process);
      does(traced);
    };
    world_.processes.add(scripted);
    return run_command(world_.ports, request_).run.value();
  }

  static std::vector<std::string> texts(const std::vector<RunData>& list)
  {
    std::vector<std::string> found;
    for (const RunData& data : list) {
      found.push_back(data.path + (data.declared ? " declared" : "") +
                      (!data.traced   ? ""
                       : *data.traced ? " used"
                                      : " unused") +
                      (data.changed_during_run ? " changed" : "") +
                      (data.partial ? " " + std::to_string(data.files) : "") +
                      (data.snapshot ? "" : " missing"));
    }
    return found;
  }

  testing::UseCaseWorld world_;
  RunRequest request_;
};

TEST_F(TracedRun, RecordsWhatWasReadAndWritten)
{
  const model::Run run = this->run([](Traced& does) {
    does.read("/p/train.py");
    does.read("/p/data/a.csv");
    does.write("/p/model.bin", "m");
    does.read("/p/model.bin");
    does.read("/usr/lib/x.so");
  });
  EXPECT_THAT(texts(run.inputs), ElementsAre("data/a.csv used"));
  EXPECT_THAT(texts(run.outputs), ElementsAre("model.bin used"));
  EXPECT_TRUE(run.inputs.front().stored);
  EXPECT_TRUE(run.trace->active && run.trace->complete);
  EXPECT_EQ(run.recorded, model::Level::evaluation);
  EXPECT_THAT(world_.reporter.warnings, IsEmpty());
}

TEST_F(TracedRun, CodeIsCodeAndItsDataIsAnInput)
{
  world_.add_code("params.yaml", "lr: 1\n");
  world_.add_code("iris.csv", "5\n");
  const model::Run run = this->run([](Traced& does) {
    does.read("/p/params.yaml");
    does.read("/p/iris.csv");
  });
  EXPECT_THAT(texts(run.inputs), ElementsAre("iris.csv used"));
}

TEST_F(TracedRun, ChecksWhatIsDeclared)
{
  request_.inputs = {"data/a.csv", "train.py"};
  request_.outputs = {"model.bin", "other.bin"};
  const model::Run run = this->run([](Traced& does) {
    does.read("/p/data/a.csv");
    does.read("/p/data/b.csv");
    does.write("/p/model.bin", "m");
  });
  EXPECT_THAT(texts(run.inputs), ElementsAre("data/a.csv declared used", "train.py declared unused",
                                             "data/b.csv used"));
  EXPECT_THAT(texts(run.outputs),
              ElementsAre("model.bin declared used", "other.bin declared unused missing"));
  EXPECT_THAT(world_.reporter.warnings,
              Contains("input 'train.py' is declared and was never read"));
  EXPECT_THAT(world_.reporter.warnings, Contains(HasSubstr("read but not declared: 'data/b.csv'")));
}

TEST_F(TracedRun, ADeclaredFolderCoversItsFiles)
{
  request_.inputs = {"data"};
  const model::Run run = this->run([](Traced& does) { does.read("/p/data/b.csv"); });
  EXPECT_THAT(texts(run.inputs), ElementsAre("data declared used"));
}

TEST_F(TracedRun, SaysWhichInputsChanged)
{
  const model::Run run = this->run([this](Traced& does) {
    does.read("/p/data/a.csv");
    world_.files.add_file("/p/data/a.csv", "another\n");
    does.read("/p/data/b.csv");
    world_.files.remove("/p/data/b.csv");
  });
  EXPECT_THAT(texts(run.inputs),
              ElementsAre("data/a.csv used changed", "data/b.csv used changed missing"));
  EXPECT_THAT(world_.reporter.warnings, Contains(HasSubstr("changed during the run")));
  EXPECT_LT(run.recorded, model::Level::data);
}

TEST_F(TracedRun, WhatWasOnlyOpenedForWritingIsNoOutput)
{
  const model::Run run = this->run([](Traced& does) { does.note(Kind::write, "/p/data/a.csv"); });
  EXPECT_THAT(run.outputs, IsEmpty());
}

TEST_F(TracedRun, TakesManyFilesAsPartOfTheirFolder)
{
  for (int i = 100; i < 120; ++i) {
    world_.files.add_file("/p/data/img/" + std::to_string(i), std::to_string(i));
  }
  const model::Run run = this->run([](Traced& does) {
    for (int i = 100; i < 118; ++i) {
      does.read("/p/data/img/" + std::to_string(i));
    }
  });
  EXPECT_THAT(texts(run.inputs), ElementsAre("data/img used 18"));
}

TEST_F(TracedRun, ALinkIsReadUnderItsOwnName)
{
  world_.files.add_file("/disk/big.csv", "big\n");
  world_.files.add_symlink("/p/data/link.csv", "/disk/big.csv");
  world_.files.add_symlink("/p/latest", "model.bin");
  const model::Run run = this->run([](Traced& does) {
    does.read("/p/data/link.csv");
    does.write("/p/model.bin", "m");
    does.read("/p/latest");
  });
  EXPECT_THAT(texts(run.inputs), ElementsAre("data/link.csv used"));
  EXPECT_EQ(run.inputs.front().bytes, 4U);
}

TEST_F(TracedRun, DataRootsAreDataToo)
{
  world_.files.add_file("/disk/x.csv", "x\n");
  world_.files.add_file("/elsewhere/y.csv", "y\n");
  request_.data_roots = {"/disk"};
  const model::Run run = this->run([](Traced& does) {
    does.read("/disk/x.csv");
    does.read("/elsewhere/y.csv");
    does.note(Kind::connect, "10.0.0.7:5432");
    does.note(Kind::connect, "10.0.0.1:53");
  });
  EXPECT_THAT(texts(run.inputs), ElementsAre("/disk/x.csv used"));
  EXPECT_THAT(run.trace->data_roots, ElementsAre("/disk"));
  EXPECT_THAT(run.trace->outside_read, ElementsAre("/elsewhere/y.csv"));
  EXPECT_THAT(run.trace->remotes, ElementsAre("10.0.0.7:5432"));
  EXPECT_THAT(world_.reporter.warnings, Contains(HasSubstr("read outside the project")));
  EXPECT_THAT(run.missing, Contains(HasSubstr("/elsewhere/y.csv")));
}

TEST_F(TracedRun, AnInstallationInTheProjectIsNoData)
{
  world_.files.add_folder("/p/conda/conda-meta");
  world_.files.add_file("/p/conda/bin/python", "", true);
  world_.files.add_file("/p/conda/share/zone", "z");
  const model::Run run = this->run([](Traced& does) {
    does.note(Kind::execute, "/p/conda/bin/python");
    does.read("/p/conda/share/zone");
  });
  EXPECT_THAT(run.inputs, IsEmpty());
}

TEST_F(TracedRun, SaysWhatItCouldNotSee)
{
  request_.inputs = {"data/a.csv"};
  const model::Run run = this->run([](Traced& does) {
    does.note(Kind::blind, "io_uring was used");
    does.add("read\t-\t/p/cut");
  });
  EXPECT_FALSE(run.trace->complete);
  EXPECT_THAT(run.trace->reasons, ElementsAre("io_uring was used", HasSubstr("damaged")));
  EXPECT_THAT(texts(run.inputs), ElementsAre("data/a.csv declared")) << "it may have been read";
}

TEST_F(TracedRun, RunsAllTheSameWhereNothingCanBeTraced)
{
  world_.processes.set_trace_obstacle("no seccomp");
  const model::Run run = run_command(world_.ports, request_).run.value();
  EXPECT_FALSE(world_.processes.requests().back().trace);
  EXPECT_FALSE(run.trace->active || run.trace->complete);
  EXPECT_THAT(run.trace->reasons, ElementsAre("no seccomp"));
  EXPECT_THAT(world_.reporter.warnings, ElementsAre("the command is NOT traced: no seccomp"));
}

TEST_F(TracedRun, StrictRefusesWhatCanNotBeTraced)
{
  world_.processes.set_trace_obstacle("no seccomp");
  request_.strict = Strict::yes;
  const auto error = error_of([&] { run_command(world_.ports, request_); });
  EXPECT_EQ(error.kind(), model::ErrorKind::external);
  EXPECT_THAT(world_.processes.requests(), IsEmpty());
  EXPECT_THAT(world_.runs.list({}), IsEmpty());
}

TEST_F(TracedRun, ADataRootMustBeThere)
{
  request_.data_roots = {"/p/dota"};
  const auto error = error_of([&] { run_command(world_.ports, request_); });
  EXPECT_EQ(error.kind(), model::ErrorKind::not_found);
  EXPECT_THAT(error.hint(), HasSubstr("data"));
}

TEST_F(TracedRun, WithoutTraceNothingIsSaidOfIt)
{
  request_.trace = false;
  request_.inputs = {"data/a.csv"};
  const model::Run run = run_command(world_.ports, request_).run.value();
  EXPECT_FALSE(run.trace);
  EXPECT_THAT(texts(run.inputs), ElementsAre("data/a.csv declared"));
}

}  // namespace
}  // namespace mlrepro::tracking
