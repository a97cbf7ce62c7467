// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/report_page.hpp"

#include <span>

#include "format/byte_input.hpp"
#include "format/gzip_reader.hpp"
#include "format/report_template.hpp"
#include "mlrepro/format/junit.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

// Where the template has room; web/build.mjs sees to it that each is there once.
constexpr std::string_view k_title_mark = "%%mlrepro-title%%";
constexpr std::string_view k_document_mark = "%%mlrepro-document%%";
constexpr std::size_t k_most_template_bytes = 16'000'000;

std::string unpacked_template()
{
  require_report_page();
  ByteInput packed(
      bytes_of({reinterpret_cast<const char*>(k_report_template), k_report_template_size}));
  UnpackBudget budget{k_most_template_bytes};
  GzipReader reader(packed, budget, [](std::string_view) {});
  return read_text([&reader](std::span<std::byte> out) { return reader.read(out); },
                   k_most_template_bytes);
}

std::string title_of(const model::Report& report)
{
  std::string title = report.sides.front().name;
  if (report.sides.size() > 1) {
    title += " and " + report.sides.back().name;
  }
  return title;
}

}  // namespace

void require_report_page()
{
  if (k_report_template_size == 0) {
    throw model::Error(model::ErrorKind::external,
                       "--html: this mlrepro was built without the page of reports",
                       "build it where Node.js and the page's packages are: "
                       "'scripts/install-deps build', then configure and build again");
  }
}

std::string report_page(const model::Report& report)
{
  const std::string page = unpacked_template();
  const std::size_t title = page.find(k_title_mark);
  const std::size_t document = page.find(k_document_mark);
  const std::string json = to_json(report);
  std::string text;
  text.reserve(page.size() + json.size());
  text.append(page, 0, title);
  text += xml_text(title_of(report));
  const std::size_t between = title + k_title_mark.size();
  text.append(page, between, document - between);
  text += json;
  text.append(page, document + k_document_mark.size());
  return text;
}

}  // namespace mlrepro::format
