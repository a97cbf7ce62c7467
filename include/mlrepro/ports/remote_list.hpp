// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::ports {

struct RemotePlace {
  std::string name;
  std::string location;  // an absolute path
};

// The remotes that this store knows. They are no part of what is pushed or committed: paths of one
// machine mean nothing on another.
class RemoteList {
 public:
  RemoteList() = default;
  RemoteList(const RemoteList&) = delete;
  RemoteList& operator=(const RemoteList&) = delete;
  virtual ~RemoteList() = default;

  // By name.
  [[nodiscard]] virtual std::vector<RemotePlace> list() const = 0;
  // Error{conflict} when the name is taken.
  virtual void add(const RemotePlace& place) = 0;
  // False when there is none of that name.
  virtual bool remove(const std::string& name) = 0;
};

}  // namespace mlrepro::ports
