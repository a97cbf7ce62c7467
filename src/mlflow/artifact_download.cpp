// SPDX-License-Identifier: Apache-2.0
#include "mlflow/artifact_download.hpp"

#include <algorithm>
#include <array>

#include "mlflow/web_replies.hpp"
#include "mlrepro/plan/byte_range.hpp"

namespace mlrepro::mlflow {
namespace {

// A part of what another source has.
class PartSource final : public ports::ByteSource {
 public:
  PartSource(std::unique_ptr<ports::ByteSource> source, plan::ByteRange range)
      : source_(std::move(source)), skip_(range.first), left_(range.length)
  {
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    skip();
    const std::size_t most = std::min<std::uint64_t>(buffer.size(), left_);
    if (most == 0) {
      return 0;
    }
    const std::size_t size = source_->read(buffer.first(most));
    left_ -= size;
    return size;
  }

 private:
  void skip()
  {
    std::array<std::byte, 65536> passed;
    while (skip_ > 0) {
      const std::size_t most = std::min<std::uint64_t>(passed.size(), skip_);
      const std::size_t size = source_->read(std::span(passed).first(most));
      if (size == 0) {
        return;
      }
      skip_ -= size;
    }
  }

  std::unique_ptr<ports::ByteSource> source_;
  std::uint64_t skip_;
  std::uint64_t left_;
};

std::string quoted(const model::Digest& digest)
{
  return "\"" + digest.hex() + "\"";
}

}  // namespace

ports::WebReply download(Artifacts::Opened opened, const ports::WebRequest& request)
{
  const std::uint64_t size = opened.artifact.bytes;
  const std::string tag = quoted(opened.artifact.digest);
  auto field = find_field(request, "range");
  const auto same = find_field(request, "if-range");
  if (same && *same != tag) {
    field = std::nullopt;
  }
  const plan::RangePlan range = plan::plan_range(field, size);
  if (range.answer == plan::RangeAnswer::unsatisfiable) {
    ports::WebReply reply =
        error_reply(416, "INVALID_PARAMETER_VALUE", "The range lies beyond the artifact's end");
    reply.fields.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return reply;
  }
  ports::WebReply reply;
  reply.fields = {{"Content-Type", "application/octet-stream"},
                  {"Content-Disposition", content_disposition(opened.artifact.path)},
                  {"Accept-Ranges", "bytes"},
                  {"ETag", tag}};
  reply.stream_bytes = range.range.length;
  if (range.answer == plan::RangeAnswer::whole) {
    reply.stream = std::move(opened.content);
    return reply;
  }
  reply.status = 206;
  reply.fields.emplace_back("Content-Range",
                            "bytes " + std::to_string(range.range.first) + "-" +
                                std::to_string(range.range.first + range.range.length - 1) + "/" +
                                std::to_string(size));
  reply.stream = std::make_unique<PartSource>(std::move(opened.content), range.range);
  return reply;
}

}  // namespace mlrepro::mlflow
