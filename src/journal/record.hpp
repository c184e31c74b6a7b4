// What a program has logged, as named fields (systemd.journal-fields(7)), from the two forms in
// which it comes:
//
//   syslog(3), RFC 3164   <30>Nov 22 15:27:57 cron[12]: text
//   the journal's own     MESSAGE=text\nPRIORITY=6\n, or NAME\n, 8 bytes of size, the value, \n
//
// Nothing of it is to be trusted: who has sent it is what the kernel says of the sender.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sctl {

class Record {
  public:
    void add(std::string_view name, std::string_view value);
    // The first of that name; empty where there is none.
    [[nodiscard]] std::string_view operator[](std::string_view name) const;
    [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }
    // PRIORITY=, or what journald takes where it is missing or wrong.
    [[nodiscard]] int priority() const;

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// Of one datagram. Without MESSAGE= where it says nothing.
[[nodiscard]] Record parse_syslog_record(std::string_view datagram);
// Those of one datagram: an empty line stands between two. What is not well-formed ends them;
// fields whose names are not for programs are left out.
[[nodiscard]] std::vector<Record> parse_native_records(std::string_view datagram);

} // namespace sctl
