// SPDX-License-Identifier: Apache-2.0
#include "sqlite/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/hex.hpp"

namespace mlrepro::sqlite {
namespace {

using nlohmann::json;

bool is_utf8(const std::string& text)
{
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    return true;
  }
  try {
    (void)json(text).dump();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

json from_text(const std::string& text)
{
  if (is_utf8(text)) {
    return text;
  }
  std::string hex;
  for (const char character : text) {
    model::append_hex(hex, static_cast<std::uint8_t>(character));
  }
  return json{{"hex", hex}};
}

std::string to_text(const json& value)
{
  if (value.is_string()) {
    return value.get<std::string>();
  }
  const auto hex = value.at("hex").get<std::string>();
  std::string text;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    text += static_cast<char>(byte);
  }
  return text;
}

template <typename Items, typename Convert>
json to_array(const Items& items, Convert convert)
{
  json array = json::array();
  for (const auto& item : items) {
    array.push_back(convert(item));
  }
  return array;
}

// Runs `read` over the parsed text; whatever does not fit is a damaged store.
template <typename Read>
auto parse(std::string_view text, Read read)
{
  try {
    return read(json::parse(text));
  } catch (const json::exception& error) {
    throw model::Error(model::ErrorKind::corrupt,
                       std::string("a document in the store can't be read: ") + error.what());
  }
}

template <typename T, typename Read>
std::vector<T> parse_array(std::string_view text, Read read)
{
  return parse(text, [&](const json& array) {
    std::vector<T> items;
    items.reserve(array.size());
    for (const json& item : array) {
      items.push_back(read(item));
    }
    return items;
  });
}

}  // namespace

std::string to_json(const std::vector<std::string>& list)
{
  return to_array(list, from_text).dump();
}

std::string to_json(const std::vector<model::CodeChange>& changes)
{
  return to_array(
             changes,
             [](const model::CodeChange& change) {
               json item = {{"path", from_text(change.path)}, {"state", from_text(change.state)}};
               if (change.staged) {
                 item["staged"] = change.staged->hex();
               }
               return item;
             })
      .dump();
}

std::string to_json(const std::vector<model::Submodule>& submodules)
{
  return to_array(submodules,
                  [](const model::Submodule& submodule) {
                    return json{{"path", from_text(submodule.path)},
                                {"commit", from_text(submodule.commit)},
                                {"dirty", submodule.dirty}};
                  })
      .dump();
}

std::string to_json(const std::vector<model::Omission>& omitted)
{
  return to_array(omitted,
                  [](const model::Omission& omission) {
                    return json{{"path", from_text(omission.path)},
                                {"reason", from_text(omission.reason)}};
                  })
      .dump();
}

std::string to_json(const model::Environment& environment)
{
  json document = {{"os", from_text(environment.os)},
                   {"kernel", from_text(environment.kernel)},
                   {"arch", from_text(environment.arch)},
                   {"cpu", from_text(environment.cpu)},
                   {"threads", environment.threads},
                   {"memory_bytes", environment.memory_bytes},
                   {"gpus", to_array(environment.gpus, from_text)},
                   {"interpreter", nullptr}};
  if (environment.interpreter) {
    document["interpreter"] = {{"name", from_text(environment.interpreter->name)},
                               {"version", from_text(environment.interpreter->version)},
                               {"path", from_text(environment.interpreter->path)}};
  }
  document["packages"] = to_array(environment.packages, [](const model::Package& package) {
    json item = json::array(
        {from_text(package.name), from_text(package.version), from_text(package.source)});
    if (!package.modified.empty()) {
      item.push_back(to_array(package.modified, [](const auto& file) {
        return json::array(
            {from_text(file.first), file.second ? json(file.second->hex()) : json(nullptr)});
      }));
    }
    return item;
  });
  document["variables"] = to_array(environment.variables, [](const auto& variable) {
    return json::array({from_text(variable.first), from_text(variable.second)});
  });
  document["facts"] = to_array(environment.facts, [](const auto& fact) {
    return json::array({from_text(fact.first), from_text(fact.second)});
  });
  return document.dump();
}

std::string to_json(const model::RunTrace& trace)
{
  return json{{"active", trace.active},
              {"complete", trace.complete},
              {"reasons", to_array(trace.reasons, from_text)},
              {"data_roots", to_array(trace.data_roots, from_text)},
              {"outside_read", to_array(trace.outside_read, from_text)},
              {"outside_written", to_array(trace.outside_written, from_text)},
              {"remotes", to_array(trace.remotes, from_text)}}
      .dump();
}

model::RunTrace parse_trace(std::string_view text)
{
  return parse(text, [](const json& document) {
    const auto texts = [&](const char* name) {
      std::vector<std::string> list;
      for (const json& item : document.at(name)) {
        list.push_back(to_text(item));
      }
      return list;
    };
    return model::RunTrace{document.at("active").get<bool>(),
                           document.at("complete").get<bool>(),
                           texts("reasons"),
                           texts("data_roots"),
                           texts("outside_read"),
                           texts("outside_written"),
                           texts("remotes")};
  });
}

std::string to_json(const model::Sweep& sweep)
{
  return json{{"each", to_array(sweep.each, from_text)},
              {"sample", sweep.sample ? json(*sweep.sample) : json(nullptr)},
              {"seed", sweep.seed},
              {"size", sweep.size},
              {"jobs", sweep.jobs},
              {"options", to_array(sweep.options, from_text)}}
      .dump();
}

std::vector<std::string> parse_list(std::string_view text)
{
  return parse_array<std::string>(text, to_text);
}

std::vector<model::CodeChange> parse_changes(std::string_view text)
{
  return parse_array<model::CodeChange>(text, [](const json& item) {
    model::CodeChange change{to_text(item.at("path")), to_text(item.at("state")), std::nullopt};
    if (item.contains("staged")) {
      change.staged = model::Digest::parse(item.at("staged").get<std::string>());
    }
    return change;
  });
}

std::vector<model::Submodule> parse_submodules(std::string_view text)
{
  return parse_array<model::Submodule>(text, [](const json& item) {
    return model::Submodule{to_text(item.at("path")), to_text(item.at("commit")),
                            item.at("dirty").get<bool>()};
  });
}

std::vector<model::Omission> parse_omitted(std::string_view text)
{
  return parse_array<model::Omission>(text, [](const json& item) {
    return model::Omission{to_text(item.at("path")), to_text(item.at("reason"))};
  });
}

model::Package parse_package(const json& item)
{
  model::Package package{to_text(item.at(0)), to_text(item.at(1)), to_text(item.at(2))};
  if (item.size() > 3) {
    for (const json& file : item.at(3)) {
      package.modified.emplace(to_text(file.at(0)),
                               file.at(1).is_null()
                                   ? std::nullopt
                                   : model::Digest::parse(file.at(1).get<std::string>()));
    }
  }
  return package;
}

model::Environment parse_environment(std::string_view text)
{
  return parse(text, [](const json& document) {
    model::Environment environment;
    environment.os = to_text(document.at("os"));
    environment.kernel = to_text(document.at("kernel"));
    environment.arch = to_text(document.at("arch"));
    environment.cpu = to_text(document.at("cpu"));
    environment.threads = document.at("threads").get<int>();
    environment.memory_bytes = document.at("memory_bytes").get<std::uint64_t>();
    for (const json& gpu : document.at("gpus")) {
      environment.gpus.push_back(to_text(gpu));
    }
    if (const json& interpreter = document.at("interpreter"); !interpreter.is_null()) {
      environment.interpreter =
          model::Interpreter{to_text(interpreter.at("name")), to_text(interpreter.at("version")),
                             to_text(interpreter.at("path"))};
    }
    for (const json& item : document.at("packages")) {
      environment.packages.push_back(parse_package(item));
    }
    for (const json& item : document.at("variables")) {
      environment.variables.emplace(to_text(item.at(0)), to_text(item.at(1)));
    }
    for (const json& item : document.value("facts", json::array())) {
      environment.facts.emplace(to_text(item.at(0)), to_text(item.at(1)));
    }
    return environment;
  });
}

model::Sweep parse_sweep(std::string_view text)
{
  return parse(text, [](const json& document) {
    model::Sweep sweep;
    for (const json& item : document.at("each")) {
      sweep.each.push_back(to_text(item));
    }
    if (const json& sample = document.at("sample"); !sample.is_null()) {
      sweep.sample = sample.get<std::uint64_t>();
    }
    sweep.seed = document.at("seed").get<std::int64_t>();
    sweep.size = document.at("size").get<std::uint64_t>();
    sweep.jobs = document.at("jobs").get<std::uint64_t>();
    for (const json& item : document.at("options")) {
      sweep.options.push_back(to_text(item));
    }
    return sweep;
  });
}

}  // namespace mlrepro::sqlite
