// SPDX-License-Identifier: Apache-2.0
#include "environments/local_environment_builder.hpp"

#include <fcntl.h>

#include <algorithm>
#include <sstream>

#include "crypto/sha256.hpp"
#include "environments/installer.hpp"
#include "environments/text_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/version_order.hpp"
#include "posix/atomic_file.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/file_lock.hpp"
#include "posix/folders.hpp"

namespace mlrepro::environments {
namespace {

using model::Error;
using model::ErrorKind;
using plan::EnvironmentRecipe;

// Written last: the tool in the first line, a gap in each further one.
constexpr const char* k_complete = "mlrepro-environment.txt";
constexpr std::size_t k_name_digits = 32;

std::string read_complete(const std::string& folder)
{
  return read_text(folder + "/" + k_complete);
}

model::RebuiltEnvironment reused(const std::string& folder, const std::string& complete)
{
  model::RebuiltEnvironment result;
  result.folder = folder;
  result.reused = true;
  std::istringstream lines(complete);
  std::getline(lines, result.tool);
  for (std::string line; std::getline(lines, line);) {
    result.gaps.push_back(line);
  }
  return result;
}

class Build {
 public:
  Build(EnvironmentRecipe recipe, std::string folder, Installer& installer)
      : recipe_(std::move(recipe)), installer_(installer)
  {
    result_.folder = std::move(folder);
    result_.gaps = recipe_.gaps;
  }

  model::RebuiltEnvironment make(const std::string& requirements_file)
  {
    if (recipe_.kind == EnvironmentRecipe::Kind::conda) {
      make_conda();
    } else {
      make_venv();
    }
    install(requirements_file);
    remove_installer();
    return result_;
  }
  // False where another try may install more.
  [[nodiscard]] bool is_final() const { return failed_ == 0; }

 private:
  [[nodiscard]] std::string python() const { return result_.folder + "/bin/python"; }
  void gap(const std::string& text) { result_.gaps.push_back(text); }

  void make_venv()
  {
    if (const auto uv = installer_.find("uv")) {
      result_.tool = "uv";
      const std::string& exact = recipe_.interpreter_version;
      for (const std::string& version : {exact, plan::version_series(exact)}) {
        if (installer_.run({*uv, "venv", "--quiet", "--python", version, result_.folder})
                .succeeded) {
          uv_ = *uv;
          note_version();
          return;
        }
      }
    }
    result_.tool = "pip";
    const std::string interpreter = find_interpreter();
    const auto ran = installer_.run({interpreter, "-m", "venv", "--clear", result_.folder});
    if (!ran.succeeded) {
      throw Error(ErrorKind::external, "'" + interpreter + " -m venv' failed: " + ran.last_line,
                  "install the interpreter's venv module (python3-venv on Debian), or uv");
    }
    note_version();
  }

  void note_version()
  {
    const std::string version = version_of(python());
    if (version != recipe_.interpreter_version) {
      gap("python " + recipe_.interpreter_version + ": not installed here, " + version +
          " is used instead");
    }
  }

  std::string version_of(const std::string& interpreter)
  {
    const auto ran =
        installer_.run({interpreter, "-c", "import platform; print(platform.python_version())"});
    return ran.succeeded ? ran.out.substr(0, ran.out.find('\n')) : "";
  }

  // The exact version, else another one of the series: packages are built for a series. Not only
  // the first in $PATH, which may be a shim that has another version, or none.
  std::string find_interpreter()
  {
    const std::string series = plan::version_series(recipe_.interpreter_version);
    std::string near;
    for (const std::string& name :
         {"python" + series, std::string("python3"), std::string("python")}) {
      for (const std::string& program : installer_.find_all(name)) {
        const std::string version = version_of(program);
        if (version == recipe_.interpreter_version) {
          return program;
        }
        if (near.empty() && plan::version_series(version) == series) {
          near = program;
        }
      }
    }
    if (near.empty()) {
      throw Error(ErrorKind::not_found,
                  "the environment can't be rebuilt: there is no python " + series + " here",
                  "install python" + series + ", or uv, which can bring one");
    }
    return near;
  }

  void make_conda()
  {
    for (const char* name : {"micromamba", "mamba", "conda"}) {
      const auto program = installer_.find(name);
      if (!program) {
        continue;
      }
      result_.tool = name;
      if (create_with(*program, recipe_.conda)) {
        return;
      }
      // Builds are removed from channels and differ by platform; versions last.
      std::vector<std::string> versions;
      for (const std::string& spec : recipe_.conda) {
        versions.push_back(spec.substr(0, spec.find('=', spec.find('=') + 1)));
      }
      if (create_with(*program, versions)) {
        gap("conda: the recorded builds can't be had, others of the same versions are used");
        return;
      }
      throw Error(ErrorKind::external, "'" + result_.tool + " create' failed: " + last_line_,
                  "see which package the channels lack: " + result_.tool + " search");
    }
    throw Error(
        ErrorKind::not_found,
        "the environment can't be rebuilt: the record is conda's, and there is no conda here",
        "install micromamba, mamba or conda");
  }

