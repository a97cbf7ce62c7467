// SPDX-License-Identifier: Apache-2.0
#include "cli/project.hpp"
#include "transport/bundle_file.hpp"
#include "transport/directory_remote.hpp"

namespace mlrepro::cli {

std::unique_ptr<ports::Remote> Project::open_remote(const ports::RemotePlace& place)
{
  return std::make_unique<transport::DirectoryRemote>(place.name, place.location);
}

void Project::establish_remote(const ports::RemotePlace& place)
{
  transport::DirectoryRemote(place.name, place.location).establish();
}

void Project::write_bundle(const std::string& path, bool overwrite,
                           const std::function<void(ports::Remote&)>& fill)
{
  transport::BundleWriter bundle(path,
                                 overwrite ? transport::Overwrite::yes : transport::Overwrite::no);
  fill(bundle);
  bundle.publish();
}

std::unique_ptr<ports::Remote> Project::open_bundle(const std::string& path)
{
  return std::make_unique<transport::BundleReader>(path);
}

}  // namespace mlrepro::cli