  bool create_with(const std::string& program, const std::vector<std::string>& specs)
  {
    std::vector<std::string> argv = {program,   "create",   "--yes",
                                     "--quiet", "--prefix", result_.folder};
    argv.insert(argv.end(), specs.begin(), specs.end());
    const auto ran = installer_.run(argv);
    last_line_ = ran.last_line;
    return ran.succeeded;
  }

  [[nodiscard]] std::vector<std::string> install_command() const
  {
    if (!uv_.empty()) {
      return {uv_, "pip", "install", "--quiet", "--no-deps", "--python", python()};
    }
    return {python(),     "-m",       "pip", "install", "--quiet", "--disable-pip-version-check",
            "--no-input", "--no-deps"};
  }

  // All at once, which is quick; where that fails one by one, to learn which can't be had. The
  // record is complete: nothing has to be resolved.
  void install(const std::string& requirements_file)
  {
    if (recipe_.requirements.empty()) {
      return;
    }
    std::vector<std::string> argv = install_command();
    argv.insert(argv.end(), {"-r", requirements_file});
    if (installer_.run(argv).succeeded) {
      return;
    }
    std::string why;
    for (const std::string& requirement : recipe_.requirements) {
      argv = install_command();
      argv.push_back(requirement);
      const auto ran = installer_.run(argv);
      if (!ran.succeeded) {
        why = ran.last_line;
        gap(requirement + ": can't be installed: " + why);
        ++failed_;
      }
    }
    if (failed_ == recipe_.requirements.size()) {
      throw Error(ErrorKind::external, "no package of the record can be installed: " + why,
                  "see whether the package index can be reached");
    }
  }

  // What `venv` put there for our own use; the record had none of it.
  void remove_installer()
  {
    if (result_.tool != "pip") {
      return;
    }
    std::vector<std::string> argv = {python(), "-m", "pip", "uninstall", "--quiet", "--yes"};
    const std::size_t words = argv.size();
    for (const char* name : {"setuptools", "pip"}) {
      const bool is_recorded = std::any_of(
          recipe_.requirements.begin(), recipe_.requirements.end(),
          [&](const std::string& line) { return line.starts_with(std::string(name) + "=="); });
      if (!is_recorded) {
        argv.emplace_back(name);
      }
    }
    if (argv.size() > words) {
      (void)installer_.run(argv);
    }
  }

  EnvironmentRecipe recipe_;
  Installer& installer_;
  model::RebuiltEnvironment result_;
  std::string uv_;
  std::string last_line_;
  std::size_t failed_ = 0;
};

}  // namespace

LocalEnvironmentBuilder::LocalEnvironmentBuilder(std::string cache, ports::ProcessRunner& processes,
                                                 ports::Reporter& reporter)
    : cache_(std::move(cache)), processes_(processes), reporter_(reporter)
{
}

model::RebuiltEnvironment LocalEnvironmentBuilder::build(const model::Environment& recorded)
{
  const EnvironmentRecipe recipe = plan::plan_environment(recorded);
  if (recipe.kind == EnvironmentRecipe::Kind::none) {
    throw Error(ErrorKind::not_found, "the environment can't be rebuilt: " + recipe.gaps.front(),
                "replay in the one that is here: --env check");
  }
  const std::string text = recipe.text();
  const std::string name =
      crypto::Sha256Digester().digest(recorded.arch + "\n" + text).hex().substr(0, k_name_digits);
  const std::string folder = cache_ + "/" + name;
  posix::make_folders(cache_, 0700);
  const posix::FileDescriptor lock =
      posix::open_file(folder + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  posix::lock_file(lock.get(), posix::LockMode::exclusive, folder + ".lock");
  if (const std::string complete = read_complete(folder); !complete.empty()) {
    return reused(folder, complete);
  }
  reporter_.note("rebuilding the recorded environment: " +
                 std::to_string(recipe.requirements.size() + recipe.conda.size()) + " packages");
  const std::string logs = folder + ".logs";
  posix::remove_tree(folder);
  posix::remove_tree(logs);
  posix::make_folders(logs, 0700);
  const std::string requirements = logs + "/requirements.txt";
  std::string lines;
  for (const std::string& line : recipe.requirements) {
    lines += line + "\n";
  }
  posix::replace_file(requirements, lines);
  Installer installer(processes_, logs);
  Build build(recipe, folder, installer);
  model::RebuiltEnvironment result = build.make(requirements);
  if (build.is_final()) {
    std::string complete = result.tool + "\n";
    for (const std::string& gap : result.gaps) {
      complete += gap + "\n";
    }
    posix::replace_file(folder + "/" + k_complete, complete);
    posix::remove_tree(logs);
  }
  return result;
}

}  // namespace mlrepro::environments
